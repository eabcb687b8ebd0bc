"""Rules for gates: conditions that can be read, and something to play while they do not hold."""

from collections.abc import Iterator
from typing import Final

from node.findings import Finding
from node.program.conditions import GRAMMAR, parse_condition
from node.program.draft import RundownDraft
from node.program.segment_draft import GateDraft


def gates(draft: RundownDraft) -> Iterator[Finding]:
    """E08: `any` or `all` of conditions that can be read, and an `else`."""
    for segment in draft.segments:
        if segment.gate is not None:
            yield from _conditions(segment.gate)
            if not segment.gate.table.has("else"):
                message = "`else` is missing: the segment that plays while the gate is closed"
                yield segment.gate.table.finding("E08", message)


def circles(draft: RundownDraft) -> Iterator[Finding]:
    """E08: from `else` to `else` one comes to a segment that may play."""
    settled: set[str] = set()
    for start in draft.by_id:
        trail: dict[str, None] = {}
        name: str | None = start
        while name is not None and name in draft.by_id and not (name in settled or name in trail):
            trail[name] = None
            name = draft.by_id[name].otherwise
        if name is not None and name in trail:
            gate = draft.by_id[name].gate
            if gate is not None:
                yield gate.table.given("else").finding("E08", "leads back to this segment")
        settled |= trail.keys()


def _conditions(gate: GateDraft) -> Iterator[Finding]:
    if gate.table.has("any") == gate.table.has("all"):
        yield gate.table.finding("E08", "needs exactly one of `any` and `all`")
        return
    if gate.table.entries[gate.key] == []:
        yield gate.table.given(gate.key).finding("E08", f"no condition: expected {GRAMMAR}")
    for index, text in enumerate(gate.conditions):
        if text and parse_condition(text) is None:
            message = f"expected {GRAMMAR}; N from 1, D from 1s to 24 h, as in 10m"
            yield gate.table.item(gate.key, index).finding("E08", message)


RULES: Final = (gates, circles)
