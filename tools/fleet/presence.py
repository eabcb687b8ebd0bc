"""One node as the controller sees it: born, dead, what it last said and when that came; pure.

Every number has the time of its arrival here, in Unix ms: the node's own clock may be wrong.
"""

from typing import Final

import msgspec

from node.control.messages import Birth, JsonObject, Online
from node.control.sections import Reported, Section


class Reading(msgspec.Struct, frozen=True):
    """What came last of a kind, and when."""

    at: int
    value: JsonObject


class NodeView(msgspec.Struct, frozen=True, omit_defaults=True):
    """All that is known of a node. `bseq` is that of its newest birth, 0 before any.

    `wiped_at` is when it was struck out; it speaks all the same.
    """

    id: str
    tags: dict[str, str] = {}
    bseq: int = 0
    is_online: bool = False
    changed_at: int = 0
    wiped_at: int = 0
    seen_at: int = 0
    birth: Birth | None = None
    birth_at: int = 0
    reported: dict[Section, Reported] = {}
    tele: dict[str, Reading] = {}


UNKNOWN: Final = 0


def lived(view: NodeView, online: Online, now: int) -> tuple[NodeView, bool]:
    """After `up/online`, or the will that speaks for a node that vanished.

    The second value is whether to ask for a rebirth: a death older than the newest birth is that
    of a connection long gone, and says nothing of the one there is.
    """
    if online.bseq < view.bseq:
        return view, not online.online
    is_change = online.online != view.is_online
    return msgspec.structs.replace(
        view,
        bseq=online.bseq,
        is_online=online.online,
        changed_at=now if is_change else view.changed_at,
        seen_at=now if online.online else view.seen_at,
    ), False


def born(view: NodeView, birth: Birth, now: int) -> NodeView:
    """After a birth; one that is older than the newest changes nothing."""
    if birth.bseq < view.bseq:
        return view
    return msgspec.structs.replace(view, bseq=birth.bseq, birth=birth, birth_at=now, seen_at=now)


def said(view: NodeView, kind: str, value: JsonObject, now: int) -> NodeView:
    """After telemetry."""
    tele = {**view.tele, kind: Reading(now, value)}
    return msgspec.structs.replace(view, tele=tele, seen_at=now)


def reported(view: NodeView, report: Reported, now: int) -> NodeView:
    """After a report on a section."""
    every = {**view.reported, report.section: report}
    return msgspec.structs.replace(view, reported=every, seen_at=now)


def tagged(view: NodeView, tags: dict[str, str]) -> NodeView:
    """With other tags."""
    return msgspec.structs.replace(view, tags=tags)
