"""Gates: what the crowd at the booth did of late, and whether that opens a segment; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from node.program.rundown import Condition, Gate, Rundown

Tally = tuple[tuple[int, int], ...]
"""How many in each Unix second, rising; seconds without any are left out."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """What was counted at this node; buttons are known by name.

    `staff` holds the segments that staff opened, for one playing each.
    """

    scans: Tally = ()
    presses: Mapping[str, Tally] = field(default_factory=dict)
    staff: frozenset[str] = frozenset()

    def scanned(self, at_s: int, count: int, keep_s: int) -> "Crowd":
        """With scans of one second more."""
        return replace(self, scans=_counted(self.scans, at_s, count, keep_s))

    def pressed(self, button: str, at_s: int, count: int, keep_s: int) -> "Crowd":
        """With presses of a button more."""
        tally = _counted(self.presses.get(button, ()), at_s, count, keep_s)
        return replace(self, presses={**self.presses, button: tally})


@dataclass(frozen=True, slots=True)
class Judged:
    """A gate's verdict; `why` names the condition that decided, and how far it is."""

    segment: str
    is_open: bool
    why: str


def judge(segment: str, gate: Gate, crowd: Crowd, now: datetime) -> Judged:
    """Whether a segment's gate is open at a moment; `now` is local and aware."""
    verdicts = [_holds(one, segment, crowd, now) for one in gate.conditions]
    is_open = (any if gate.is_any else all)(holds for holds, _ in verdicts)
    deciding = [why for holds, why in verdicts if holds is is_open]
    return Judged(segment, is_open, ", ".join(deciding))


def longest_s(rundown: Rundown) -> int:
    """For how long counts matter to any gate of a day, in seconds."""
    gates = [one.gate for one in rundown.segments.values() if one.gate is not None]
    return max((one.span_s for gate in gates for one in gate.conditions), default=0)


def counts(rundown: Rundown, button: str) -> bool:
    """Whether a gate of the day waits for presses of that button."""
    gates = [one.gate for one in rundown.segments.values() if one.gate is not None]
    return any(one.kind == "button" and one.name == button for g in gates for one in g.conditions)


def _holds(one: Condition, segment: str, crowd: Crowd, now: datetime) -> tuple[bool, str]:
    if one.kind == "staff":
        return segment in crowd.staff, "staff"
    if one.kind == "time":
        is_time = now.hour * 60 + now.minute >= one.minute
        return is_time, f"time {one.minute // 60:02d}:{one.minute % 60:02d}"
    is_scan = one.kind == "scan"
    tally = crowd.scans if is_scan else crowd.presses.get(one.name, ())
    name = "scan" if is_scan else f"button {one.name}"
    since = now.timestamp() - one.span_s
    count = sum(many for at_s, many in tally if at_s > since)
    return count >= one.count, f"{name} {count} of {one.count}"


def _counted(tally: Tally, at_s: int, count: int, keep_s: int) -> Tally:
    by_second = dict(tally)
    by_second[at_s] = by_second.get(at_s, 0) + count
    newest = max(by_second)
    return tuple(sorted(pair for pair in by_second.items() if pair[0] > newest - keep_s - 1))
