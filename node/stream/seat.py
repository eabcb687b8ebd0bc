"""A viewer's seat: the output that it watches, and from which rendition it is fed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from node.program.outputs import Standing
from node.stream.feed import Feed
from node.stream.packetiser import PackedUnit
from node.stream.viewer import Notice, Viewer


@dataclass(slots=True, eq=False)
class Seat:
    """What a viewer asks of the hub (`Broker`), answered for its output.

    `standing` tells how the output stands at a frame, at -1 for now. `coming` is the rendition to
    go over to at its next IDR; until then pictures come from `feed`, so that nobody sees a break.
    """

    output: str
    feed: Feed
    standing: Callable[[str, int], Standing]
    greet: Callable[[str], Sequence[Notice]]
    joined: Callable[["Seat"], None]
    viewer: Viewer = field(init=False)
    coming: Feed | None = None

    def request_idr(self) -> None:
        """Ask the encoder; what is stopped needs none."""
        if self.standing(self.output, -1) != "stopped":
            self.feed.request_idr()

    def recent_units(self) -> Sequence[PackedUnit]:
        """The last IDR and what came since, if all of it is for this output."""
        recent = self.feed.recent()
        is_ours = all(self._is_carried(one) for one in recent)
        return recent if is_ours else []

    def greetings(self) -> Sequence[Notice]:
        """What a new viewer of this output is told."""
        return self.greet(self.output)

    def note_joined(self, _viewer: Viewer) -> None:
        """Media flows now."""
        self.joined(self)

    def move(self, feed: Feed) -> None:
        """Go over to another rendition at its next IDR."""
        self.coming = None if feed is self.feed else feed
        if self.coming is not None:
            self.coming.request_idr()

    def send(self, feed: Feed, packed: PackedUnit, now: float, budget_bytes: int) -> bool:
        """Send a unit of a rendition if it is this viewer's; true when it has just gone over."""
        has_moved = feed is self.coming and packed.unit.is_idr
        if has_moved:
            self.feed, self.coming = feed, None
            self.viewer.splice(packed)
        if feed is not self.feed:
            return False
        if self._is_carried(packed):
            self.viewer.send_unit(packed, now, budget_bytes)
        else:
            self.viewer.pause()
        return has_moved

    def _is_carried(self, packed: PackedUnit) -> bool:
        return self.standing(self.output, packed.unit.pts) != "stopped"
