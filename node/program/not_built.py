"""What the rundown format knows and this version does not do yet: refused by name, never ignored.

Each comes with what to do instead. Once a thing is built, its line goes, or its name goes from
`RUNTIME_PENDING`.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from node.findings import Finding
from node.program.draft import UNBUILT_HEAD, RundownDraft
from node.program.rules.walk import cues_of
from node.program.segment_draft import LOTTERY
from node.tables import Table

RUNTIME_PENDING: Final = frozenset({"listen", "speaker"})
"""Parts that are read and judged in full, but that the program cannot act upon yet."""

LOTTERY_OPEN: Final = "lottery.open"
_PART_OF_ACTION: Final[Mapping[str, str]] = {
    "listen.open": "listen",
    "listen.close": "listen",
}


def never(draft: RundownDraft) -> Iterator[Finding]:
    """E10 and E53: what no setting of this version can do."""
    for key in UNBUILT_HEAD:
        if draft.table.has(key):
            yield _refused(draft.table, key, "remove it")
    for _, cue in cues_of(draft):
        if cue.do != LOTTERY_OPEN and cue.table.has(LOTTERY):
            yield _refused(cue.table, LOTTERY, "remove it")


def pending_actions(draft: RundownDraft) -> Iterator[Finding]:
    """E10: an action that the program cannot do."""
    for _, cue in cues_of(draft):
        action = cue.do or ""
        if action == LOTTERY_OPEN or _PART_OF_ACTION.get(action) in draft.beside.pending:
            message = f"{action!r} is not built into this version yet: remove this cue"
            yield cue.table.given("do").finding("E10", message)


def pending_keys(draft: RundownDraft) -> Iterator[Finding]:
    """E53: a key that the program cannot act upon."""
    pending = draft.beside.pending
    for block in draft.blocks if "speaker" in pending else ():
        if block.speaker == "off":
            yield _refused(block.table, "speaker", "remove it; the speaker is always on")


def _refused(table: Table, key: str, cure: str) -> Finding:
    message = f"{key!r} is not built into this version yet: {cure}"
    return table.given(key).finding("E53", message)


RULES: Final = (never, pending_actions, pending_keys)
