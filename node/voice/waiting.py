"""Questions that cloud or staff was asked and has not replied to, each with its deadline; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from node.voice.acts import HandOver

CLOUD_DUE_S: Final = 8.0
STAFF_DUE_S: Final = 120.0
"""After so long a reply comes too late."""
KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Pending:
    """A question that waits, to be replied to until `due_s` (loop time)."""

    hand_over: HandOver
    intent: str
    locale: str
    asked_s: float

    @property
    def due_s(self) -> float:
        """The last moment at which a reply is taken."""
        return self.asked_s + (CLOUD_DUE_S if self.hand_over.to == "cloud" else STAFF_DUE_S)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Those that wait, by the number of their turn, oldest first; the oldest gives way."""

    by_number: Mapping[int, Pending] = field(default_factory=dict)

    def adding(self, pending: Pending) -> "Waiting":
        """With one more."""
        kept = dict(list(self.by_number.items())[1 - KEPT :])
        return Waiting({**kept, pending.hand_over.number: pending})

    def without(self, *numbers: int) -> "Waiting":
        """Less those that were replied to."""
        return Waiting({key: one for key, one in self.by_number.items() if key not in numbers})

    def of_cloud(self) -> tuple[int, ...]:
        """The turns that wait for the cloud."""
        return tuple(key for key, one in self.by_number.items() if one.hand_over.to == "cloud")

    def overdue(self, now_s: float) -> tuple[Pending, ...]:
        """Those whose time is over."""
        return tuple(one for one in self.by_number.values() if now_s > one.due_s)

    def of_staff(self, within_s: float, now_s: float) -> int:
        """How many of the last seconds wait for staff."""
        return sum(
            one.hand_over.to == "staff" and now_s - one.asked_s <= within_s
            for one in self.by_number.values()
        )
