"""What time it is: the machine's clock where a time server sets it, else the controller's.

`floor` is a time that is certainly past. It only goes forward, outlives restarts, and keeps old
commands from being played again to a machine without a clock. The controller's signed answers may
move it anywhere; a time server, which anybody may be, no faster than time passes: thrown ahead it
would make every command look expired.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from node.board.clock import SyncState
from node.control.messages import Clock, ClockView, TimeReply
from node.control.timing import Reading

BUILT_MS: Final = 1_735_689_600_000
"""2025-01-01: no node was built before."""
HOLDS_S: Final = 3600.0
"""Without a source for so long, a clock is kept on by itself: holdover."""
SYNC_ASKED_S: Final = 1.0
BEST_OF: Final = 5
AGREES_MS: Final = 1000
"""Two clocks no further apart than this say the same."""


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The controller's clock: Unix ms at a loop time, and the round trip it took to learn it."""

    at: float
    loop_s: float
    rtt_ms: float

    def now(self, loop_s: float) -> float:
        return self.at + (loop_s - self.loop_s) * 1000


class Timekeeper:
    """Thread: `reading` from any; all else on the loop's.

    `wall` gives Unix ms of the machine's clock, `sync` whether a time server sets it, `loop_s` the
    loop's clock; `floor` is the one last kept.
    """

    def __init__(
        self,
        *,
        wall: Callable[[], int],
        sync: Callable[[], SyncState],
        loop_s: Callable[[], float],
        floor: int = 0,
    ) -> None:
        self._wall, self._sync, self._loop_s = wall, sync, loop_s
        self.floor = max(BUILT_MS, floor)
        self._anchors: deque[_Anchor] = deque(maxlen=BEST_OF)
        self._best: _Anchor | None = None
        self._asked_s = float("-inf")
        self._sourced_s: float | None = None
        self._is_set = False
        self._advanced_s: float | None = None

    def reading(self) -> Reading:
        """All clocks now."""
        loop_s, wall = self._loop_s(), self._wall()
        if loop_s - self._asked_s >= SYNC_ASKED_S:
            self._asked_s = loop_s
            self._is_set = self._sync() == "synced"
            if self._is_set:
                self._sourced_s = loop_s
        now = float(wall)
        best = self._best
        if best is not None:
            theirs = best.now(loop_s)
            if not self._is_set or abs(theirs - wall) > AGREES_MS + best.rtt_ms:
                now = theirs
        return Reading(self._state(loop_s), max(0, int(now)), self.floor, loop_s)

    def hear(self, reply: TimeReply, *, asked_s: float, came_s: float) -> None:
        """Take the controller's answer to a query that left and came at these loop times."""
        rtt_ms = max(0.0, (came_s - asked_s) * 1000 - (reply.t2 - reply.t1))
        self._anchors.append(_Anchor(reply.t2 + rtt_ms / 2, came_s, rtt_ms))
        recent = [one for one in self._anchors if came_s - one.loop_s <= HOLDS_S]
        self._best = min(recent, key=lambda one: one.rtt_ms)
        self._sourced_s = came_s
        self.floor = max(self.floor, reply.t2)

    def advance(self) -> int:
        """Move the floor up to now, where now is certain; returns it."""
        reading = self.reading()
        before_s = reading.loop_s if self._advanced_s is None else self._advanced_s
        self._advanced_s = reading.loop_s
        if reading.state == "synced":
            passed = self.floor + int((reading.loop_s - before_s) * 1000)
            highest = reading.now if self._best is not None else min(reading.now, passed)
            self.floor = max(self.floor, highest)
        return self.floor

    def view(self) -> ClockView:
        """The clock as births tell it."""
        reading = self.reading()
        return ClockView(reading.state, reading.now - self._wall(), reading.floor)

    def _state(self, loop_s: float) -> Clock:
        if self._sourced_s is None:
            return "unsynced"
        return "synced" if loop_s - self._sourced_s <= HOLDS_S else "holdover"
