"""When a command is too old, on machines whose clock may be right, kept on, or unknown; pure.

A command's life is bounded twice: by its `exp` on the wall clock, where that is to be trusted, and
by a deadline on the loop's clock, which is its receipt and what the broker says is left of it.
"""

from dataclasses import dataclass

from node.control.envelope import Moment
from node.control.messages import Clock, ContractError


@dataclass(frozen=True, slots=True)
class Reading:
    """All clocks at one instant: Unix ms, and seconds of the loop's clock in this boot."""

    state: Clock
    now: int
    floor: int
    loop_s: float

    @property
    def moment(self) -> Moment:
        """What may be believed of it."""
        return Moment(None if self.state == "unsynced" else self.now, self.floor)

    def loop_time(self, at: int) -> float:
        """When a Unix time in ms is, on the loop's clock."""
        return self.loop_s + (at - self.now) / 1000


@dataclass(frozen=True, slots=True)
class Reception:
    """How a message came: when on the loop's clock, how much life the broker said was left."""

    loop_s: float
    expiry_s: int | None
    is_dup: bool


def deadline(exp: int, max_s: int, came: Reception, reading: Reading) -> float:
    """Until when, on the loop's clock, a command may begin; raises `ContractError`."""
    _refuse_if_past(exp, reading)
    if reading.state == "unsynced" and (came.expiry_s is None or came.is_dup):
        raise ContractError("clock_unsynced", "nobody can say how old it is")
    left_s = max_s if came.expiry_s is None else min(came.expiry_s, max_s)
    return came.loop_s + left_s


def refuse_if_late(exp: int, deadline_s: float, reading: Reading, *, is_same_boot: bool) -> None:
    """Look again just before a command begins; raises `ContractError` (too_old).

    After a restart of the machine its deadline means nothing: only a clock in order helps then.
    """
    _refuse_if_past(exp, reading)
    if not is_same_boot and reading.state == "unsynced":
        raise ContractError("too_old", "the machine was restarted and does not know the time")
    if is_same_boot and reading.loop_s > deadline_s:
        raise ContractError("too_old", f"{reading.loop_s - deadline_s:.1f} s past its deadline")


def _refuse_if_past(exp: int, reading: Reading) -> None:
    latest = reading.floor
    if reading.state != "unsynced":
        latest = max(latest, reading.now)
    if exp < latest:
        raise ContractError("too_old", f"expired {(latest - exp) / 1000:.1f} s ago")
