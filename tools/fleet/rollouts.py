"""A roll-out in waves: one node, then 5 %, 25 %, all; when it goes on and when it stops; pure.

The next wave begins when at least 95 % of those so far have applied it and have stood for the soak
time; more than 5 % failed, and at least 3, stop it; beyond 10 % of the nodes somebody approves it
(control-plane.md §7).
"""

import math
from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from node.control.messages import JsonObject
from node.control.sections import Section
from node.errors import NodeError

SHARES: Final = (0.05, 0.25, 1.0)
DONE_SHARE: Final = 0.95
FAILED_SHARE: Final = 0.05
FAILED_LEAST: Final = 3
FREE_SHARE: Final = 0.10
SOAK_S: Final = 1800.0

Standing = Literal["running", "paused", "approval", "stopped", "aborted", "done"]
Fate = Literal["applied", "failed", "waiting"]


class RolloutError(NodeError):
    """What was asked does not fit how the roll-out stands."""


class Rollout(msgspec.Struct, frozen=True):
    """A section that goes out wave by wave. `nodes` in the order in which they get it.

    `wave` counts from 0; `good_at` is when enough of the nodes so far had applied it, 0 before;
    `vers` are the versions that the nodes reached were given.
    """

    id: str
    section: Section
    data: JsonObject
    by: str
    at: int
    nodes: tuple[str, ...]
    soak_s: float = SOAK_S
    standing: Standing = "running"
    wave: int = 0
    good_at: int = 0
    approved_by: str = ""
    reason: str = ""
    vers: dict[str, int] = {}

    @property
    def waves(self) -> tuple[int, ...]:
        """How many nodes have it after each wave."""
        return waves(len(self.nodes))

    @property
    def reached(self) -> tuple[str, ...]:
        """The nodes that are to have it by now."""
        return self.nodes[: self.waves[self.wave]]


def waves(count: int) -> tuple[int, ...]:
    """The sizes of the waves, each with all before it; `count` at least 1."""
    return tuple(sorted({1, *(math.ceil(count * share) for share in SHARES)}))


def after(rollout: Rollout, fates: Mapping[str, Fate], now: int) -> Rollout:
    """The roll-out as it stands now, given how far the nodes reached are."""
    if rollout.standing not in {"running", "approval"}:
        return rollout
    tally = Counter(fates.get(node, "waiting") for node in rollout.reached)
    total = len(rollout.reached)
    failed = tally["failed"]
    if failed >= FAILED_LEAST and failed > FAILED_SHARE * total:
        return _with(rollout, standing="stopped", reason=f"{failed} of {total} failed")
    if tally["applied"] < DONE_SHARE * total:
        return _with(rollout, standing="running", good_at=0)
    good = _with(rollout, good_at=rollout.good_at or now)
    if rollout.wave == len(rollout.waves) - 1:
        return _with(good, standing="done") if tally["applied"] == total else good
    return _onward(good, now)


def _onward(good: Rollout, now: int) -> Rollout:
    """To the next wave, if this one has stood long enough and somebody has approved."""
    if now - good.good_at < good.soak_s * 1000:
        return good
    if needs_approval(good) and not good.approved_by:
        return _with(good, standing="approval")
    return _with(good, standing="running", wave=good.wave + 1, good_at=0)


def needs_approval(rollout: Rollout) -> bool:
    """Whether the next wave goes beyond what one person may decide."""
    following = rollout.wave + 1
    size = rollout.waves[min(following, len(rollout.waves) - 1)]
    return size > FREE_SHARE * len(rollout.nodes)


def approved(rollout: Rollout, by: str, *, needs_other: bool) -> Rollout:
    """Approved by a person, who must be another than it is from where there is another."""
    if rollout.standing in {"aborted", "done", "stopped"}:
        raise RolloutError(f"it is {rollout.standing}")
    if needs_other and by == rollout.by:
        raise RolloutError("somebody else must approve it")
    return _with(rollout, approved_by=by)


def turned(rollout: Rollout, to: Literal["start", "pause", "abort"]) -> Rollout:
    """Paused, started again or ended; raises `RolloutError`."""
    if rollout.standing in {"aborted", "done"}:
        raise RolloutError(f"it is {rollout.standing}")
    standing: Mapping[str, Standing] = {"start": "running", "pause": "paused", "abort": "aborted"}
    return _with(rollout, standing=standing[to], good_at=0, reason="")


def _with(rollout: Rollout, **changes: object) -> Rollout:
    return msgspec.structs.replace(rollout, **changes)
