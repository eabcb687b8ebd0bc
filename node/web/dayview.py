"""The day as the operator's time line needs it: offers, gates and clock cues of one moment."""

from node.catalog.products import Offer
from node.program.gates import judge
from node.program.offers import remaining_s
from node.program.rundown import Segment
from node.program.show import Show
from node.web.status import ClockCueView, DayView, GateView, WindowState, WindowView


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
