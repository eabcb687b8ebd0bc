"""What somebody should look at, worst first; pure but for the newest alerts that nodes sent."""

from collections import deque
from collections.abc import Iterator
from typing import Final, Literal

import msgspec

from node.control.telemetry import CloudEvent
from tools.fleet.presence import NodeView

Level = Literal["bad", "warn"]
ALERTS_MAX: Final = 20
"""Of one node."""
ALERT_LIFE_MS: Final = 3_600_000
ALERT_TYPES: Final = frozenset({"sys.alert", "asset.failed"})
HOT_C: Final = 80.0
"""A Raspberry Pi 5 slows itself down from here on (its documentation, "Frequency management")."""


class Alarm(msgspec.Struct, frozen=True):
    """Something is wrong with a node since `at` (Unix ms); people read `code` in their language."""

    node: str
    level: Level
    code: str
    at: int
    detail: str = ""


class Alarms:
    """The alerts that came as events; belongs to the loop."""

    def __init__(self) -> None:
        self._alerts: dict[str, deque[Alarm]] = {}

    def event(self, node: str, event: CloudEvent, now: int) -> None:
        """Keep an event that is an alert."""
        if event.type in ALERT_TYPES:
            detail = str(event.data.get("code") or event.data.get("reason") or event.type)
            alerts = self._alerts.setdefault(node, deque(maxlen=ALERTS_MAX))
            alerts.append(Alarm(node, "warn", event.type, now, detail[:200]))

    def of(self, view: NodeView, now: int) -> list[Alarm]:
        """Everything wrong with a node, worst and oldest first."""
        own = [alert for alert in self._alerts.get(view.id, ()) if now - alert.at < ALERT_LIFE_MS]
        return sorted([*standing(view), *own], key=lambda one: (one.level, one.at))


def standing(view: NodeView) -> Iterator[Alarm]:
    """What is wrong as long as the node stands as it does."""
    if view.wiped_at:
        yield Alarm(view.id, "bad", "wiped", view.wiped_at, "its certificate still counts")
        return
    if not view.is_online:
        yield Alarm(view.id, "bad", "offline", view.changed_at or view.seen_at)
    yield from _of_sections(view)
    yield from _of_birth(view)
    yield from _of_telemetry(view)


def _of_sections(view: NodeView) -> Iterator[Alarm]:
    for section, report in view.reported.items():
        if report.status == "failed":
            why = report.reason.code if report.reason else ""
            yield Alarm(view.id, "bad", "section_failed", report.at, f"{section}: {why}")


def _of_birth(view: NodeView) -> Iterator[Alarm]:
    birth = view.birth
    if birth is None:
        return
    if birth.trust == "none":
        yield Alarm(view.id, "bad", "unsigned", view.birth_at)
    if birth.clock.state != "synced":
        yield Alarm(view.id, "warn", "clock", view.birth_at, birth.clock.state)
    if birth.dropped.event:
        yield Alarm(view.id, "warn", "events_dropped", view.birth_at, str(birth.dropped.event))
    if birth.refused:
        most = max(birth.refused, key=lambda code: birth.refused[code])
        detail = f"{most}: {birth.refused[most]}"
        yield Alarm(view.id, "warn", "refused_messages", view.birth_at, detail)


def _of_telemetry(view: NodeView) -> Iterator[Alarm]:
    stream = view.tele.get("stream")
    ill = stream.value.get("ill") if stream else None
    if stream and isinstance(ill, dict):
        for part, why in ill.items():
            yield Alarm(view.id, "warn", "part_ill", stream.at, f"{part}: {why}"[:200])
    system = view.tele.get("sys")
    hot = system.value.get("cpu_c") if system else None
    if system and isinstance(hot, float) and hot >= HOT_C:
        yield Alarm(view.id, "warn", "hot", system.at, f"{hot:.0f} °C")
