"""What comes next: the play list, `next`, the block by the clock, and the gate before it; pure."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from node.program.gates import Judged, judge
from node.program.rundown import Block, Cue
from node.program.show import Fact, Show, play_of

SET_BACK = timedelta(hours=1)
"""The clock goes back by so much when summer time ends; by more, its time was wrong before."""


@dataclass(frozen=True, slots=True)
class Place:
    """A segment and its place in the day. `segment` may lie outside the play list."""

    segment: str
    block: int
    index: int
    loop: int
    began: date


def following(show: Show) -> str:
    """Id of the segment that comes next if nobody intervenes."""
    if show.armed:
        return show.armed
    if show.returns and show.held is not None:
        return show.held.segment
    return next_place(show).segment


def next_place(show: Show) -> Place:
    """The place behind the segment on air; where a gate is shut, its other segment is there."""
    place = planned(show)
    return replace(place, segment=let_through(show, place.segment))


def planned(show: Show) -> Place:
    """The place behind the segment on air, whatever gate it has."""
    rundown = show.rundown
    block, began = block_now(show)
    if (block, began) != (show.block, show.began):
        return Place(play_of(rundown, block, began, 0)[0], block, 0, 0, began)
    play, wanted, index = show.play, show.named(show.base.segment).next, show.index + 1
    if wanted and wanted in rundown.segments:
        index = place_in(play, wanted, show.index)
        if index < 0:  # outside the play list: the loop goes on behind this place
            return Place(wanted, block, show.index, show.loop, show.began)
    if index < len(play) and index > show.index:
        return Place(play[index], block, index, show.loop, show.began)
    coming = play_of(rundown, block, show.began, show.loop + 1)
    index = max(0, place_in(coming, play[index % len(play)], -1)) if wanted else 0
    return Place(coming[index], block, index, show.loop + 1, show.began)


def block_now(show: Show) -> tuple[int, date]:
    """The block that the clock is in and the day on which it began.

    A block of 24 hours ends too: it begins again the next day. Where the clock was set back over
    the start of the block on air, as at the end of summer time, that block goes on.
    """
    began = datetime.combine(show.began, time(), show.now.tzinfo)
    ahead = began + timedelta(minutes=show.rundown.blocks[show.block].start)
    if timedelta() < ahead - show.now <= SET_BACK:  # by the wall clock, as blocks are
        return show.block, show.began
    block = show.rundown.block_at(show.minute)
    return block, began_on(show.rundown.blocks[block], show.now)


def let_through(show: Show, name: str) -> str:
    """The segment itself, or what its gate plays in its place; a ring of gates plays its last."""
    for _ in show.rundown.segments:
        gate = show.named(name).gate
        if gate is None or judge(name, gate, show.crowd, show.now).is_open:
            return name
        name = gate.otherwise
    return name


def judged(show: Show) -> tuple[Show, tuple[Fact, ...]]:
    """Judge the gate of what comes next; a changed verdict is a fact."""
    name = "" if show.armed or show.returns else planned(show).segment
    gate = show.named(name).gate if name else None
    if gate is None:
        return (show if show.gate is None else replace(show, gate=None)), ()
    verdict = judge(name, gate, show.crowd, show.now)
    if verdict == show.gate:
        return show, ()
    is_news = not _is_same(verdict, show.gate)
    return replace(show, gate=verdict), (gate_fact(show, verdict),) if is_news else ()


def gate_fact(show: Show, verdict: Judged) -> Fact:
    """The fact of a verdict: of the gated segment, before its first frame."""
    fact = replace(show.fact("gate", why=verdict.why), segment=verdict.segment, position=0)
    return replace(fact, is_open=verdict.is_open)


def place_in(play: tuple[str, ...], name: str, index: int) -> int:
    """The place of a segment in a play list, sought from behind `index`; -1 if it is not there."""
    order = [*range(index + 1, len(play)), *range(min(index + 1, len(play)))]
    return next((place for place in order if play[place] == name), -1)


def placed(show: Show, name: str) -> Show:
    """The show with its place moved to a segment of the block that the clock is in.

    One that the block does not play comes before the loop's next turn.
    """
    block, began = block_now(show)
    if (block, began) != (show.block, show.began):
        last = len(play_of(show.rundown, block, began, 0)) - 1
        show = replace(show, block=block, began=began, loop=0, index=last)
    place = place_in(show.play, name, show.index)
    return replace(show, index=place) if place >= 0 else show


def began_on(block: Block, now: datetime) -> date:
    """The day on which the block that covers a moment began."""
    is_since_yesterday = now.hour * 60 + now.minute < block.start
    return now.date() - timedelta(days=is_since_yesterday)


def next_product(show: Show, product: str) -> str:
    """The next other product that a coming cue shows and that can be had, or empty."""
    segment, play = show.segment, show.play
    order = [*play[show.index + 1 :], *play[: show.index + 1]]
    cues: list[Cue] = [cue for cue in segment.cues if cue.at > show.airing.position]
    cues += [cue for name in order for cue in show.named(name).cues]
    for cue in cues:
        is_other = cue.do == "card.show" and cue.product != product
        if is_other and show.trade.state_of(cue.product) != "sold_out":
            return cue.product
    return ""


def _is_same(verdict: Judged, before: Judged | None) -> bool:
    if before is None:
        return False
    return (verdict.segment, verdict.is_open) == (before.segment, before.is_open)
