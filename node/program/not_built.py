"""What the rundown format knows and this version does not do yet: refused by name, never ignored.

Each comes with what to do instead. Once a thing is built, its line goes, or its name goes from
`RUNTIME_PENDING`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from node.findings import Finding
from node.program.draft import UNBUILT_HEAD, OutputDraft, RundownDraft
from node.program.rules.walk import cues_of
from node.program.segment_draft import LOTTERY
from node.tables import Table

RUNTIME_PENDING: Final = frozenset({"output"})
"""Parts that are read and judged in full, but that the program cannot act upon yet."""

LOTTERY_OPEN: Final = "lottery.open"
_OUTPUT: Final[Mapping[str, str]] = {
    "data": "remove it; every viewer gets the card as data",
    "other": "remove it; kiosk and web carry all kinds",
    "overlay": "remove it; kiosk and web carry all overlays",
    "own": "remove it; kiosk and web are always your own",
}
_OUTPUTS: Final = ("kiosk", "web")
_KINDS: Final = 4


def never(draft: RundownDraft) -> Iterator[Finding]:
    """E10 and E53: what no setting of this version can do."""
    for key in UNBUILT_HEAD:
        if draft.table.has(key):
            yield _refused(draft.table, key, "remove it")
    for _, cue in cues_of(draft):
        if cue.do == LOTTERY_OPEN:
            message = f"{cue.do!r} is not built into this version yet: remove this cue"
            yield cue.table.given("do").finding("E10", message)
        elif cue.table.has(LOTTERY):
            yield _refused(cue.table, LOTTERY, "remove it")


def pending_keys(draft: RundownDraft) -> Iterator[Finding]:
    """E53: a key that the program cannot act upon."""
    for output in draft.outputs.values() if "output" in draft.beside.pending else ():
        yield from _output(output)


def _output(output: OutputDraft) -> Iterator[Finding]:
    if output.id not in _OUTPUTS:
        cure = "remove it; there are the outputs kiosk and web"
        yield output.table.finding(
            "E53", f"{output.id!r} is not built into this version yet: {cure}"
        )
        return
    for key, cure in _OUTPUT.items():
        if output.table.has(key):
            yield _refused(output.table, key, cure)
    if output.kinds is not None and len(set(output.kinds)) < _KINDS:
        message = "fewer than all kinds is not built into this version yet: remove it"
        yield output.table.given("kinds").finding("E53", message)


def _refused(table: Table, key: str, cure: str) -> Finding:
    message = f"{key!r} is not built into this version yet: {cure}"
    return table.given(key).finding("E53", message)


RULES: Final = (never, pending_keys)
