"""Where in the day the show begins: at the first start, after a crash, after a long night; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Annotated

import msgspec

from node.program.cards import card_up
from node.program.gates import Crowd
from node.program.offers import Stock, Trade
from node.program.order import began_on, let_through
from node.program.rundown import MINUTES_A_DAY, Rundown, Segment
from node.program.show import Airing, Show, Shown, Strip, play_of
from node.program.taking import card_cue_at, live_position

SAME_PLACE_S = 15.0
"""After a shorter absence the story goes on at the same frame (domain.md R9); after a longer one
the day has gone on without the node, and the show joins it where it would be now."""
ROUNDS_MAX = 100_000


class Saved(msgspec.Struct, frozen=True):
    """What is kept of a show each second. `wall` is Unix time, seconds.

    The place counts for its own rundown only; stock, sales and volume for any: a restart must not
    offer again what is sold, log an offer's start twice, nor be loud where somebody turned it down.
    """

    rundown: str
    block: int
    loop: int
    index: int
    segment: str
    position: int
    wall: float
    began: date | None = None
    strip: str = ""
    is_busy: bool = False
    stock: dict[str, Stock] = {}
    sold: dict[str, int] = {}
    started: tuple[str, ...] = ()
    crowd: Crowd = Crowd()
    volume: Annotated[int, msgspec.Meta(ge=0, le=100)] = 100


def saved_of(show: Show, wall: float) -> Saved:
    """What to keep of a show; an interruption is kept as the place it would return to."""
    airing = show.held if show.returns and show.held is not None else show.base
    is_handed = airing is show.handed
    return Saved(
        rundown=show.rundown.sha256,
        block=show.block,
        loop=show.loop,
        index=show.index,
        segment=airing.segment,
        position=live_position(show) if is_handed else airing.position,
        wall=wall,
        began=show.began,
        strip=show.strip.offer if show.strip else "",
        is_busy=show.is_busy,
        stock=dict(show.trade.stock),
        sold=dict(show.trade.sold),
        started=tuple(sorted(show.trade.started)),
        crowd=show.crowd,
        volume=show.volume,
    )


def opening(
    rundown: Rundown,
    now: datetime,
    saved: Saved | None,
    *,
    stocks: Mapping[str, int] | None = None,
) -> Show:
    """The show at its first tick; `now` is aware.

    Of `saved` of another rundown only stock, sales, counts and volume are taken over. `stocks` are
    the catalog's, for products of which nothing newer is known that day.
    """
    local = now.astimezone(rundown.timezone)
    show = _opened(rundown, local, saved)
    trade = Trade()
    if saved is not None:
        trade = Trade(stock=saved.stock, sold=saved.sold, started=frozenset(saved.started))
        strip = Strip(saved.strip, "", 0) if saved.strip in rundown.offers else None
        show = replace(show, strip=strip, is_busy=saved.is_busy, volume=saved.volume)
    for product, count in (stocks or {}).items():
        known = trade.stock.get(product)
        if known is None or known.day != local.toordinal():
            trade = trade.stocked(product, count, local)
    show = replace(show, trade=trade)
    if show.card is None:
        return show
    shown, _ = card_up(show, show.card, "resume")
    return shown


def _opened(rundown: Rundown, local: datetime, saved: Saved | None) -> Show:
    block = rundown.block_at(local.hour * 60 + local.minute)
    crowd = saved.crowd if saved is not None else Crowd()
    start = _Start(rundown, local, block, began_on(rundown.blocks[block], local), crowd)
    if saved is None or saved.rundown != rundown.sha256 or saved.segment not in rundown.segments:
        return _show(start, loop=0, index=0, position=0)
    away = round(max(0.0, local.timestamp() - saved.wall) * rundown.fps)
    is_other_day = saved.began is not None and saved.began != start.began
    if saved.block != block or (is_other_day and away > SAME_PLACE_S * rundown.fps):
        minute = local.hour * 60 + local.minute
        since = ((minute - rundown.blocks[block].start) % MINUTES_A_DAY) * 60 + local.second
        return _walked(start, 0, 0, since * rundown.fps)
    start = replace(start, began=saved.began or start.began)
    if away <= SAME_PLACE_S * rundown.fps:
        show = _show(start, saved.loop, saved.index, saved.position)
        return _at_segment(show, saved.segment, saved.position)
    index = saved.index % len(start.play(saved.loop))
    return _walked(start, saved.loop, index, saved.position + away)


@dataclass(frozen=True, slots=True)
class _Start:
    """What of the opening does not depend on the place in the block."""

    rundown: Rundown
    now: datetime
    block: int
    began: date
    crowd: Crowd

    def play(self, loop: int) -> tuple[str, ...]:
        """The play list of a loop."""
        return play_of(self.rundown, self.block, self.began, loop)


def _walked(start: _Start, loop: int, index: int, frames: int) -> Show:
    """The show so many frames after the start of a place in a block.

    On the way gates count as open and variants as equally long: nobody was there to know.
    """
    segments = start.rundown.segments
    round_length = sum(_length(segments[name]) for name in start.play(loop))
    if round_length:
        loop += frames // round_length
        frames %= round_length
    for _ in range(len(start.play(loop))):
        play = start.play(loop)
        length = _length(segments[play[index]])
        if frames < length or not length:
            break
        frames -= length
        loop += index + 1 == len(play)
        index = (index + 1) % len(play)
    return _show(start, loop, index, frames)


def _show(start: _Start, loop: int, index: int, position: int) -> Show:
    play = start.play(loop)
    index %= len(play)
    show = Show(
        start.rundown,
        start.block,
        Airing(play[index], 0, 0),
        loop=loop,
        index=index,
        now=start.now,
        began=start.began,
        crowd=start.crowd,
    )
    name = let_through(show, play[index])
    return _at_segment(show, name, position if name == play[index] else 0)


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
