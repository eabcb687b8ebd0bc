"""Whether the board listens as fast as sound comes; pure."""

from collections import deque
from typing import Final

LATE_S: Final = 1.0
"""Sound as old as this is no longer listened to: an answer to it would come into the next words,
and what waits would only grow."""
STRIKES: Final = 5
WITHIN_S: Final = 60.0
"""So often late within so long, and the board cannot do it."""
ONE_LOAD_S: Final = 4.0
"""Late again so soon is the same load that passes: a node that starts beside a browser that starts
is late for some 10 s on two cores."""
FIRST_REST_S: Final = 60.0
LAST_REST_S: Final = 600.0
"""Each further rest is twice as long: whoever cannot keep up at noon hardly will a minute later."""
FORGIVEN_S: Final = 600.0
"""Who kept up for so long after a rest begins with the shortest one again."""


class Rests:
    """How long each rest is: twice the one before, from `first_s` up to `last_s`.

    Who was well for `forgiven_s` after a rest begins with the shortest again. All in s.
    """

    def __init__(self, first_s: float, last_s: float, forgiven_s: float) -> None:
        self._first_s, self._last_s, self._forgiven_s = first_s, last_s, forgiven_s
        self._rest_s, self._ended_s = first_s, float("-inf")

    def next_s(self, now_s: float) -> float:
        """The length of a rest that begins now (loop time)."""
        if now_s - self._ended_s > self._forgiven_s:
            self._rest_s = self._first_s
        rest_s, self._rest_s = self._rest_s, min(2 * self._rest_s, self._last_s)
        self._ended_s = now_s + rest_s
        return rest_s


class Pace:
    """Counts how often the ear fell behind. All times are loop time, s."""

    def __init__(self) -> None:
        self._strikes: deque[float] = deque(maxlen=STRIKES)
        self._rests = Rests(FIRST_REST_S, LAST_REST_S, FORGIVEN_S)

    def is_late(self, captured_s: float, now_s: float, *, has_lost: bool = False) -> bool:
        """Whether sound heard at `captured_s` is too old by now, or some was lost; counted."""
        if now_s - captured_s <= LATE_S and not has_lost:
            return False
        if not self._strikes or now_s - self._strikes[-1] >= ONE_LOAD_S:
            self._strikes.append(now_s)
        return True

    def rest_s(self, now_s: float) -> float:
        """How long to listen to nothing from now on; 0 for who keeps up well enough."""
        if len(self._strikes) < STRIKES or now_s - self._strikes[0] > WITHIN_S:
            return 0.0
        self._strikes.clear()
        return self._rests.next_s(now_s)
