"""The controller's knowledge as JSON: rows for lists, pages for one node, lanes for actions."""

from typing import TYPE_CHECKING, Final

import msgspec

from node.control.messages import JsonObject
from node.control.sections import SECTIONS
from tools.fleet.batches import counts
from tools.fleet.feed import Topic
from tools.fleet.lifecycle import Entry
from tools.fleet.presence import NodeView
from tools.fleet.wishes import is_behind

if TYPE_CHECKING:
    from tools.fleet.controller import Controller

FAILURES_MAX: Final = 50
_SHOWN: Final = {
    "player": ("seg", "pos", "loop", "beat", "card", "armed", "live", "volume"),
    "sys": ("cpu_c", "mem_mb", "disk_free_mb", "rtt_ms", "load", "outbox_rows", "uptime_s"),
    "stream": ("viewers", "fps", "kbps", "ill"),
}
"""Numbers of a node's row, each kind with the time of its arrival."""


class Views:
    """Belongs to the loop."""

    def __init__(self, controller: "Controller") -> None:
        self._of = controller

    def rendered(self, kind: Topic, key: str, now: int) -> object:
        """A thing as watchers get it; None where it is gone."""
        match kind:
            case "node":
                view = self._of.roster.view(key)
                return None if view is None else self.row(view, now)
            case "batch":
                return self.batch(key)
            case "rollout":
                return self._of.rollouts.shown(key)
            case "claim":
                return self._of.claims.shown(key)
            case "line":
                return self.line(now)
            case "audit":
                return {"at": now}

    def snapshot(self, now: int) -> JsonObject:
        """Everything a console needs to begin."""
        batches = self._of.commander.batches.names()[:40]
        return {
            "line": self.line(now),
            "nodes": [self.row(view, now) for view in sorted(self._of.roster, key=_by_name)],
            "batches": [self.batch(name) for name in batches],
            "rollouts": self._of.rollouts.all_shown(),
            "claims": self._of.claims.all_shown(),
        }

    def line(self, now: int) -> JsonObject:
        """How the controller stands with the broker."""
        return {
            "is_up": self._of.line.is_up,
            "broker": self._of.settings.broker,
            "org": self._of.settings.org,
            "open": self._of.commander.open,
            "refused": dict(self._of.line.refused),
            "alarms": msgspec.to_builtins(list(self._of.keys.alarms(now))),
        }

    def row(self, view: NodeView, now: int) -> JsonObject:
        """A node in a list."""
        wishes = self._of.wishes.of(view.id).values()
        behind = [w.section for w in wishes if is_behind(view, w)]
        birth = view.birth
        still = view.tele.get("still")
        return {
            "id": view.id,
            "tags": view.tags,
            "state": state(view),
            "changed_at": view.changed_at,
            "seen_at": view.seen_at,
            "sw": birth.sw if birth else "",
            "model": birth.model if birth else "",
            "trust": birth.trust if birth else "",
            "clock": birth.clock.state if birth else "",
            "behind": behind,
            "still_at": still.at if still else 0,
            "alarms": msgspec.to_builtins(self._of.alarms.of(view, now)),
            **{kind: _reading(view, kind, keys) for kind, keys in _SHOWN.items()},
        }

    def page(self, view: NodeView, now: int) -> JsonObject:
        """A node with everything known of it; its history is asked for apart."""
        return {
            **self.row(view, now),
            "birth": msgspec.to_builtins(view.birth),
            "birth_at": view.birth_at,
            "sections": self.sections(view),
        }

    def sections(self, view: NodeView) -> list[JsonObject]:
        """What is wanted beside what is reported, for each section that has either."""
        rows: list[JsonObject] = []
        wishes = self._of.wishes.of(view.id)
        for section in SECTIONS:
            wish, report = wishes.get(section), view.reported.get(section)
            if wish is None and report is None:
                continue
            rows.append(
                {
                    "section": section,
                    "wanted": wish.ver if wish else 0,
                    "data": wish.data if wish else {},
                    "by": wish.by if wish else "",
                    "iat": wish.iat if wish else 0,
                    "reported": report.ver if report else 0,
                    "status": report.status if report else "",
                    "reason": msgspec.to_builtins(report.reason) if report else None,
                    "found": report.data if report else {},
                    "is_behind": wish is not None and is_behind(view, wish),
                }
            )
        return rows

    def batch(self, name: str) -> JsonObject | None:
        """An action: where its commands stand, and which did not do what was asked."""
        return batch_view(name, self._of.commander.batches.entries(name))


def batch_view(name: str, entries: list[Entry]) -> JsonObject | None:
    """An action of these commands; None without any."""
    if not entries:
        return None
    first = entries[0]
    failed = [one for one in entries if one.has_ended and one.status != "done"]
    return {
        "batch": name,
        "type": first.type,
        "data": first.data,
        "by": first.by,
        "at": first.iat,
        "exp": first.exp,
        "total": len(entries),
        "open": sum(not one.has_ended for one in entries),
        "counts": counts(entries),
        "failures": [entry_view(one) for one in failed[:FAILURES_MAX]],
    }


def entry_view(entry: Entry) -> JsonObject:
    """One command without its bytes."""
    view: JsonObject = msgspec.to_builtins(entry)
    view.pop("body", None)
    return {"status": entry.status, "code": entry.code, "message": entry.message, **view}


def state(view: NodeView) -> str:
    """`offline`, `live`, `slate` or `playing`; `online` where nothing is known of its show.

    `wiped` is one that was struck out and is still there.
    """
    if view.wiped_at:
        return "wiped"
    if not view.is_online:
        return "offline"
    player = view.tele.get("player")
    if player is None:
        return "online"
    if player.value.get("live"):
        return "live"
    return "playing" if player.value.get("seg") else "slate"


def _reading(view: NodeView, kind: str, keys: tuple[str, ...]) -> JsonObject:
    reading = view.tele.get(kind)
    if reading is None:
        return {}
    value = reading.value
    return {"at": reading.at, **{key: value[key] for key in keys if key in value}}


def _by_name(view: NodeView) -> str:
    return view.id
