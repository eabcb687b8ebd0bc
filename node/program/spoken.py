"""Speech on its way into the program: whole sentences in, a tick's share out, silent at once."""

import numpy as np
from numpy.typing import NDArray

from node.media import SAMPLE_RATE_HZ, Samples
from node.program.sound import DECLICK_SAMPLES, DUCKED_DB

LIMIT_S = 120.0
"""Longer than any sentence that the show may be asked to say (500 characters)."""
TURN_SAMPLES = 960
"""Length of the way down when speech is lowered, and up again: 20 ms."""

_DUCKED = 10 ** (DUCKED_DB / 20)


class SpokenRing:
    """Sentences that wait to be mixed; what is put sounds from the next tick on.

    While it plays, or while it is ducked, every other source is to be 12 dB lower (`lowers`).
    Ducked, which someone who begins to speak makes it, its own sound is lowered as well. Loop
    thread only.
    """

    def __init__(self) -> None:
        self._samples: Samples = np.zeros((0, 2), np.float32)
        self._at = 0
        self._tail: Samples | None = None
        self._gain = 1.0
        self.is_ducked = False
        self.refused = 0

    @property
    def is_playing(self) -> bool:
        """Whether something is being said."""
        return self._at < len(self._samples)

    @property
    def lowers(self) -> bool:
        """Whether the other sources are to be lowered in the coming tick."""
        return self.is_playing or self.is_ducked

    @property
    def played(self) -> int:
        """Samples taken of what was put since the ring was last empty."""
        return self._at

    @property
    def left(self) -> int:
        """Samples that are still to be taken."""
        return len(self._samples) - self._at

    def put(self, samples: Samples) -> None:
        """Add speech, float32 [n, 2], full scale ±1, behind what waits; both ends are softened.

        What exceeds `LIMIT_S` is left out; `refused` counts its samples.
        """
        if not self.is_playing:
            self._samples, self._at = self._samples[:0], 0
        room = max(0, round(LIMIT_S * SAMPLE_RATE_HZ) - self.left)
        self.refused += max(0, len(samples) - room)
        added = samples[:room].astype(np.float32)
        fade = min(len(added), DECLICK_SAMPLES)
        added[:fade] *= _fall(fade)[::-1]
        added[len(added) - fade :] *= _fall(fade)
        self._samples = np.concatenate((self._samples, added))

    def take(self, count: int) -> Samples | None:
        """The next `count` samples, silent behind the end; None where nothing is said."""
        taken = self._next(count)
        if taken is None:
            self._gain = _DUCKED if self.is_ducked else 1.0
            return None
        return self._turned(taken)

    def duck(self, *, is_ducked: bool = True) -> None:
        """Lower everything by 12 dB, speech itself too, or end that."""
        self.is_ducked = is_ducked

    def flush(self) -> Samples:
        """Fall silent within 5 ms of the next tick; returns what was not played, [n, 2]."""
        rest = self._samples[self._at :]
        if len(rest):
            self._tail = rest[:DECLICK_SAMPLES] * _fall(min(len(rest), DECLICK_SAMPLES))
        self._samples, self._at = self._samples[:0], 0
        return rest

    def _next(self, count: int) -> Samples | None:
        tail, self._tail = self._tail, None
        if tail is None and not self.is_playing:
            return None
        taken = np.zeros((count, 2), np.float32)
        piece = self._samples[self._at : self._at + count]
        taken[: len(piece)] = piece
        self._at += len(piece)
        if tail is not None:
            taken[: len(tail)] += tail[:count]
        return taken

    def _turned(self, samples: Samples) -> Samples:
        """With the gain on its way to where it is wanted; `samples` is our own copy."""
        wanted = _DUCKED if self.is_ducked else 1.0
        if self._gain == wanted == 1.0:
            return samples
        turn = min(TURN_SAMPLES, len(samples))
        fall = _fall(turn)
        samples[:turn] *= wanted + (self._gain - wanted) * fall
        samples[turn:] *= np.float32(wanted)
        self._gain = wanted
        return samples


def _fall(count: int) -> NDArray[np.float32]:
    """From 1 to 0 on a raised cosine, [count, 1]."""
    steps = np.arange(1, count + 1, dtype=np.float32) / np.float32(count + 1)
    curve: NDArray[np.float32] = 0.5 + 0.5 * np.cos(np.float32(np.pi) * steps)
    return curve[:, None]
