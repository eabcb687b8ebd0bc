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
        loop=show.loop,
        seg=fact.segment,
        pos=round(fact.position / rundown.fps, 3),
        cue=fact.cue,
        beat=fact.beat,
        product=fact.product,
        why=fact.why,
        late_frames=fact.late_frames,
    )
