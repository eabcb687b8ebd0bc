"""Rules for single segments: their fields by kind, assets, lengths, and what follows them."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from node.findings import Finding, did_you_mean
from node.program.draft import RundownDraft
from node.program.rundown import Transition
from node.program.timecode import frames, parse_span

KINDS: Final = ("clip", "live", "agent", "slate")
NEEDS: Final[Mapping[str, tuple[str, ...]]] = {
    "clip": ("asset",),
    "live": ("source",),
    "agent": ("asset",),
    "slate": (),
}
DOES_NOTHING: Final[Mapping[str, tuple[str, ...]]] = {
    "clip": ("source", "overrun", "on_lost", "on_busy", "text"),
    "live": ("asset", "text"),
    "agent": ("source", "overrun", "on_lost", "on_busy", "text"),
    "slate": ("source", "overrun", "on_lost", "on_busy"),
}
EPISODE_S: Final = (180, 300)
SEASON: Final = (6, 10)
MAX_FADE_MS: Final = 5000
"""A dissolve longer than this is a typing error: it would show two sources for seconds."""
_FADE: Final = re.compile(r"fade +(\S+)")


def kinds(draft: RundownDraft) -> Iterator[Finding]:
    """E11 and E53: a kind that there is."""
    for segment in draft.segments:
        if segment.kind is not None and segment.kind not in KINDS:
            message = f"expected one of {', '.join(KINDS)}{did_you_mean(segment.kind, KINDS)}"
            yield segment.table.given("kind").finding("E53", message)
        elif not segment.table.has("kind"):
            yield segment.table.finding("E11", f"`kind` is missing: one of {', '.join(KINDS)}")


def fields(draft: RundownDraft) -> Iterator[Finding]:
    """E11 and E53: what each kind needs, and what would do nothing on it."""
    for segment in draft.segments:
        table = segment.table
        if segment.kind is None or segment.kind not in KINDS:
            continue
        for key in NEEDS[segment.kind]:
            if not table.has(key):
                yield table.finding("E11", f"`{key}` is missing: a {segment.kind} needs it")
        for key in DOES_NOTHING[segment.kind]:
            if table.has(key):
                message = f"does nothing on a {segment.kind}: remove it"
                yield table.given(key).finding("E53", message)
        if segment.kind == "slate" and not (table.has("asset") or table.has("text")):
            yield table.finding("E11", "a slate needs an `asset`, a `text` or both")


def lengths(draft: RundownDraft) -> Iterator[Finding]:
    """E06: clip, live and agent say how long they last, and so does a slate that has a turn."""
    has_turn = {name for block in draft.blocks for name in block.play}
    has_turn |= {segment.next for segment in draft.segments if segment.next is not None}
    has_turn |= {name for one in draft.tested for order in one.variants.values() for name in order}
    has_turn |= {one.otherwise for one in draft.segments if one.otherwise is not None}
    for segment in draft.segments:
        if segment.table.has("length"):
            continue
        if segment.kind in {"clip", "live", "agent"}:
            yield segment.table.finding("E06", "`length` is missing")
        elif segment.kind == "slate" and segment.id in has_turn:
            yield segment.table.finding("E06", "`length` is missing: this slate is in a block")


def lost_sources(draft: RundownDraft) -> Iterator[Finding]:
    """E07 and E53: a live segment says what stands in for its camera, and perhaps its host."""
    for segment in draft.segments:
        if segment.kind != "live":
            continue
        if not segment.table.has("on_lost"):
            message = "`on_lost` is missing: the segment to show without camera frames"
            yield segment.table.finding("E07", message)
        elif segment.on_lost is not None and segment.on_lost == segment.id:
            message = "names the very segment whose camera is lost"
            yield segment.table.given("on_lost").finding("E07", message)
        if segment.on_busy is not None and segment.on_busy == segment.id:
            message = "names the very segment whose host is busy"
            yield segment.table.given("on_busy").finding("E53", message)


def transitions(draft: RundownDraft) -> Iterator[Finding]:
    """E53: `cut`, or `fade` with a span shorter than the segment."""
    for segment in draft.segments:
        if segment.out is None:
            continue
        transition = transition_of(segment.out, draft.fps)
        given = segment.table.given("out")
        if transition is None:
            message = f'expected "cut" or "fade 300ms", at most {MAX_FADE_MS} ms'
            yield given.finding("E53", message)
        elif segment.length is not None and transition.frames >= segment.length:
            yield given.finding("E53", "longer than the segment")


def episodes(draft: RundownDraft) -> Iterator[Finding]:
    """W27 and W28: episodes of 3 to 5 minutes, 6 to 10 of them."""
    numbers = set()
    shortest, longest = (seconds * draft.fps for seconds in EPISODE_S)
    for segment in draft.segments:
        if segment.episode is None:
            continue
        numbers.add(segment.episode)
        if segment.length is not None and not shortest <= segment.length <= longest:
            message = "an episode holds its viewers for 3 to 5 minutes"
            yield segment.table.given("length").finding("W27", message)
    least, most = SEASON
    if numbers and not least <= len(numbers) <= most:
        message = f"{len(numbers)} episodes, a season has {least} to {most}"
        yield Finding(draft.source.name, "segment", "W28", message)


def circles(draft: RundownDraft) -> Iterator[Finding]:
    """E09: following `next` never leads back."""
    settled: set[str] = set()
    for start in draft.by_id:
        trail: dict[str, None] = {}
        name: str | None = start
        while name is not None and name in draft.by_id and not (name in settled or name in trail):
            trail[name] = None
            name = draft.by_id[name].next
        if name is not None and name in trail:
            circle = list(trail)[list(trail).index(name) :]
            message = f"leads in a circle: {' -> '.join([*circle, name])}"
            yield draft.by_id[name].table.given("next").finding("E09", message)
        settled |= trail.keys()


def detours(draft: RundownDraft) -> Iterator[Finding]:
    """W52: `next` stays within the blocks that play the segment."""
    for block in draft.blocks:
        plays = set(block.play)
        for segment in (draft.by_id[name] for name in sorted(plays) if name in draft.by_id):
            if segment.next in draft.by_id and segment.next not in plays:
                message = f"leads out of {block.table.place}, which does not play it"
                yield segment.table.given("next").finding("W52", message)


def transition_of(text: str, fps: int) -> Transition | None:
    """`cut`, or `fade 300ms`; None where it cannot be read or lasts longer than 5 s."""
    if text == "cut":
        return Transition()
    match = _FADE.fullmatch(text)
    millis = parse_span(match[1]) if match else None
    if not millis or millis > MAX_FADE_MS:
        return None
    return Transition(max(1, frames(millis, fps)))


RULES: Final = (
    kinds,
    fields,
    lengths,
    lost_sources,
    transitions,
    episodes,
    circles,
    detours,
)
