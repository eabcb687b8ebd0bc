"""The hub: coded media to all viewers, each by its output; none of them delays another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from node.channels import Fanout, Reader
from node.errors import CommandError
from node.media import SAMPLE_RATE_HZ, OpusPacket
from node.metrics.events import Event
from node.program.outputs import PROGRAM, Standings
from node.stream import aiortc_seam
from node.stream.feed import Feed
from node.stream.inbox import Heard, Mouth, Word
from node.stream.offer import read_offer
from node.stream.renditions import Renditions
from node.stream.seat import Seat
from node.stream.seating import OutputReport, Seating
from node.stream.spread import Spread
from node.stream.timeline import Timeline
from node.stream.viewer import Notice, Viewer

log = logging.getLogger(__name__)

NEGOTIATIONS: Final = 4
"""At once; the rest wait, so that a rush of viewers does not stall the program."""
PATIENCE_S: Final = 5.0
"""A viewer whose turn has not come by then is told to try again."""
SLICE_S: Final = 0.004
"""Longest time in a row for sending; then the loop's other work has its turn."""
CLOCK_HZ: Final = 90_000
OWN: Final = ("kiosk", "web")
"""What a viewer watches that names no output."""
TELL_EVERY_S: Final = 60.0
"""A peer that fails over and over fills no log."""


@dataclass(frozen=True, slots=True)
class HubReport:
    """Counts since start; `viewers` are connected now, `joining` not yet, `failed` never were."""

    viewers: int
    joining: int
    joined: int
    refused: int
    overflows: int
    messages_dropped: int
    failed: int


class Hub:
    """Takes viewers in and sends them everything; a part that may be optional or essential.

    A viewer watches one output and is fed from the rendition of that output's recipe. While the
    output is stopped it gets no media, is told why, and goes on at the next IDR by itself.
    `greet` is what each new viewer is told when its channel for messages opens, `hear` is given
    what viewers say (with the random id of their session), `note` their coming and going; set them
    before `run`.
    """

    name = "hub"

    def __init__(
        self,
        packets: Fanout[OpusPacket],
        *,
        renditions: Renditions,
        standings: Standings,
        max_viewers: int,
    ) -> None:
        self.hear: Callable[[str, Word], None] = _to_nobody
        self.note: Callable[[Event], None] = _to_nobody
        self.heard = Heard()
        self._packets = packets
        self._program = renditions.feed(PROGRAM)
        self._seating = Seating(renditions, standings, self._begin)
        self._max_viewers = max_viewers
        self._fed: set[Feed] = set()
        self._spread = Spread(self._present)
        self._turns = asyncio.Semaphore(NEGOTIATIONS)
        self._waiting = 0
        self._group: asyncio.TaskGroup | None = None
        self._timeline: Timeline | None = None
        self._joined = self._refused = self._overflows = self._messages_dropped = 0
        self._failed, self._told_s = 0, float("-inf")

    @property
    def greet(self) -> Callable[[], list[Notice]]:
        """What each new viewer is told, as far as its output may be told it."""
        return self._seating.greet

    @greet.setter
    def greet(self, greet: Callable[[], list[Notice]]) -> None:
        self._seating.greet = greet

    async def run(self, ready: Callable[[], None]) -> None:
        """Send until cancelled; all viewers are told goodbye then."""
        now = asyncio.get_running_loop().time()
        self._timeline = Timeline(ntp_now=aiortc_seam.ntp_now(), now_s=now)
        self._fed.clear()
        try:
            with self._packets.subscribe() as packets:
                async with asyncio.TaskGroup() as group:
                    self._group = group
                    self._begin(self._program)
                    group.create_task(self._send_packets(packets, self._timeline))
                    group.create_task(self._spread.run())
                    ready()
        finally:
            self._group = None
            self._seating.seats.clear()

    async def join(self, offer_sdp: str, *, kiosk: bool, output: str = "") -> Viewer:
        """Take a viewer of an output in: its `answer` is ready, its connection follows.

        `kiosk` asks for the least delay; without a name of an output it is the kiosk's that is
        watched, else the web's.

        Raises:
            CommandError: "bad_sdp", "no_h264"; "unknown_output"; "stopped", "full" or "busy" (try
                again later).
        """
        group, timeline = self._group, self._timeline
        if group is None or timeline is None:
            raise CommandError("busy", "the hub is not running yet")
        seat = self._seating.seat(output or OWN[not kiosk], self._note_joined)
        if len(self._seating.seats) + self._waiting >= self._max_viewers:
            self._refused += 1
            raise CommandError("full", f"all {self._max_viewers} places for viewers are taken")
        self._waiting += 1
        try:
            async with self._turn():
                offer = read_offer(offer_sdp)
                mouth = Mouth(self.heard, self.hear)
                viewer = Viewer(offer, is_kiosk=kiosk, broker=seat, timeline=timeline, mouth=mouth)
                await _negotiate(viewer)
        finally:
            self._waiting -= 1
        seat.viewer = viewer
        self._seating.take(seat)
        self._joined += 1
        group.create_task(self._host(seat), name=f"viewer {self._joined}")
        return viewer

    def viewer(self, viewer_id: str) -> Viewer | None:
        """The viewer with that id, while it is here."""
        seat = self._seating.seats.get(viewer_id)
        return None if seat is None else seat.viewer

    @property
    def viewers(self) -> int:
        """Number of connected viewers."""
        return sum(one.is_connected for one in self._present())

    @property
    def audience(self) -> int:
        """Number of connected viewers without the booth's own kiosk."""
        return sum(one.is_connected and not one.is_kiosk for one in self._present())

    @property
    def outputs(self) -> tuple[OutputReport, ...]:
        """How each output stands now, and what it costs."""
        return self._seating.reports()

    @property
    def report(self) -> HubReport:
        """Counts now and since start."""
        present = self._present()
        return HubReport(
            viewers=self.viewers,
            joining=len(present) - self.viewers + self._waiting,
            joined=self._joined,
            refused=self._refused,
            overflows=self._overflows + sum(viewer.overflows for viewer in present),
            messages_dropped=self._messages_dropped
            + self._spread.dropped
            + sum(v.messages_dropped for v in present),
            failed=self._failed,
        )

    def announce(self, notice: Notice) -> None:
        """Tell every viewer what its output may be told, with its own RTP time of the frame."""
        self._seating.announce(notice)

    def tell(self, sid: str, notice: Notice) -> None:
        """Tell the one viewer of that session, if it is still here and may be told."""
        self._seating.announce(notice, sid)

    def spread(self, notice: Notice) -> None:
        """Tell every viewer soon, a few at a time: what belongs to no frame keeps none waiting."""
        self._spread.put(notice)

    def _present(self) -> list[Viewer]:
        return [seat.viewer for seat in self._seating.seats.values()]

    def _begin(self, feed: Feed) -> None:
        """Send what a rendition gives from now on, to whoever is fed from it."""
        if feed not in self._fed and self._group is not None and self._timeline is not None:
            self._fed.add(feed)
            self._group.create_task(self._send_units(feed, self._timeline))

    def _note_joined(self, seat: Seat) -> None:
        """Media flows to a viewer now."""
        self.note(Event(ev="view.join", sid=seat.viewer.sid, k=seat.output))

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One of few turns to join; raises `CommandError` "busy" when none comes in time."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._turns.acquire()
        except TimeoutError:
            self._refused += 1
            raise CommandError("busy", "too many viewers are joining at once") from None
        try:
            yield
        finally:
            self._turns.release()

    async def _host(self, seat: Seat) -> None:
        """Keep a viewer until it leaves. What a peer provokes in the library ends only itself."""
        reason, viewer = "the node stops", seat.viewer
        try:
            reason = await viewer.run()
            if viewer.has_failed:
                self._note_failed(seat, reason)
            else:
                log.debug("viewer left: %s", reason)
        except Exception:
            reason = "failed"
            log.exception("viewer failed")
        finally:
            self._note_left(seat, reason)
            self._seating.leave(seat)
            self._overflows += viewer.overflows
            self._messages_dropped += viewer.messages_dropped

    def _note_failed(self, seat: Seat, why: str) -> None:
        """A viewer to whom media never flowed; its session's random id is all that is told."""
        self._failed += 1
        now = asyncio.get_running_loop().time()
        level = logging.WARNING if now - self._told_s >= TELL_EVERY_S else logging.DEBUG
        self._told_s = now if level == logging.WARNING else self._told_s
        words = "viewer %s of %s: did not connect: %s (%d so far)"
        log.log(level, words, seat.viewer.sid, seat.output, why, self._failed)

    def _note_left(self, seat: Seat, why: str) -> None:
        """`ms` is how long the viewer watched; of one that never connected nobody is told."""
        viewer = seat.viewer
        if viewer.connected_s is None:
            return
        watched_s = asyncio.get_running_loop().time() - viewer.connected_s
        ms = round(watched_s * 1000, 0)
        self.note(Event(ev="view.leave", sid=viewer.sid, k=seat.output, why=why, ms=ms))

    async def _send_units(self, feed: Feed, timeline: Timeline) -> None:
        loop, seating = asyncio.get_running_loop(), self._seating
        with feed.units.subscribe() as reader:
            async for unit in reader:
                if feed is self._program:
                    timeline.observe(unit.pts / CLOCK_HZ, unit.captured_s)
                packed, budget = feed.pack(unit, loop.time())
                slice_start = loop.time()
                for seat in tuple(seating.seats.values()):
                    now = loop.time()
                    seating.send_unit(feed, seat, packed, now, budget)
                    if now - slice_start > SLICE_S:
                        await asyncio.sleep(0)
                        slice_start = loop.time()

    async def _send_packets(self, reader: Reader[OpusPacket], timeline: Timeline) -> None:
        loop = asyncio.get_running_loop()
        async for packet in reader:
            if not timeline.is_known:
                timeline.observe(packet.pts_48k / SAMPLE_RATE_HZ, packet.captured_s)
            now = loop.time()
            for seat in tuple(self._seating.seats.values()):
                self._seating.send_packet(seat, packet, now)


def _to_nobody(*_: object) -> None:
    """Where nobody listens."""


async def _negotiate(viewer: Viewer) -> None:
    """Make the answer; a viewer that fails leaves nothing behind."""
    try:
        await viewer.negotiate()
    except BaseException:
        await viewer.abandon()
        raise
