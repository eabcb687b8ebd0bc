"""Time to spare: work done ahead of the show rests after each piece, and while pictures are late.

Resting does what a low priority would not: Python gives its lock to a thread that waits for it, and
one of low priority then stands in line for a core with the lock in its hand, and the program's
clock behind it (measured: 70 to 100 ms at a time beside a browser, at niceness 19).
"""

import asyncio
import math
import threading
import time
from collections.abc import Callable
from typing import Final

PIECE_S: Final = 0.005
"""Processor time; after less nobody rests. It is what Python lets a thread keep its lock for."""
LARGEST_S: Final = 0.1
"""Of a piece, the longest that counts: what a library did in one go is not paid for in minutes."""
REST: Final = 2.0
"""Times a piece: one worker takes a third of a core, several together half of one."""
LOOK_S: Final = 0.02
"""So often a rest looks whether it is still allowed."""
BREATH: Final = 1.0
"""Times a piece, for work that somebody waits for: it takes half a core."""
HOLD_S: Final = 0.5
"""So long after a late picture nothing is done ahead."""
LONGEST_S: Final = 1.0
"""The longest rest: on a machine that is always late the work is done too, in the end."""


class Leisure:
    """Shared by all that works ahead: they rest in turn. `now` counts seconds of any clock.

    `is_on_air` once the program runs.
    """

    def __init__(
        self, *, now: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
        sleep: Callable[[float], object] | None = None,
    ) -> None:  # fmt: skip
        self._over = threading.Event()
        self._now, self._worked = now, worked
        self._sleep = sleep or self._over.wait
        self._lock = threading.Lock()
        self._own = threading.local()
        self._free_s = self._held_s = -math.inf
        self.is_on_air = False

    def note(self, took_s: float, period_s: float) -> None:
        """A program picture was made so long after its tick; each has `period_s`.

        Thread: the loop's.
        """
        self.is_on_air = True
        if took_s > period_s:
            self.hold(HOLD_S)

    def hold(self, for_s: float) -> None:
        """Have nothing done ahead for so long from now on. Thread: any."""
        with self._lock:
            self._held_s = max(self._held_s, self._now() + for_s)

    def rest(self, is_awaited: Callable[[], bool] = lambda: False) -> None:
        """Rest as long as the work since the last rest asks for; call it every few ms of work.

        A rest ends within `LOOK_S` once `is_awaited` says that somebody waits for the work.
        Thread: one that works ahead.
        """
        worked_s = self._worked_s()
        if worked_s is None:
            return
        end_s = self._now() + LONGEST_S
        wait_s = self._booked_s(worked_s)
        while wait_s > 0 and not self._over.is_set() and not is_awaited():
            slept_s = min(wait_s, LOOK_S)
            self._sleep(slept_s)
            wait_s = max(wait_s - slept_s, self._wait_s(end_s))
        self._own.began_s = self._worked()

    def breathe(self) -> None:
        """Rest as `rest` does, but short: somebody waits for the work. Not before the program runs.

        Thread: one that works ahead.
        """
        worked_s = self._worked_s()
        if worked_s is None:
            return
        if self.is_on_air and not self._over.is_set():
            self._sleep(BREATH * min(worked_s, LARGEST_S))
        self._own.began_s = self._worked()

    async def rest_after(self, worked_s: float) -> None:
        """Rest after so much work that was done for the caller elsewhere. Thread: the loop's."""
        end_s = self._now() + LONGEST_S
        wait_s = self._booked_s(worked_s)
        while wait_s > 0:
            await asyncio.sleep(wait_s)
            wait_s = self._wait_s(end_s)

    def close(self) -> None:
        """Let everybody who rests go, and rest no more. Thread: any."""
        self._over.set()

    def _worked_s(self) -> float | None:
        """What this thread worked since its last rest, s; None for too little to rest for."""
        began_s: float | None = getattr(self._own, "began_s", None)
        if began_s is None:
            return 0.0
        worked_s = self._worked() - began_s
        return worked_s if worked_s >= PIECE_S else None

    def _booked_s(self, worked_s: float) -> float:
        """How long to wait after so much work; whoever asks next waits for that too."""
        with self._lock:
            now = self._now()
            self._free_s = max(self._free_s, now) + REST * min(worked_s, LARGEST_S)
            return min(max(self._free_s, self._held_s) - now, LONGEST_S)

    def _wait_s(self, end_s: float) -> float:
        with self._lock:
            return min(self._held_s, end_s) - self._now()
