"""Facts of the show as events: what the as-played log and the pages are told."""

from node.metrics.events import Event
from node.program.show import Fact, Show


def event_of(show: Show, fact: Fact, *, node: str) -> Event:
    """The event of a fact; positions in seconds of the segment."""
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
        why=fact.why,
        by=fact.by,
        late_frames=fact.late_frames,
        offer=fact.offer,
        open=fact.is_open,
        n=fact.n,
    )
