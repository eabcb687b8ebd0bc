"""Facts of the show as events: what the as-played log and the pages are told."""

import msgspec

from node.metrics.events import Event
from node.program.cards import Price
from node.program.show import Fact, Show


def placed(show: Show, event: Event, *, node: str) -> Event:
    """An event of the crowd, with the place of the show at which it came.

    One that names a cue keeps that cue's loop.
    """
    place = event_of(show, show.fact(event.ev), node=node)
    return msgspec.structs.replace(
        place,
        sid=event.sid,
        k=event.k,
        why=event.why,
        ms=event.ms,
        n=event.n,
        product=event.product,
        cue=event.cue,
        loop=event.loop if event.cue else place.loop,
    )


def event_of(
    show: Show, fact: Fact, *, node: str, price: Price | None = None, cur: str = ""
) -> Event:
    """The event of a fact; positions in seconds of the segment.

    `price` in the currency `cur` is what the product costs by the clock, where that is told.
    """
    rundown = show.rundown
    return Event(
        ev=fact.ev,
        show=f"{node}-{rundown.date.isoformat()}",
        rd=f"sha256:{rundown.sha256}",
        loop=fact.loop,
        variant=fact.variant,
        seg=fact.segment,
        pos=round(fact.position / rundown.fps, 3),
        frame=fact.position,
        cue=fact.cue,
        beat=fact.beat,
        product=fact.product,
        price=price.amount if price is not None else "",
        cur=cur,
        why=fact.why,
        by=fact.by,
        late_frames=fact.late_frames,
        offer=fact.offer,
        open=fact.is_open,
        n=fact.n,
        k=fact.k,
    )
