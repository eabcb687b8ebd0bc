"""Whether a codec keeps up with the program, by what it took for its last pictures."""

from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

WINDOW_S: Final = 1.5
"""Of the program; a codec that gets too slow is found out in less (tests/unit/encode)."""
LEAST: Final = 3
"""Fewer pictures prove nothing."""
HICCUPS: Final = 0.1
"""Share of the window's pictures, the longest, that do not count: a codec that waited once, for a
core or for its device, is not slow."""
BUSY: Final = 0.8
"""Of a picture's period. A codec that takes more never works off what waits for it."""


class CodecSpeed:
    """What one codec took for each of the last pictures, `fps` of which come in a second."""

    def __init__(self, fps: int) -> None:
        self._period_s = 1 / fps
        self._took_s: deque[float] = deque(maxlen=max(LEAST, round(WINDOW_S * fps)))

    def note(self, took_s: float) -> None:
        """A picture was encoded in so many seconds, from the codec's call to its answer."""
        self._took_s.append(took_s)

    def begin_anew(self) -> None:
        """From now on the codec is another, or spends otherwise."""
        self._took_s.clear()

    @property
    def is_too_slow(self) -> bool:
        """Whether it takes more for a picture than it has."""
        return self.usual_s > BUSY * self._period_s

    @property
    def usual_s(self) -> float:
        """The mean without the longest; 0 while too few pictures are known.

        Not the median: where every third picture takes three periods, too few get out as well.
        """
        if len(self._took_s) < LEAST:
            return 0.0
        left_out = max(1, round(HICCUPS * len(self._took_s)))
        counted = sorted(self._took_s)[:-left_out]
        return sum(counted) / len(counted)


def timed(encode: Callable[[], T], clock: Callable[[], float]) -> tuple[T, float]:
    """What a codec's call returns, and what it took, s. Thread: the codec's."""
    began_s = clock()
    result = encode()
    return result, clock() - began_s
