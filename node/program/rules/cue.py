"""Rules for cues: action and fields, times, cards, and what `arm` opens."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from node.findings import Finding, did_you_mean, unknown
from node.program.draft import RundownDraft
from node.program.not_built import LOTTERY_OPEN
from node.program.rules.walk import cues_of, follows
from node.program.segment_draft import CueDraft, SegmentDraft
from node.program.timecode import frames, is_on_frame, written

NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "card.show": ("product", "for"),
    "card.hide": ("product",),
    "offer.start": ("offer",),
    "countdown": ("offer",),
    "say": ("text",),
    "lower_third": ("text",),
    "take": ("segment",),
    "arm": ("segment",),
    "listen.open": (),
    "listen.close": (),
    "mark": ("beat",),
}
TAKES: Final[Mapping[str, frozenset[str]]] = {
    action: frozenset(needs) | ({"for"} if action == "lower_third" else set())
    for action, needs in NEEDS.items()
}
FIELDS: Final = ("product", "offer", "segment", "text", "for")
CALLED: Final[Mapping[str, str]] = {
    "switch": "take", "cut": "take", "card": "card.show", "banner": "lower_third",
}  # fmt: skip
"""What people write for an action that has another name here."""
CARD_S: Final = (8, 60)
LOWER_THIRD_S: Final = 6
_BEAT: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")


def actions(draft: RundownDraft) -> Iterator[Finding]:
    """E10: an action that there is."""
    for _, cue in cues_of(draft):
        if cue.do is None:
            if not cue.table.has("do"):
                yield cue.table.finding("E11", "`do` is missing")
        elif cue.do not in NEEDS and cue.do != LOTTERY_OPEN:
            near = f" (did you mean {CALLED[cue.do]}?)" if cue.do in CALLED else ""
            hint = near or did_you_mean(cue.do, NEEDS)
            yield cue.table.given("do").finding("E10", f"unknown action{hint}")


def fields(draft: RundownDraft) -> Iterator[Finding]:
    """E11 and E53: what each action needs, and what would do nothing with it."""
    for _, cue in cues_of(draft):
        if cue.do is None or cue.do not in NEEDS:
            continue
        for key in NEEDS[cue.do]:
            if not cue.table.has(key):
                yield cue.table.finding("E11", f"`{key}` is missing: {cue.do} needs it")
        for key in FIELDS:
            if cue.table.has(key) and key not in TAKES[cue.do]:
                yield cue.table.given(key).finding("E53", f"does nothing with {cue.do}: remove it")


def beats(draft: RundownDraft) -> Iterator[Finding]:
    """E53: a beat is one lower-case word."""
    for _, cue in cues_of(draft):
        if cue.beat is not None and not _BEAT.fullmatch(cue.beat):
            yield cue.table.given("beat").finding("E53", 'expected one word, as in "climax"')


def products(draft: RundownDraft) -> Iterator[Finding]:
    """E14: each product is in the catalog, as far as that could be read."""
    known = draft.beside.product_ids
    if known is None:
        return iter(())
    named = (
        (cue.product, cue.table.given("product"))
        for _, cue in cues_of(draft)
        if cue.product is not None
    )
    has_catalog = draft.table.has("catalog") or bool(known)
    what = "product" if has_catalog else "product, for no `catalog` is named"
    return unknown(named, known, "E14", what)


def times(draft: RundownDraft) -> Iterator[Finding]:
    """E13, E18, W24: one time for each cue, within its segment, on a frame."""
    for segment, cue in cues_of(draft):
        if cue.table.has("at") == cue.table.has("clock"):
            yield cue.table.finding("E13", "needs exactly one of `at` and `clock`")
        if cue.at is None:
            continue
        given = cue.table.given("at")
        if cue.at.is_from_end and segment.kind != "clip":
            yield given.finding("E18", "counts from the end, which only a clip has")
            continue
        at = entry_of(segment, cue, draft.fps)
        if at is not None and segment.length is not None and not 0 <= at < segment.length:
            length = written(segment.length, draft.fps)
            yield given.finding("E18", f"must lie from the start to before the end, {length}")
        elif not is_on_frame(cue.at.millis, draft.fps):
            exact = round(cue.at.millis * draft.fps / 1000, 3)
            nearest = frames(cue.at.millis, draft.fps)
            message = f"frame {exact:g} at {draft.fps} fps: rounded to {nearest}"
            yield given.finding("W24", f"{message}, {written(nearest, draft.fps)}")


def card_spans(draft: RundownDraft) -> Iterator[Finding]:
    """W25: a card can be read and scanned, and ends with its segment at the latest."""
    shortest, longest = CARD_S
    for segment, cue in cues_of(draft):
        if cue.do != "card.show" or cue.for_ms is None:
            continue
        given = cue.table.given("for")
        if not shortest * 1000 <= cue.for_ms <= longest * 1000:
            yield given.finding("W25", f"a card is shown for {shortest} to {longest} s")
        at = entry_of(segment, cue, draft.fps)
        if at is None or segment.length is None or at >= segment.length:
            continue
        if at + frames(cue.for_ms, draft.fps) > segment.length:
            length = written(segment.length, draft.fps)
            yield given.finding("W25", f"passes the end of the segment, {length}")


def card_overlaps(draft: RundownDraft) -> Iterator[Finding]:
    """E26: one card at a time."""
    for segment in draft.segments:
        timed = [
            (at, cue)
            for cue in segment.cues
            if cue.do in {"card.show", "card.hide"}
            and (at := entry_of(segment, cue, draft.fps)) is not None
        ]
        up, end = None, 0
        for at, cue in sorted(timed, key=lambda pair: pair[0]):
            if up is not None and at < end and cue.do == "card.show":
                message = f"the card of {up.id} stays until {written(end, draft.fps)}"
                yield cue.table.given("at").finding("E26", message)
            if cue.do == "card.show":
                up, end = cue, at + frames(cue.for_ms or 0, draft.fps)
            elif up is not None and cue.product == up.product:
                up = None


def armed(draft: RundownDraft) -> Iterator[Finding]:
    """W51: `arm` opens a segment that can come next."""
    after = follows(draft)
    for segment, cue in cues_of(draft):
        if cue.do != "arm" or segment.id not in after or cue.segment not in draft.by_id:
            continue
        if cue.segment not in after[segment.id]:
            message = f"never follows {segment.id}: skipped each time"
            yield cue.table.given("segment").finding("W51", message)


def entry_of(segment: SegmentDraft, cue: CueDraft, fps: int) -> int | None:
    """The cue's frame from its segment's entry; None where that cannot be known."""
    if cue.at is None:
        return None
    count = frames(cue.at.millis, fps)
    if not cue.at.is_from_end:
        return count
    return None if segment.length is None else segment.length - count


RULES: Final = (
    actions, fields, beats, products, times, card_spans, card_overlaps, armed,
)  # fmt: skip
