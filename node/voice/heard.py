"""What hearing tells, as it happens; times are seconds of sound heard since the ear opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from node.media import Pcm
from node.voice.spotter import HeadLocale


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody may have begun to speak; followed by `SpeechConfirmed` or `SpeechVanished`."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SpeechConfirmed:
    """Somebody speaks."""

    at_s: float


@dataclass(frozen=True, slots=True)
class SpeechVanished:
    """It was no speech after all."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Spotted:
    """A keyword was recognised.

    `at_s` is the moment of the decision, `start_s` where the utterance began that holds it;
    `score` is 0..1. An `UtteranceEnded` that carries it follows.
    """

    at_s: float
    start_s: float
    keyword: str
    intent: str
    locale: HeadLocale
    score: float
    slots: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class UtteranceEnded:
    """Somebody has spoken from `start_s` to `end_s`, as the speech detector saw it.

    `spotted` is what was understood: the last keyword that is not the wake word, else the wake
    word. `pcm` is the sound from 500 ms before, int16 [n] 16 kHz, where asked for.
    """

    start_s: float
    end_s: float
    spotted: Spotted | None
    pcm: Pcm | None = None

    @property
    def decision_delay_s(self) -> float | None:
        """From the end of the speech to the decision; below 0 where it came before that."""
        return None if self.spotted is None else self.spotted.at_s - self.end_s


Heard = SpeechStarted | SpeechConfirmed | SpeechVanished | Spotted | UtteranceEnded
