"""Rules for cues by the clock, and for offers: a deadline that is shown is a real one."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from node.findings import Finding, Given, unknown
from node.program.draft import BlockDraft, RundownDraft
from node.program.rules.cue import NEEDS
from node.program.rules.day import clock_text, span_of
from node.program.rules.walk import cues_of
from node.program.rundown import MINUTES_A_DAY

BY_CLOCK: Final = frozenset({"offer.start", "countdown"})
"""Actions that go by the clock; all others go by media time (domain rules: E23, W19)."""


def offers(draft: RundownDraft) -> Iterator[Finding]:
    """E15: each offer is in the catalog, as far as that could be read."""
    if draft.beside.offers is None:
        return iter(())
    named = (
        (cue.offer, cue.table.given("offer"))
        for _, cue in cues_of(draft)
        if cue.offer is not None and cue.do in BY_CLOCK
    )
    return unknown(named, draft.beside.offers, "E15", "offer")


def kinds_of_time(draft: RundownDraft) -> Iterator[Finding]:
    """E23 and W19: a deadline goes by the clock, what belongs to the picture by media time."""
    cited = draft.rules.cited(draft.rules.deadlines)
    for _, cue in cues_of(draft):
        if cue.do in BY_CLOCK and cue.table.has("at"):
            message = f"{cue.do} on media time is a false deadline: give `clock`, as in 12:10"
            yield cue.table.given("at").finding("E23", f"{message} ({cited})")
        elif cue.do in NEEDS and cue.do not in BY_CLOCK and cue.table.has("clock"):
            message = f"{cue.do} belongs to the picture: give `at`, its media time"
            yield cue.table.given("clock").finding("W19", message)


def windows(draft: RundownDraft) -> Iterator[Finding]:
    """E17: an offer starts with its window, and is counted down within it."""
    known = draft.beside.offers or {}
    for _, cue in cues_of(draft):
        offer = known.get(cue.offer or "")
        if cue.do not in BY_CLOCK or cue.clock is None or offer is None or offer.start is None:
            continue
        given = cue.table.given("clock")
        if cue.do == "offer.start" and cue.clock != offer.start:
            message = f"the window of {cue.offer} opens at {clock_text(offer.start)}"
            yield given.finding("E17", message)
        elif offer.end is not None and cue.clock not in _open(offer.start, offer.end):
            span = f"{clock_text(offer.start)} to {clock_text(offer.end)}"
            yield given.finding("E17", f"outside the window of {cue.offer}, {span}")


def starts(draft: RundownDraft) -> Iterator[Finding]:
    """E47: when an offer's window opens, a segment of the block on air starts it."""
    known = draft.beside.offers or {}
    starting: dict[str, set[str]] = {}
    first: dict[str, tuple[int, Given]] = {}
    for segment, cue in cues_of(draft):
        offer = known.get(cue.offer or "")
        if cue.do == "offer.start" and cue.offer and offer is not None and offer.start is not None:
            starting.setdefault(cue.offer, set()).add(segment.id or "")
            first.setdefault(cue.offer, (offer.start, cue.table.given("offer")))
    block_at, plays = _block_finder(draft), _players(draft)
    for name, (minute, given) in first.items():
        block = block_at(minute)
        if block is None or not starting[name] & plays(block):
            yield _not_started(given, minute, block)


def _open(start: int, end: int) -> range:
    """The minutes of a window; one that falls has its own finding (E34), and holds any."""
    return range(start, end) if start < end else range(MINUTES_A_DAY)


def _not_started(given: Given, minute: int, block: BlockDraft | None) -> Finding:
    place = "no block covers that time" if block is None else f"{block.table.place} plays none"
    message = f"no segment on air at {clock_text(minute)} starts it: {place}"
    return given.finding("E47", message)


def _block_finder(draft: RundownDraft) -> Callable[[int], BlockDraft | None]:
    spans = sorted(
        (
            (block.start, span_of(block.start, block.end), index)
            for index, block in enumerate(draft.blocks)
            if block.start is not None and block.end is not None
        ),
    )
    starts_at = [start for start, _, _ in spans]

    def block_at(minute: int) -> BlockDraft | None:
        if not spans:
            return None
        start, span, index = spans[bisect_right(starts_at, minute) - 1]  # -1: over midnight
        return draft.blocks[index] if (minute - start) % MINUTES_A_DAY < span else None

    return block_at


def _players(draft: RundownDraft) -> Callable[[BlockDraft], frozenset[str]]:
    """What a block puts on air by itself: its play list, and what `next` adds."""

    @cache
    def of_index(index: int) -> frozenset[str]:
        waiting, met = list(draft.blocks[index].play), set[str]()
        while waiting:
            name = waiting.pop()
            if name not in met and name in draft.by_id:
                met.add(name)
                waiting.append(draft.by_id[name].next or "")
        return frozenset(met)

    index_of = {id(block): index for index, block in enumerate(draft.blocks)}
    return lambda block: of_index(index_of[id(block)])


RULES: Final = (offers, kinds_of_time, windows, starts)
