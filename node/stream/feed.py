"""One rendition on its way to viewers: packetised once, the newest kept for those who join."""

from collections import deque
from collections.abc import Callable
from typing import Final

from node.channels import Fanout
from node.media import AccessUnit
from node.program.outputs import PROGRAM, Recipe
from node.stream.packetiser import PackedUnit, packetise

FRESH_UNITS: Final = 3
"""A joiner is given the last IDR only if it is two units old at most; else one is forced."""
BUDGET_S: Final = 0.2
"""So much of the stream may wait for a viewer's socket; beyond, it resumes at the next IDR."""
RATE_WINDOW_S: Final = 1.0


class Feed:
    """The coded pictures of one recipe, from its encoder's `units`; `request_idr` asks that."""

    def __init__(
        self,
        units: Fanout[AccessUnit],
        request_idr: Callable[[], None],
        recipe: Recipe = PROGRAM,
    ) -> None:
        self.units = units
        self.request_idr = request_idr
        self.recipe = recipe
        self._recent: deque[PackedUnit] = deque(maxlen=FRESH_UNITS)
        self._sizes: deque[tuple[float, int]] = deque()
        self._idr_size = 0

    def pack(self, unit: AccessUnit, now: float) -> tuple[PackedUnit, int]:
        """A unit as payloads, and the bytes that may wait for a viewer before it goes without.

        These are 0.2 s of the stream, and always one whole IDR.
        """
        packed = packetise(unit)
        self._recent.append(packed)
        if unit.is_idr:
            self._idr_size = packed.size
        self._sizes.append((now, packed.size))
        while self._sizes[0][0] < now - RATE_WINDOW_S:
            self._sizes.popleft()
        waits = round(BUDGET_S * sum(size for _, size in self._sizes))
        return packed, max(waits, self._idr_size)

    def recent(self) -> list[PackedUnit]:
        """The last IDR and what came since, if it is two units old at most; else empty."""
        recent = list(self._recent)
        while recent and not recent[0].unit.is_idr:
            recent.pop(0)
        return recent
