"""What the rundown format knows and this version does not do yet: refused by name, never ignored.

Each comes with what to do instead. Once a thing is built, its line goes.
"""

from collections.abc import Iterator
from typing import Final

from node.findings import Finding
from node.program.draft import UNBUILT_HEAD, RundownDraft
from node.program.rules.walk import cues_of
from node.program.segment_draft import LOTTERY
from node.tables import Table

LOTTERY_OPEN: Final = "lottery.open"


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


def _refused(table: Table, key: str, cure: str) -> Finding:
    message = f"{key!r} is not built into this version yet: {cure}"
    return table.given(key).finding("E53", message)


RULES: Final = (never,)
