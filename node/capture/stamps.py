"""A camera's own timestamps as `pts` and as the loop's time."""

import time
from collections.abc import Callable, Sequence

from node.media import Pts90k

OLDEST_S = 1.0
"""A frame said to be older has a stamp of some other clock."""
AHEAD_S = 0.005
"""A stamp may be so far ahead of the clock that is read after it."""
LONGEST_GAP_S = 10.0
"""A stamp that jumps further was not made by the same clock as the one before."""


def _boot_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


class Stamps:
    """Places frames by what kernel and sensor say of their time; `pts` from 0, strictly rising.

    V4L2 stamps by CLOCK_MONOTONIC; libcamera's documents say CLOCK_BOOTTIME, its drivers hand on
    V4L2's. The two differ only after a suspension, so the first that makes a frame's age likely is
    believed. Without a likely one a frame is as old as its arrival. `clock` is `loop.time`.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        clocks_ns: Sequence[Callable[[], int]] = (time.monotonic_ns, _boot_ns),
    ) -> None:
        self._clock = clock
        self._clocks_ns = clocks_ns
        self._shift_ns = 0
        self._last_ns: int | None = None
        self._last_s = 0.0
        self._last_pts = -1

    def place(self, stamp_ns: int | None) -> tuple[Pts90k, float]:
        """Where a frame belongs: `pts`, and the loop's time at which it was taken."""
        now_s = self._clock()
        captured_s = max(self._last_s, now_s - self._age_s(stamp_ns))
        if stamp_ns is None:
            stamp_ns = round(captured_s * 1e9)
        gap_ns = 0 if self._last_ns is None else stamp_ns - self._last_ns
        if self._last_ns is None:
            self._shift_ns = stamp_ns
        elif not 0 < gap_ns < LONGEST_GAP_S * 1e9:
            follows_ns = self._last_pts * 100_000 // 9 + round((captured_s - self._last_s) * 1e9)
            self._shift_ns = stamp_ns - follows_ns
        pts = max(self._last_pts + 1, (stamp_ns - self._shift_ns) * 9 // 100_000)
        self._last_ns, self._last_s, self._last_pts = stamp_ns, captured_s, pts
        return Pts90k(pts), captured_s

    def _age_s(self, stamp_ns: int | None) -> float:
        if stamp_ns is None:
            return 0.0
        ages = [(clock_ns() - stamp_ns) / 1e9 for clock_ns in self._clocks_ns]
        return max(0.0, next((age for age in ages if -AHEAD_S <= age <= OLDEST_S), 0.0))
