"""How a head does on clips it never learnt from, streamed through the node's own hearing."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.decision import STOP
from node.voice.heard import Spotted
from node.voice.hearing import Hearing, VoiceModels
from tools.train_keywords.augment import in_room, with_noise
from tools.train_keywords.inventory import Keyword
from tools.train_keywords.material import to_pcm
from tools.train_keywords.replay import spotted

Sound = NDArray[np.float32]

_LEAD_S, _TRAIL_S = 1.2, 1.3
_HISS = 10 ** (-70 / 20)
_LEVEL = 0.25


@dataclass(frozen=True, slots=True)
class Place:
    """Where a clip is heard: signal over noise in dB (None: quiet), distance in m (None: close)."""

    name: str
    snr_db: float | None = None
    distance_m: float | None = None


QUIET = Place("quiet")


@dataclass(frozen=True, slots=True)
class Trial:
    """A clip of `keyword` and what was made of it; None: nothing."""

    keyword: Keyword
    heard: Spotted | None

    @property
    def is_right(self) -> bool:
        """Whether the intent was understood."""
        return self.heard is not None and self.heard.intent == self.keyword.intent


def at_place(
    clip: Sound, place: Place, noise: Callable[[int], Sound], rng: np.random.Generator
) -> Pcm:
    """`clip` with quiet or noise around it, as the microphone hears it at `place`.

    The room is synthetic: RT60 .4 s, direct over reverberant sound 12 dB at .5 m, less with the
    square of the distance.
    """
    lead = np.zeros(round(_LEAD_S * SPEECH_RATE_HZ), np.float32)
    trail = np.zeros(round(_TRAIL_S * SPEECH_RATE_HZ), np.float32)
    sound = np.concatenate((lead, clip * np.float32(_LEVEL / (np.abs(clip).max() + 1e-6)), trail))
    if place.distance_m is not None:
        sound = in_room(sound, 0.4, 12 - 20 * float(np.log10(place.distance_m / 0.5)), rng)
    if place.snr_db is not None:
        sound = with_noise(sound, noise(len(sound)), place.snr_db)
    return to_pcm(sound + np.float32(_HISS) * rng.standard_normal(len(sound)).astype(np.float32))


def trials(
    clips: Sequence[tuple[Keyword, Sound]],
    models: VoiceModels,
    place: Place,
    noise: Callable[[int], Sound],
    seed: int,
    progress: Callable[[int, int], None] = lambda _, __: None,
) -> list[Trial]:
    """Each clip heard by a fresh `Hearing`; words of "stop" while the node speaks itself."""
    rng = np.random.default_rng(seed)
    done = []
    hearing = Hearing(models)
    for number, (keyword, clip) in enumerate(clips, start=1):
        hearing.reset()
        hearing.is_speaking = keyword.intent == STOP
        events = list(spotted(hearing, at_place(clip, place, noise, rng)))
        right = [event for event in events if event.intent == keyword.intent]
        done.append(Trial(keyword, next(iter([*right, *events]), None)))
        progress(number, len(clips))
    return done


@dataclass(frozen=True, slots=True)
class Recall:
    """Of `count` clips: shares understood, misunderstood; the rest was not heard."""

    count: int
    right: float
    wrong: float


def recall(done: Sequence[Trial]) -> Recall:
    """The shares of some trials."""
    count = max(1, len(done))
    right = sum(trial.is_right for trial in done)
    wrong = sum(trial.heard is not None for trial in done) - right
    return Recall(len(done), right / count, wrong / count)


def confusions(done: Sequence[Trial]) -> Counter[tuple[str, str]]:
    """How often a keyword was taken for one of another intent."""
    return Counter(
        (trial.keyword.text, trial.heard.keyword)
        for trial in done
        if trial.heard is not None and not trial.is_right
    )
