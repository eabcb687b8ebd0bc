"""Whether the node and each of its parts is well: `GET /health`."""

from collections.abc import Mapping

import msgspec

from node.supervise import Health
from node.web.status import PartView, Status


class HealthReport(msgspec.Struct, frozen=True, omit_defaults=True):
    """`GET /health`: `parts` names the essential parts that do not work, with the reason."""

    ok: bool
    parts: Mapping[str, str] = {}


def health_report(status: Status) -> HealthReport:
    """Judge the node: well when it is on air and every essential part is ready."""
    ill = {
        name: part.last_error or part.condition
        for name, part in status.health.items()
        if part.essential and part.condition != "ready"
    }
    if not status.on_air:
        ill.setdefault("program", "not on air")
    return HealthReport(ok=not ill, parts=ill)


def parts_view(parts: Health) -> Mapping[str, PartView]:
    """The health of each part for the status."""
    return {
        name: PartView(
            condition=part.condition,
            essential=part.is_essential,
            failures=part.failures,
            last_error=part.last_error,
        )
        for name, part in parts.items()
    }
