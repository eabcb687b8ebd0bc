"""Facts of the show as events: what the as-played log and the pages are told."""

from datetime import date
from typing import Final

import msgspec

from node.metrics.events import Event
from node.program.cards import Price
from node.program.show import Fact, Show

OWN_OUTPUTS: Final = ("kiosk", "web")


def show_id(node: str, day: date) -> str:
    """A show: the node and the date on which its first block began (domain.md §2)."""
    return f"{node}-{day.isoformat()}"


def placed(show: Show, event: Event, *, node: str) -> Event:
    """An event of the crowd, with the place of the show at which it came.

    One that names a cue keeps that cue's show and loop.
    """
    place = event_of(show, show.fact(event.ev), node=node)
    return msgspec.structs.replace(
        place,
        show=event.show or place.show,
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
    show: Show,
    fact: Fact,
    *,
    node: str,
    price: Price | None = None,
    cur: str = "",
    out: tuple[str, ...] = (),
) -> Event:
    """The event of a fact; positions in seconds of the segment.

    `price` in the currency `cur` is what the product costs by the clock, where that is told; `out`
    names the outputs that carry the program.
    """
    rundown = show.rundown
    return Event(
        ev=fact.ev,
        show=show_id(node, fact.day or show.began),
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
        late_ms=round(fact.late_frames * 1000 / rundown.fps, 1),
        ms=fact.ms,
        name=fact.name,
        out=out,
        offer=fact.offer,
        open=fact.is_open,
        n=fact.n,
        k=fact.k,
    )
