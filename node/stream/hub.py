"""The hub: coded media from one encoder to all viewers, none of whom delays another."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from node.channels import Fanout, Reader
from node.errors import CommandError
from node.media import SAMPLE_RATE_HZ, AccessUnit, OpusPacket
from node.metrics.events import Event
from node.stream import aiortc_seam
from node.stream.inbox import Heard, Mouth, Word
from node.stream.offer import read_offer
from node.stream.packetiser import PackedUnit, packetise
from node.stream.spread import Spread
from node.stream.timeline import Timeline
from node.stream.viewer import Notice, Viewer

log = logging.getLogger(__name__)

NEGOTIATIONS: Final = 4
"""At once; the rest wait, so that a rush of viewers does not stall the program."""
PATIENCE_S: Final = 5.0
"""A viewer whose turn has not come by then is told to try again."""
FRESH_UNITS: Final = 3
"""A joiner is given the last IDR only if it is two units old at most; else one is forced."""
BUDGET_S: Final = 0.2
"""So much of the stream may wait for a viewer's socket; beyond, it resumes at the next IDR."""
RATE_WINDOW_S: Final = 1.0
SLICE_S: Final = 0.004
"""Longest time in a row for sending; then the loop's other work has its turn."""
CLOCK_HZ: Final = 90_000


@dataclass(frozen=True, slots=True)
class HubReport:
    """Counts since start; `viewers` are connected now, `joining` not yet."""

    viewers: int
    joining: int
    joined: int
    refused: int
    overflows: int
    messages_dropped: int


class Hub:
    """Takes viewers in and sends them everything; a part that may be optional or essential.

    `request_idr` asks the encoder. `greet` is what each new viewer is told when its channel for
    messages opens, `hear` is given what viewers say (with the random id of their session), `note`
    their coming and going; set them before `run`.
    """

    name = "hub"

    def __init__(
        self,
        units: Fanout[AccessUnit],
        packets: Fanout[OpusPacket],
        *,
        request_idr: Callable[[], None],
        max_viewers: int,
    ) -> None:
        self.greet: Callable[[], list[Notice]] = list
        self.hear: Callable[[str, Word], None] = _to_nobody
        self.note: Callable[[Event], None] = _to_nobody
        self.heard = Heard()
        self._units = units
        self._packets = packets
        self._request_idr = request_idr
        self._max_viewers = max_viewers
        self._viewers: dict[str, Viewer] = {}
        self._spread = Spread(lambda: self._viewers.values())
        self._turns = asyncio.Semaphore(NEGOTIATIONS)
        self._waiting = 0
        self._group: asyncio.TaskGroup | None = None
        self._timeline: Timeline | None = None
        self._recent: deque[PackedUnit] = deque(maxlen=FRESH_UNITS)
        self._sizes: deque[tuple[float, int]] = deque()
        self._idr_size = 0
        self._joined = self._refused = self._overflows = self._messages_dropped = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Send until cancelled; all viewers are told goodbye then."""
        now = asyncio.get_running_loop().time()
        self._timeline = Timeline(ntp_now=aiortc_seam.ntp_now(), now_s=now)
        try:
            with self._units.subscribe() as units, self._packets.subscribe() as packets:
                async with asyncio.TaskGroup() as group:
                    self._group = group
                    group.create_task(self._send_units(units, self._timeline))
                    group.create_task(self._send_packets(packets, self._timeline))
                    group.create_task(self._spread.run())
                    ready()
        finally:
            self._group = None
            self._viewers.clear()

    async def join(self, offer_sdp: str, *, kiosk: bool) -> Viewer:
        """Take a viewer in: its `answer` is ready, its connection follows.

        Raises:
            CommandError: "bad_sdp", "no_h264"; "full" or "busy" (try again later).
        """
        group, timeline = self._group, self._timeline
        if group is None or timeline is None:
            raise CommandError("busy", "the hub is not running yet")
        if len(self._viewers) + self._waiting >= self._max_viewers:
            self._refused += 1
            raise CommandError("full", f"all {self._max_viewers} places for viewers are taken")
        self._waiting += 1
        try:
            async with self._turn():
                offer = read_offer(offer_sdp)
                mouth = Mouth(self.heard, self.hear)
                viewer = Viewer(offer, is_kiosk=kiosk, broker=self, timeline=timeline, mouth=mouth)
                await _negotiate(viewer)
        finally:
            self._waiting -= 1
        self._viewers[viewer.id] = viewer
        self._joined += 1
        group.create_task(self._host(viewer), name=f"viewer {self._joined}")
        return viewer

    def viewer(self, viewer_id: str) -> Viewer | None:
        """The viewer with that id, while it is here."""
        return self._viewers.get(viewer_id)

    @property
    def viewers(self) -> int:
        """Number of connected viewers."""
        return sum(viewer.is_connected for viewer in self._viewers.values())

    @property
    def audience(self) -> int:
        """Number of connected viewers without the booth's own kiosk."""
        return sum(one.is_connected and not one.is_kiosk for one in self._viewers.values())

    @property
    def report(self) -> HubReport:
        """Counts now and since start."""
        present = self._viewers.values()
        return HubReport(
            viewers=self.viewers,
            joining=len(self._viewers) - self.viewers + self._waiting,
            joined=self._joined,
            refused=self._refused,
            overflows=self._overflows + sum(viewer.overflows for viewer in present),
            messages_dropped=self._messages_dropped
            + self._spread.dropped
            + sum(v.messages_dropped for v in present),
        )

    def announce(self, notice: Notice) -> None:
        """Tell every viewer, each with its own RTP timestamp of the notice's frame."""
        for viewer in self._viewers.values():
            viewer.tell(notice)

    def spread(self, notice: Notice) -> None:
        """Tell every viewer soon, a few at a time: what belongs to no frame keeps none waiting."""
        self._spread.put(notice)

    def request_idr(self) -> None:
        """A viewer needs a picture that can be decoded alone."""
        self._request_idr()

    def recent_units(self) -> Sequence[PackedUnit]:
        """The last IDR and what came since, if it is two units old at most; else empty."""
        recent = list(self._recent)
        while recent and not recent[0].unit.is_idr:
            recent.pop(0)
        return recent

    def greetings(self) -> Sequence[Notice]:
        """What a new viewer is told."""
        return self.greet()

    def note_joined(self, viewer: Viewer) -> None:
        """Media flows to a viewer now."""
        self.note(Event(ev="view.join", sid=viewer.sid, k=_output_of(viewer)))

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

    async def _host(self, viewer: Viewer) -> None:
        """Keep a viewer until it leaves. What a peer provokes in the library ends only itself."""
        reason = "the node stops"
        try:
            reason = await viewer.run()
            log.debug("viewer left: %s", reason)
        except Exception:
            reason = "failed"
            log.exception("viewer failed")
        finally:
            self._note_left(viewer, reason)
            self._viewers.pop(viewer.id, None)
            self._overflows += viewer.overflows
            self._messages_dropped += viewer.messages_dropped

    def _note_left(self, viewer: Viewer, why: str) -> None:
        """`ms` is how long the viewer watched; of one that never connected nobody is told."""
        if viewer.connected_s is None:
            return
        watched_s = asyncio.get_running_loop().time() - viewer.connected_s
        ms = round(watched_s * 1000, 0)
        self.note(Event(ev="view.leave", sid=viewer.sid, k=_output_of(viewer), why=why, ms=ms))

    async def _send_units(self, reader: Reader[AccessUnit], timeline: Timeline) -> None:
        loop = asyncio.get_running_loop()
        async for unit in reader:
            timeline.observe(unit.pts / CLOCK_HZ, unit.captured_s)
            packed = packetise(unit)
            self._recent.append(packed)
            budget = self._budget(packed, loop.time())
            slice_start = loop.time()
            for viewer in tuple(self._viewers.values()):
                now = loop.time()
                viewer.send_unit(packed, now, budget)
                if now - slice_start > SLICE_S:
                    await asyncio.sleep(0)
                    slice_start = loop.time()

    async def _send_packets(self, reader: Reader[OpusPacket], timeline: Timeline) -> None:
        loop = asyncio.get_running_loop()
        async for packet in reader:
            if not timeline.is_known:
                timeline.observe(packet.pts_48k / SAMPLE_RATE_HZ, packet.captured_s)
            now = loop.time()
            for viewer in tuple(self._viewers.values()):
                viewer.send_packet(packet, now)

    def _budget(self, packed: PackedUnit, now: float) -> int:
        """Bytes that may wait for a viewer: 0.2 s of the stream, and always one whole IDR."""
        if packed.unit.is_idr:
            self._idr_size = packed.size
        self._sizes.append((now, packed.size))
        while self._sizes[0][0] < now - RATE_WINDOW_S:
            self._sizes.popleft()
        return max(round(BUDGET_S * sum(size for _, size in self._sizes)), self._idr_size)


def _to_nobody(*_: object) -> None:
    """Where nobody listens."""


def _output_of(viewer: Viewer) -> str:
    return "kiosk" if viewer.is_kiosk else "web"


async def _negotiate(viewer: Viewer) -> None:
    """Make the answer; a viewer that fails leaves nothing behind."""
    try:
        await viewer.negotiate()
    except BaseException:
        await viewer.abandon()
        raise
