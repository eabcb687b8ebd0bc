"""What comes next: the play list, `next`, the block by the clock, and the gate before it; pure."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from node.program.gates import Judged, judge
from node.program.rundown import Block, Cue
from node.program.show import Fact, Show, play_of

SET_BACK = timedelta(hours=1)
"""The clock goes back by so much when summer time ends; by more, its time was wrong before."""

LAST_SECOND = 59
"""Of a minute: what begins in a block's last second belongs to the next block; a hard end would
make a flash of it, a soft one would begin a whole round for a frame."""


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
    if show.held is not None and is_returning(show):
        return show.held.segment
    return next_place(show).segment


def is_returning(show: Show) -> bool:
    """Whether what was interrupted comes back by itself; not where its hard block is over."""
    return show.returns and show.held is not None and not is_cut(show)


def is_cut(show: Show) -> bool:
    """Whether the block on air is hard and over, or has no time left for another segment."""
    is_hard = show.rundown.blocks[show.block].is_hard
    return is_hard and block_now(foreseen(show)) != (show.block, show.began)


def foreseen(show: Show) -> Show:
    """The show at the moment that counts for what would begin now.

    In the last second of a block that is its end: the coming block begins so much earlier if a
    segment ends just then.
    """
    if show.now.second < LAST_SECOND:
        return show
    minute = show.now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    later = replace(show, now=minute.astimezone(show.now.tzinfo))
    return later if block_now(later) != block_now(show) else show


def next_place(show: Show) -> Place:
    """The place behind the segment on air; where a gate is shut, its other segment is there."""
    place = planned(show)
    return replace(place, segment=let_through(foreseen(show), place.segment))


def planned(show: Show) -> Place:
    """The place behind the segment on air, whatever gate it has."""
    rundown = show.rundown
    block, began = block_now(foreseen(show))
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
    the start of the block on air, as at the end of summer time, that block goes on; so does
    one that began a moment early.
    """
    if clock_of(show) != show.now:
        return show.block, show.began
    block = show.rundown.block_at(show.minute)
    return block, began_on(show.rundown.blocks[block], show.now)


def clock_of(show: Show) -> datetime:
    """The wall clock, or the start of the block on air where that is up to an hour ahead."""
    began = datetime.combine(show.began, time(), show.now.tzinfo)
    begins = began + timedelta(minutes=show.rundown.blocks[show.block].start)
    is_ahead = timedelta() < begins - show.now <= SET_BACK  # by the wall clock, as blocks are
    return begins if is_ahead else show.now


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
    name = "" if show.armed or is_returning(show) else planned(show).segment
    gate = show.named(name).gate if name else None
    if gate is None:
        return (show if show.gate is None else replace(show, gate=None)), ()
    verdict = judge(name, gate, show.crowd, foreseen(show).now)
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
    block, began = block_now(foreseen(show))
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
