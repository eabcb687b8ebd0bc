"""What the rules for a rundown walk over: all its cues, and what may follow each segment."""

from collections.abc import Iterator
from itertools import pairwise

from node.program.draft import RundownDraft
from node.program.segment_draft import CueDraft, SegmentDraft


def cues_of(draft: RundownDraft) -> Iterator[tuple[SegmentDraft, CueDraft]]:
    """Every cue with its segment, in the order of the file."""
    return ((segment, cue) for segment in draft.segments for cue in segment.cues)


def follows(draft: RundownDraft) -> dict[str, set[str]]:
    """What may come after each segment that a block plays: by `next`, in its turn, or by `take`.

    Where a gate may be closed, what plays instead may come too, and is followed alike.
    """
    after: dict[str, set[str]] = {}
    for name, following in _in_turn(draft):
        after.setdefault(name, set()).add(following)
    for name in list(after):
        segment = draft.by_id.get(name)
        if segment is not None and segment.next is not None:
            after[name] = {segment.next}
        found = after[name]
        found |= {other for one in list(found) if (other := _otherwise(draft, one))}
        if stand_in := _otherwise(draft, name):
            after.setdefault(stand_in, set()).update(found)
    for segment, cue in cues_of(draft):
        if cue.do == "take" and cue.segment is not None and segment.id in after:
            after[segment.id].add(cue.segment)
    return after


def _in_turn(draft: RundownDraft) -> Iterator[tuple[str, str]]:
    blocks = sorted(draft.blocks, key=lambda block: block.start or 0)
    for block, later in zip(blocks, [*blocks[1:], *blocks[:1]], strict=True):
        yield from zip(block.play, [*block.play[1:], *block.play[:1]], strict=True)
        if later.play:
            yield from ((name, later.play[0]) for name in block.play)
    for experiment in draft.tested:
        orders = list(experiment.variants.values())
        for order in orders:
            yield from pairwise(order)
            yield from ((order[-1], other[0]) for other in orders if order and other)


def _otherwise(draft: RundownDraft, name: str) -> str | None:
    segment = draft.by_id.get(name)
    return None if segment is None else segment.otherwise
