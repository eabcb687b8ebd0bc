"""How long a show stays as it is if nobody intervenes: what lets a day be rehearsed in seconds."""

from collections.abc import Iterator

from node.program.cards import SOLD_OUT_S
from node.program.course import FAILED_FOR_S, LOST_FOR_S
from node.program.cues import SOON_S
from node.program.order import LAST_SECOND, planned
from node.program.seller import is_seller_due
from node.program.show import Show, end_of
from node.program.taking import live_position

MINUTE_S = 60


def quiet_ticks(show: Show) -> int:
    """Ticks, 1 or more, until something may happen by itself.

    Until then each tick only moves the position on: `course.at` may be asked for the last of them
    at once. Holds for a source that gives a picture each tick, or none at all.
    """
    return max(1, min(_events(show)))


def _events(show: Show) -> Iterator[int]:
    fps, tick, position = show.rundown.fps, show.tick, show.airing.position
    second, minute_s = show.now.second, 1 if _is_judged(show) else MINUTE_S
    into = round(show.now.microsecond * fps / 1_000_000)
    yield max(1, (minute_s - second % minute_s) * fps - into)
    if second < LAST_SECOND:
        yield max(1, (LAST_SECOND - second) * fps - into)
    if is_seller_due(show):
        yield 1
    if show.troubled >= 0:
        for patience_s in (FAILED_FOR_S, LOST_FOR_S):
            yield from _later(show.troubled + patience_s * fps - 1, tick)
    for at in _positions(show):
        yield from _later(at, position)
    for at in _ticks(show):
        yield from _later(at, tick)
    live_end = end_of(show.named(show.base.segment))
    if show.handed is not None and live_end:
        yield live_end - live_position(show)


def _positions(show: Show) -> Iterator[int]:
    if show.end:
        yield show.end
    for cue in show.segment.cues:
        yield cue.at
        if cue.beat == "climax":
            yield cue.at - SOON_S * show.rundown.fps
    for shown in (show.card, show.lower_third):
        if shown is not None:
            yield shown.until


def _ticks(show: Show) -> Iterator[int]:
    for shown in (show.card, show.lower_third, show.seller):
        if shown is not None:
            yield shown.until_tick
    if show.saying is not None:
        yield show.saying.until_tick
    if show.again is not None:
        yield show.again.since_tick
    if show.card is not None and show.card.state == "sold_out":
        yield show.card.state_tick + SOLD_OUT_S * show.rundown.fps


def _is_judged(show: Show) -> bool:
    """Whether a gate comes next, whose counts slide each second."""
    return show.named(planned(show).segment).gate is not None


def _later(at: int, now: int) -> Iterator[int]:
    if at > now:
        yield at - now
