"""Which keyword was said, if any, from the scores of each hop alone."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ
from node.voice.frontend import HOP_SAMPLES
from node.voice.spotter import HeadLocale, Label

FLOOR: Final = 0.5
"""No intent is accepted below, whatever its threshold: those calibrated on 1.2 h let in 14 false
accepts an hour (measured)."""
STOP: Final = "stop"
STOP_THRESHOLD: Final = 0.3
"""For "stop" while we speak ourselves: missing it is worse than stopping for nothing."""
ADDRESSED_THRESHOLD: Final = 0.7
"""At most, for who called the assistant: what is above guards against the talk of a hall, of which
8 s rarely hold a question. In loud halls .70 is understood for .66, and other speech fires 5.5
times an hour; lower, each step lets in more like-sounding words than it gains (development sound).
"""
WAKE: Final = "wake"
CALLED: Final = 8 * SPEECH_RATE_HZ
"""So many samples after the wake word a question is meant for the assistant (domain rules §6)."""
MUTE: Final = 1.0
"""The threshold of a label that is only there to draw sound away from others: never accepted."""
FILLER: Final = "filler"
"""An intent that asks nothing: it makes the endpointer wait."""
FEWEST_SYLLABLES: Final = 3
"""Shorter words fire on other short words (30 % missed at 1 false accept an hour)."""
SPAN: Final = 4 * HOP_SAMPLES
"""From the first crossing to the decision, 320 ms: the crossing comes 0.2 s before the word's end
(median), when a longer keyword with the same opening may still follow."""
SILENCE: Final = 16_000
"""After a decision at least so many samples without another one."""

VOWELS: Final = frozenset("aeiouy")


@dataclass(frozen=True, slots=True)
class Bias:
    """What the moment asks of a decision.

    `is_speaking`: our own speech is on air, so "stop" counts at a lower threshold and in short
    words. `boosts` raises the threshold of intents, where a clip is known to say them. `locale`
    leaves only the keywords of one language. `shift` is added to every threshold. `is_addressed`:
    the assistant was called, by TALK or by being asked to say it again.
    """

    is_speaking: bool = False
    boosts: Mapping[str, float] = field(default_factory=dict)
    locale: HeadLocale | None = None
    shift: float = 0.0
    is_addressed: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The decision taken at sample `at` after a first crossing at sample `opened`; score 0..1."""

    label: Label
    score: float
    opened: int
    at: int


class Decision:
    """Follows the scores hop by hop; time is counted in samples at 16 kHz."""

    def __init__(self, labels: Sequence[Label]) -> None:
        self._labels = tuple(labels)
        self._fillers = [n for n, label in enumerate(labels) if label.intent == FILLER]
        self._is_short = [_is_short(label) for label in labels]
        self.reset()

    def reset(self) -> None:
        """Forget what was crossed and said."""
        self._opened: int | None = None
        self._best: dict[int, float] = {}
        self._deaf_until = self._wake_deaf_until = self._called_until = 0
        self._is_hushed = self._is_wake_hushed = False

    @property
    def opened(self) -> int | None:
        """Sample of the first crossing that is still to be decided on."""
        return self._opened

    def utterance_ended(self) -> None:
        """The utterance is over: the next one may be understood."""
        self._is_hushed = self._is_wake_hushed = False

    def feed(
        self,
        scores: NDArray[np.float32],
        at: int,
        *,
        is_speech: bool,
        bias: Bias,
        vetoed: Container[str] = (),
    ) -> Choice | None:
        """Take in the scores [K + 1] of the hop that ends at sample `at`.

        Args:
            scores: as `Spotter` gives them.
            at: the end of the hop.
            is_speech: whether speech was detected lately; nothing is crossed without.
            bias: what the moment asks.
            vetoed: intents that the loudspeaker itself says around now.
        """
        if is_speech and not self._is_hushed and at >= self._deaf_until:
            is_addressed = bias.is_addressed or at < self._called_until
            self._cross(scores, at, replace(bias, is_addressed=is_addressed))
        if self._opened is None or at - self._opened < SPAN:
            return None
        return self._decide(at, vetoed)

    def is_filler(self, scores: NDArray[np.float32]) -> bool:
        """Whether the hop holds a filler word."""
        return any(scores[n + 1] >= self._labels[n].threshold for n in self._fillers)

    def _cross(self, scores: NDArray[np.float32], at: int, bias: Bias) -> None:
        best = max(
            (number for number in range(len(self._labels)) if self._counts(number, at, bias)),
            key=lambda number: float(scores[number + 1]),
            default=None,
        )
        if best is None:
            return
        score = float(scores[best + 1])
        if score >= threshold(self._labels[best], bias):
            self._best[best] = max(score, self._best.get(best, 0.0))
            self._opened = at if self._opened is None else self._opened

    def _counts(self, number: int, at: int, bias: Bias) -> bool:
        label = self._labels[number]
        if label.intent == FILLER:
            return False
        if label.intent == WAKE and (self._is_wake_hushed or at < self._wake_deaf_until):
            return False
        if bias.locale is not None and label.locale != bias.locale:
            return False
        return not self._is_short[number] or (label.intent == STOP and bias.is_speaking)

    def _decide(self, at: int, vetoed: Container[str]) -> Choice | None:
        opened, crossed = self._opened or 0, self._best
        self._opened, self._best = None, {}
        said = {
            number: score
            for number, score in crossed.items()
            if self._labels[number].intent not in vetoed
        }
        if not said:
            return None
        best = max(
            (number for number in said if not self._is_part(number, said)), key=said.__getitem__
        )
        label = self._labels[best]
        self._hush(label, at)
        return Choice(label, said[best], opened, at)

    def _hush(self, label: Label, at: int) -> None:
        """Be deaf for a while; after the wake word only to itself, for the question follows it."""
        if label.intent == WAKE:
            self._is_wake_hushed, self._wake_deaf_until = True, at + SILENCE
            self._called_until = at + CALLED
        else:
            self._is_hushed, self._deaf_until, self._called_until = True, at + SILENCE, 0

    def _is_part(self, number: int, said: Mapping[int, float]) -> bool:
        """Whether another keyword that was crossed contains this one."""
        part = self._labels[number].keyword.casefold()
        wholes = (self._labels[other].keyword.casefold() for other in said if other != number)
        return any(part in whole and part != whole for whole in wholes)


def threshold(label: Label, bias: Bias) -> float:
    """The score that `label` must reach, 0..1."""
    is_eager = label.intent == STOP and bias.is_speaking
    plain = STOP_THRESHOLD if is_eager else max(FLOOR, label.threshold)
    if bias.is_addressed and label.intent != WAKE and label.threshold < MUTE:
        plain = min(plain, ADDRESSED_THRESHOLD)
    return max(plain + bias.shift, bias.boosts.get(label.intent, 0.0))


def syllables(keyword: str) -> int:
    """About the syllables of a keyword: each Chinese character, each run of vowels in a Latin word.

    A silent e at the end of a word is none, as in "price".
    """
    chinese = sum(1 for sign in keyword if "\u4e00" <= sign <= "\u9fff")
    return chinese + sum(_latin_syllables(word) for word in keyword.casefold().split())


def _latin_syllables(word: str) -> int:
    letters = [sign for sign in word if "a" <= sign <= "z"]
    runs = sum(
        1
        for number, sign in enumerate(letters)
        if sign in VOWELS and (number == 0 or letters[number - 1] not in VOWELS)
    )
    is_silent = letters[-1:] == ["e"] and runs > 1 and letters[-2:-1] != ["l"]
    return max(runs - is_silent, min(1, len(letters)))


def _is_short(label: Label) -> bool:
    return label.intent == STOP and syllables(label.keyword) < FEWEST_SYLLABLES
