"""Where an utterance begins and ends, from the speech detector's answers alone."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from node.voice.vad import WINDOW_SAMPLES

ONSET: Final = 0.5
RELEASE: Final = 0.35
"""Silero's own pair: speech begins at one likelihood and goes on down to a lower one."""
PAUSE: Final = 600 * 16
"""So much quiet ends an utterance: 600 ms, in samples (domain rules, barge-in)."""
PAUSE_AFTER_FILLER: Final = 900 * 16
LONGEST: Final = 8_000 * 16
"""Nobody is listened to for longer in one go: 8 s."""
DOUBT: Final = 320 * 16
"""A first window that no two adjacent ones follow within this was no speech."""


@dataclass(frozen=True, slots=True)
class Started:
    """The first window of speech; a reason to duck."""

    at: int


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The second adjacent one: somebody speaks."""

    at: int


@dataclass(frozen=True, slots=True)
class Vanished:
    """No speech after all."""

    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """Speech lasted from sample `start` to sample `end`."""

    start: int
    end: int


Edge = Started | Confirmed | Vanished | Ended


class _State(Enum):
    QUIET = auto()
    DOUBTFUL = auto()
    SPEAKING = auto()


class Endpointer:
    """Follows one likelihood for each 512 samples; time is counted in samples at 16 kHz."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew in quiet."""
        self._state = _State.QUIET
        self._start = 0
        self._last_speech = 0
        self._was_speech = False
        self._pause = PAUSE

    @property
    def start(self) -> int | None:
        """First sample of the speech that goes on now, confirmed or not."""
        return None if self._state is _State.QUIET else self._start

    def extend(self) -> None:
        """A filler was said (那个, um): wait longer for the rest of this utterance."""
        self._pause = PAUSE_AFTER_FILLER

    def confirm(self, at: int) -> Confirmed | None:
        """A keyword was heard at sample `at`: whatever was in doubt is speech."""
        if self._state is not _State.DOUBTFUL:
            return None
        self._state, self._last_speech = _State.SPEAKING, at
        return Confirmed(at)

    def feed(self, likelihood: float, at: int) -> Edge | None:
        """What the window that ends at sample `at` changes."""
        is_speech = likelihood >= ONSET
        was_speech, self._was_speech = self._was_speech, is_speech
        match self._state:
            case _State.QUIET:
                return self._begin(at) if is_speech else None
            case _State.DOUBTFUL:
                if is_speech and was_speech:
                    self._state, self._last_speech = _State.SPEAKING, at
                    return Confirmed(at)
                if not is_speech and at - self._start - WINDOW_SAMPLES >= DOUBT:
                    self._state = _State.QUIET
                    return Vanished(at)
                return None
            case _State.SPEAKING:
                return self._go_on(likelihood, at)

    def _begin(self, at: int) -> Started:
        self._state, self._pause = _State.DOUBTFUL, PAUSE
        self._start = at - WINDOW_SAMPLES
        return Started(at)

    def _go_on(self, likelihood: float, at: int) -> Ended | None:
        if likelihood >= RELEASE:
            self._last_speech = at
        if at - self._last_speech < self._pause and at - self._start < LONGEST:
            return None
        self._state, self._was_speech = _State.QUIET, False
        return Ended(self._start, self._last_speech)
