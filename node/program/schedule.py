"""Where in the day the show begins: at the first start, after a crash, after a long night; pure."""

from dataclasses import replace
from datetime import datetime

import msgspec

from node.program.course import card_cue_at
from node.program.rundown import MINUTES_A_DAY, Rundown, Segment
from node.program.show import Airing, Show, Shown

SAME_PLACE_S = 15.0
"""After a shorter absence the story goes on at the same frame (domain.md R9); after a longer one
the day has gone on without the node, and the show joins it where it would be now."""
ROUNDS_MAX = 100_000


class Saved(msgspec.Struct, frozen=True):
    """What is kept of a show each second. `wall` is Unix time, seconds."""

    rundown: str
    block: int
    loop: int
    index: int
    segment: str
    position: int
    wall: float


def saved_of(show: Show, wall: float) -> Saved:
    """What to keep of a show; an interruption is kept as the place it would return to."""
    airing = show.held if show.returns and show.held is not None else show.airing
    return Saved(
        show.rundown.sha256, show.block, show.loop, show.index,
        airing.segment, airing.position, wall,
    )  # fmt: skip


def opening(rundown: Rundown, now: datetime, saved: Saved | None) -> Show:
    """The show at its first tick; `now` is aware. `saved` of another rundown counts as none."""
    local = now.astimezone(rundown.timezone)
    minute = local.hour * 60 + local.minute
    block = rundown.block_at(minute)
    if saved is None or saved.rundown != rundown.sha256 or saved.segment not in rundown.segments:
        return _show(rundown, block, minute, loop=0, index=0, position=0)
    away = round(max(0.0, now.timestamp() - saved.wall) * rundown.fps)
    if saved.block != block:
        since = ((minute - rundown.blocks[block].start) % MINUTES_A_DAY) * 60 + local.second
        return _walked(rundown, block, minute, 0, 0, since * rundown.fps)
    if away <= SAME_PLACE_S * rundown.fps:
        show = _show(rundown, block, minute, saved.loop, saved.index, saved.position)
        return _at_segment(show, saved.segment, saved.position)
    index = saved.index % len(rundown.blocks[block].play)
    return _walked(rundown, block, minute, saved.loop, index, saved.position + away)


def _walked(
    rundown: Rundown, block: int, minute: int, loop: int, index: int, frames: int
) -> Show:  # fmt: skip
    """The show so many frames after the start of a place in a block."""
    play = rundown.blocks[block].play
    round_length = sum(_length(rundown.segments[name]) for name in play)
    if round_length:
        loop += frames // round_length
        frames %= round_length
    for _ in range(len(play)):
        length = _length(rundown.segments[play[index]])
        if frames < length or not length:
            break
        frames -= length
        loop += index + 1 == len(play)
        index = (index + 1) % len(play)
    return _show(rundown, block, minute, loop, index, frames)


def _show(
    rundown: Rundown, block: int, minute: int, loop: int, index: int, position: int
) -> Show:  # fmt: skip
    play = rundown.blocks[block].play
    index %= len(play)
    airing = Airing(play[index], 0, 0)
    show = Show(rundown, block, airing, loop=loop, index=index, minute=minute)
    return _at_segment(show, play[index], position)


def _at_segment(show: Show, name: str, position: int) -> Show:
    segment = show.rundown.segments[name]
    if segment.kind == "agent":
        position = 0  # its clip is a loop without a story
    airing = Airing(name, 0, 0, position=position, cued=position - 1, entered=-position)
    cue = card_cue_at(segment, position, airing.cued)
    card = None if cue is None else Shown(
        product=cue.product, text=cue.text, cue=cue.id, until=cue.at + cue.for_frames
    )  # fmt: skip
    return replace(show, airing=airing, card=card)


def _length(segment: Segment) -> int:
    return segment.length + (segment.overrun if segment.kind == "live" else 0)
