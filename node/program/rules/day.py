"""Rules for the day: its blocks cover 24 hours, once, and hold their loops."""

from collections.abc import Iterator
from typing import Final

from node.findings import Finding
from node.program.draft import BlockDraft, RundownDraft
from node.program.rundown import MINUTES_A_DAY
from node.program.timecode import written

SECONDS_A_MINUTE: Final = 60


def blocks(draft: RundownDraft) -> Iterator[Finding]:
    """E11 and E53: each block says from when to when it plays what, and whether aloud."""
    for block in draft.blocks:
        for key in ("from", "to", "play"):
            if not block.table.has(key):
                yield block.table.finding("E11", f"`{key}` is missing")
        if not block.play and block.table.entries.get("play") == []:
            yield block.table.given("play").finding("E11", "plays nothing")
        if block.speaker not in {None, "on", "off"}:
            yield block.table.given("speaker").finding("E53", 'expected "on" or "off"')


def loops(draft: RundownDraft) -> Iterator[Finding]:
    """W41: a loop fits into its block."""
    for block in draft.blocks:
        if block.start is None or block.end is None:
            continue
        room = span_of(block.start, block.end) * SECONDS_A_MINUTE * draft.fps
        known = [draft.by_id[name].length or 0 for name in block.play if name in draft.by_id]
        if sum(known) > room:
            loop, most = written(sum(known), draft.fps), written(room, draft.fps)
            message = f"one loop lasts {loop}, the block {most}"
            yield block.table.given("play").finding("W41", message)


def coverage(draft: RundownDraft) -> Iterator[Finding]:
    """E42 and E43: at each minute of the day exactly one block plays."""
    if not draft.table.has("block"):
        yield Finding(draft.source.name, "block", "E43", "no block: nothing ever plays")
    spans = [
        (block.start, span_of(block.start, block.end), block)
        for block in draft.blocks
        if block.start is not None and block.end is not None
    ]
    if not spans or len(spans) < len(draft.blocks):
        return  # a time that cannot be read is told already; where it lies nobody knows
    spans.sort(key=lambda span: span[0])
    first, _, last = spans[0]
    reached = first
    for start, span, block in spans:
        yield from _joint(reached, start, last, block)
        if start + span > reached:
            reached, last = start + span, block
    yield from _joint(reached, first + MINUTES_A_DAY, last, spans[0][2])


def span_of(start: int, end: int) -> int:
    """Minutes from `start` to `end`, over midnight if need be; 1 to 1440."""
    return (end - start - 1) % MINUTES_A_DAY + 1


def _joint(reached: int, start: int, before: BlockDraft, block: BlockDraft) -> Iterator[Finding]:
    if start > reached:
        message = f"nothing plays from {clock_text(reached)} to {clock_text(start)}"
        yield before.table.given("to").finding("E43", message)
    elif start < reached:
        message = f"{before.table.place} still plays, until {clock_text(reached)}"
        yield block.table.given("from").finding("E42", message)


def clock_text(minute: int) -> str:
    """A minute of the day as `HH:MM`."""
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


RULES: Final = (blocks, loops, coverage)
