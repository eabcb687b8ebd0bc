"""The day as the operator's time line needs it: offers, gates and clock cues of one moment."""

from typing import Literal

import msgspec

from node.catalog.products import Offer
from node.program.gates import judge
from node.program.offers import remaining_s
from node.program.rundown import Segment
from node.program.show import Show


class GateView(msgspec.Struct, frozen=True):
    """A gate and its verdict now: shut, `otherwise` is played in the segment's place.

    `why` names what decided and how far it is (`scan 1 of 3`); `is_staff` tells that staff may
    open it.
    """

    segment: str
    otherwise: str
    is_open: bool
    why: str
    is_staff: bool = False


class ClockCueView(msgspec.Struct, frozen=True):
    """A cue by the clock; `at` is `HH:MM` in the booth's time zone."""

    id: str
    segment: str
    at: str
    do: str
    product: str = ""


WindowState = Literal["coming", "running", "sold_out", "over", "other_day"]


class WindowView(msgspec.Struct, frozen=True):
    """An offer's window today, `HH:MM`, called `from` and `to` on the wire; `left` of `qty`."""

    id: str
    product: str
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    state: WindowState
    left: int
    qty: int


class DayView(msgspec.Struct, frozen=True):
    """The day as its time line needs it.

    `second` is that of the booth's day, 0..86399, or -1 where nobody has said; `play` is what this
    loop plays, in the order of its `variant`; `index` the place in it. `handed` is the live segment
    whose place another one holds, `countdown` the offer whose strip is on the picture.
    """

    second: int = -1
    variant: str = ""
    play: tuple[str, ...] = ()
    index: int = 0
    is_busy: bool = False
    is_listening: bool = False
    armed: str = ""
    handed: str = ""
    countdown: str = ""
    gates: tuple[GateView, ...] = ()
    offers: tuple[WindowView, ...] = ()
    clock_cues: tuple[ClockCueView, ...] = ()


def day_view(show: Show) -> DayView:
    """What of the day `show` knows; cheap enough for five times a second."""
    segments = [show.named(name) for name in show.rundown.segments]
    return DayView(
        second=show.second,
        variant=show.variant,
        play=show.play,
        index=show.index,
        is_busy=show.is_busy,
        is_listening=show.listening,
        armed=show.armed,
        handed=show.handed.segment if show.handed else "",
        countdown=show.countdown,
        gates=tuple(gate for one in segments for gate in _gates(show, one)),
        offers=tuple(_offer(show, one) for one in show.rundown.offers.values()),
        clock_cues=tuple(cue for one in segments for cue in _clock_cues(show, one)),
    )


def _gates(show: Show, segment: Segment) -> tuple[GateView, ...]:
    gate = segment.gate
    if gate is None:
        return ()
    verdict = judge(segment.id, gate, show.crowd, show.now)
    is_staff = any(one.kind == "staff" for one in gate.conditions)
    return (GateView(segment.id, gate.otherwise, verdict.is_open, verdict.why, is_staff),)


def _offer(show: Show, offer: Offer) -> WindowView:
    return WindowView(
        id=offer.id,
        product=offer.product,
        start=_time(offer.start),
        end=_time(offer.end),
        state=_state(show, offer),
        left=show.trade.left(offer),
        qty=offer.qty,
    )


def _state(show: Show, offer: Offer) -> WindowState:
    if offer.on != show.now.date():
        return "other_day"
    if show.minute >= offer.end:
        return "over"
    if show.trade.left(offer) == 0:
        return "sold_out"
    return "running" if remaining_s(offer, show.now) > 0 else "coming"


def _clock_cues(show: Show, segment: Segment) -> tuple[ClockCueView, ...]:
    return tuple(
        ClockCueView(
            id=cue.id,
            segment=segment.id,
            at=_time(cue.clock),
            do=cue.do,
            product=cue.product or _product_of(show, cue.offer),
        )
        for cue in segment.cues
        if cue.clock >= 0
    )


def _product_of(show: Show, offer: str) -> str:
    known = show.rundown.offers.get(offer)
    return known.product if known else ""


def _time(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"
