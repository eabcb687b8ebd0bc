"""Who watches which output: seats for viewers, what they are told, what is wanted of encoders."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from node.encode.encoder import EncoderReport
from node.errors import CommandError
from node.media import SAMPLE_RATE_HZ, OpusPacket, Pts90k
from node.program.outputs import PROGRAM, Standing, Standings, recipe_of
from node.program.rundown import Output
from node.stream.feed import Feed
from node.stream.packetiser import PackedUnit
from node.stream.renditions import Renditions
from node.stream.seat import Seat
from node.stream.told import HIDDEN, Message, told
from node.stream.viewer import Notice

Picture = Literal["shared", "own", "idle", "stopped"]
"""Where an output's picture comes from: the program's encoder, one of its own, none because nobody
watches, none because it is stopped."""

CLOCK_HZ: Final = 90_000
SAMPLES: Final = 960
"""Of one Opus packet."""
SILENCE: Final = b"\xfc\xff\xfe"
"""20 ms of stereo silence in Opus (RFC 6716 §3.1: CELT, full band), for who is shown the slate."""
GONE: Final = "output gone"
"""Why a viewer leaves whose output an edited day no longer has."""


@dataclass(frozen=True, slots=True)
class OutputReport:
    """An output now.

    `encoder` is None where it has none of its own; `why` tells in English why it does not carry
    what is on air, and `back_at` (`HH:MM`) when it will, where that is known.
    """

    output: Output
    standing: Standing
    picture: Picture
    viewers: int
    encoder: EncoderReport | None
    why: str
    back_at: str


class Seating:
    """The seats of all viewers, by the viewer's id; loop thread only.

    `greet` is what any new viewer is told, before its output's policy; `begin` is called with the
    feed of each new seat.
    """

    def __init__(
        self, renditions: Renditions, standings: Standings, begin: Callable[[Feed], None]
    ) -> None:
        self.greet: Callable[[], list[Notice]] = list
        self.seats: dict[str, Seat] = {}
        self._renditions = renditions
        self._standings = standings
        self._begin = begin
        standings.changed = self._restand

    def seat(self, name: str, joined: Callable[[Seat], None]) -> Seat:
        """A seat before an output, not taken yet.

        Raises:
            CommandError: "unknown_output", or "stopped" while it may not carry what is on air.
        """
        output = self._standings.outputs.get(name)
        if output is None:
            there = ", ".join(sorted(self._standings.outputs))
            raise CommandError("unknown_output", f"no output {name!r}; there are {there}")
        if self._standing(name) == "stopped":
            raise CommandError("stopped", self._standings.reason(name) or f"{name} is stopped")
        feed = self._renditions.feed(recipe_of(output))
        self._begin(feed)
        return Seat(name, feed, self._standing, self._greetings, joined)

    def take(self, seat: Seat) -> None:
        """The seat's viewer is in; another day may have come since the seat was given."""
        self.seats[seat.viewer.id] = seat
        output = self._standings.outputs.get(seat.output)
        if output is None:
            seat.viewer.leave(GONE)
        else:
            self._feed(seat, output, is_unseen=True)
        self._want()

    def leave(self, seat: Seat) -> None:
        """The seat's viewer has gone."""
        self.seats.pop(seat.viewer.id, None)
        self._want()

    def announce(self, notice: Notice, sid: str = "") -> None:
        """Tell every viewer what its output may be told, with its own RTP time of the frame.

        With `sid` the viewer of that session alone.
        """
        messages: dict[str, Message | None] = {}
        for seat in self.seats.values():
            if sid and seat.viewer.sid != sid:
                continue
            if seat.output not in messages:
                messages[seat.output] = self._told(seat.output, notice)
            message = messages[seat.output]
            if message is not None:
                seat.viewer.tell(Notice(notice.pts, message))

    def send_unit(
        self, feed: Feed, seat: Seat, packed: PackedUnit, now: float, budget: int
    ) -> None:
        """Send a unit to a seat that it is for."""
        if seat.send(feed, packed, now, budget):
            self._want()  # what it was fed from before may have no other viewer

    def send_packet(self, seat: Seat, packet: OpusPacket, now: float) -> None:
        """Send 20 ms of sound, silence with the slate; nothing while the output is stopped."""
        end = (packet.pts_48k + SAMPLES) * CLOCK_HZ // SAMPLE_RATE_HZ
        standing = self._standing(seat.output, end)
        if standing == "slate":
            seat.viewer.send_packet(OpusPacket(packet.pts_48k, packet.captured_s, SILENCE), now)
        elif standing == "carried":
            seat.viewer.send_packet(packet, now)

    def reports(self) -> tuple[OutputReport, ...]:
        """All outputs, by name."""
        return tuple(self._report(one) for _, one in sorted(self._standings.outputs.items()))

    def _standing(self, name: str, pts: int = -1) -> Standing:
        if pts < 0:
            return self._standings.now.get(name, "stopped")
        return self._standings.at(name, pts)

    def _told(self, name: str, notice: Notice) -> Message | None:
        output = self._standings.outputs.get(name)
        if output is None:
            return None
        return told(output, self._standing(name, notice.pts), notice.message)

    def _greetings(self, name: str) -> list[Notice]:
        notices = list(self.greet())
        kept = [(one.pts, self._told(name, one)) for one in notices]
        told_now = [Notice(pts, message) for pts, message in kept if message is not None]
        if self._standing(name) != "carried":
            told_now.append(self._state_of(name))
        return told_now

    def _restand(self, before: Mapping[str, Standing]) -> None:
        """Another kind of thing is on air, or another day has come, from this frame on."""
        now, outputs = self._standings.now, self._standings.outputs
        resumed: set[Feed] = set()
        for seat in tuple(self.seats.values()):
            output = outputs.get(seat.output)
            if output is None:
                seat.viewer.leave(GONE)
                continue
            self._feed(seat, output, is_unseen=now[seat.output] == "stopped")
            was = before.get(seat.output, "stopped")
            if was == "stopped" and now[seat.output] != "stopped":
                resumed.add(seat.feed)
            for notice in self._news(seat.output, was):
                seat.viewer.tell(notice)
        for feed in resumed:
            feed.request_idr()
        self._want()

    def _feed(self, seat: Seat, output: Output, *, is_unseen: bool) -> None:
        """Have a seat fed by its output's recipe, which an edited day may have changed."""
        recipe = recipe_of(output)
        if (seat.coming or seat.feed).recipe == recipe:
            return
        feed = self._renditions.feed(recipe)
        self._begin(feed)
        if is_unseen:
            seat.feed, seat.coming = feed, None
        else:
            seat.move(feed)

    def _news(self, name: str, was: Standing) -> Iterator[Notice]:
        """What viewers of an output are told when it may stand otherwise than before."""
        standing = self._standing(name)
        if standing == was == "carried":
            return
        state = self._state_of(name)
        yield state
        if standing == "carried":
            yield from self._greetings(name)
        elif was == "carried":
            yield from (Notice(state.pts, message) for message in HIDDEN)

    def _state_of(self, name: str) -> Notice:
        """How an output stands, in words that pages can put into any language."""
        standings, output = self._standings, self._standings.outputs[name]
        pts = Pts90k(0) if standings.show is None else standings.show.pts
        message: Message = {
            "t": "output",
            "name": name,
            "state": self._standing(name),
            "carries": sorted(output.kinds),
            "on": sorted(standings.kinds),
            "at": standings.back_at(name),
        }
        return Notice(pts, message)

    def _want(self) -> None:
        seats = [one for one in self.seats.values() if self._standing(one.output) != "stopped"]
        feeds = [feed for one in seats for feed in (one.feed, one.coming) if feed is not None]
        self._renditions.want(frozenset(feed.recipe for feed in feeds))

    def _report(self, output: Output) -> OutputReport:
        name, recipe = output.id, recipe_of(output)
        standing = self._standing(name)
        encoder = self._renditions.report(recipe)
        picture: Picture = "own" if encoder is not None else "idle"
        if standing == "stopped":
            picture = "stopped"
        elif recipe == PROGRAM:
            picture = "shared"
        return OutputReport(
            output=output,
            standing=standing,
            picture=picture,
            viewers=sum(
                one.output == name and one.viewer.is_connected for one in self.seats.values()
            ),
            encoder=encoder if picture == "own" else None,
            why=self._standings.reason(name),
            back_at=self._standings.back_at(name),
        )
