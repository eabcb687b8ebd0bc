"""What aiortc must go on doing for us: sessions under our own sender, with a stock peer."""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from aiohttp import ClientSession
from aiortc import RTCRtpSender, rtcpeerconnection, rtp
from aiortc.rtcdtlstransport import RTCDtlsTransport

from node.errors import CommandError
from node.media import Pts90k, Size
from node.stream import flow as flow_module
from node.stream import hub as hub_module
from node.stream import viewer as viewer_module
from node.stream.aiortc_seam import FanoutSender
from node.stream.flow import Flow
from node.stream.packetiser import STAP_A
from node.stream.port import DatagramPort
from node.stream.viewer import LOSS_REPORT_S, Notice, Viewer
from tests.fakes.peer import Peer, joined
from tests.fakes.program import on_air

SIZE = Size(160, 96)
DESCRIPTORS = Path("/proc/self/fd")
PATIENCE_S = 60.0
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A peer in this process that has its turn late is not gone, nor is one that joins refused."""
    monkeypatch.setattr(viewer_module, "SUSPECT_S", PATIENCE_S)
    monkeypatch.setattr(viewer_module, "GONE_S", PATIENCE_S)
    monkeypatch.setattr(viewer_module, "CONNECT_S", PATIENCE_S)
    monkeypatch.setattr(hub_module, "PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(flow_module, "REPEAT_WITHIN_S", PATIENCE_S)


def sender(viewer: Viewer, kind: str) -> FanoutSender:
    senders = viewer._session._peer.getSenders()
    found = next(sender for sender in senders if sender.kind == kind)
    assert isinstance(found, FanoutSender)
    return found


async def until(is_true: Callable[[], bool], timeout_s: float = 60.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not is_true():  # noqa: ASYNC110  # the library tells of no event
            await asyncio.sleep(0.01)


async def test_picture_sound_and_messages_arrive():
    async with on_air(size=SIZE) as air:
        air.hub.greet = lambda: [Notice(Pts90k(3000), {"t": "at"})]
        async with joined(air.hub) as (peer, viewer):
            await peer.until(pictures=10, sounds=20, messages=1)
            flow = sender(viewer, "video").flow
            assert flow is not None
            wanted = f'{{"t": "at", "cards": true, "rtp": {flow.timestamp(3000)}}}'
            assert (air.hub.viewers, peer.messages) == (1, [wanted])


@pytest.mark.parametrize("kind", ["video", "audio"])
async def test_one_kind_alone_arrives(kind: str):
    async with on_air(size=SIZE) as air, joined(air.hub, kind) as (peer, _):
        await peer.until(pictures=5 * (kind == "video"), sounds=5 * (kind == "audio"))


async def test_the_swap_of_the_sender_leaves_others_alone():
    async with on_air(size=SIZE) as air, joined(air.hub) as (peer, viewer):
        assert rtcpeerconnection.RTCRtpSender is RTCRtpSender
        assert type(peer.connection.getSenders()[0]) is RTCRtpSender
        assert type(sender(viewer, "video")) is FanoutSender
        assert type(sender(viewer, "audio")) is FanoutSender


async def test_one_certificate_serves_all_viewers():
    async with (
        on_air(size=SIZE) as air,
        joined(air.hub) as (_, one),
        joined(air.hub) as (_, other),
    ):
        prints = {
            line
            for viewer in (one, other)
            for line in viewer.answer.splitlines()
            if line.startswith("a=fingerprint")
        }
    assert len(prints) == 1


@pytest.mark.usefixtures("_patience")
async def test_a_picture_loss_report_reaches_the_encoder_once_a_second():
    loop = asyncio.get_running_loop()
    async with on_air(size=SIZE) as air, joined(air.hub) as (peer, viewer):
        await peer.until(pictures=3)
        before, began_s = air.video.report.idr_requested, loop.time()
        for _ in range(5):
            await peer.receiver("video")._send_rtcp_pli(sender(viewer, "video")._ssrc)
        await until(lambda: air.video.report.idr_requested > before)
        await peer.until(pictures=5)
        spent_s = loop.time() - began_s
        assert air.video.report.idr_requested - before <= 1 + spent_s // LOSS_REPORT_S


@pytest.mark.usefixtures("_patience")
async def test_a_lost_packet_comes_back_by_retransmission(monkeypatch: pytest.MonkeyPatch):
    stock = DatagramPort.send
    countdown = iter(range(100, -1, -1))

    def lossy(port: DatagramPort, datagram: bytes, address: tuple[str, int]) -> None:
        is_video = len(datagram) > 60 and not rtp.is_rtcp(datagram)
        if not (is_video and next(countdown, -1) in (40, 30)):
            stock(port, datagram, address)

    async with on_air(size=Size(320, 176)) as air, joined(air.hub, "video") as (peer, viewer):
        await peer.until(pictures=5)
        idrs = air.video.report.idr_requested
        monkeypatch.setattr(DatagramPort, "send", lossy)
        flow = sender(viewer, "video").flow
        assert flow is not None
        await until(lambda: flow.repeats >= 2)
        await peer.until(pictures=20)
        assert air.video.report.idr_requested == idrs


async def test_reports_put_picture_and_sound_on_one_line(monkeypatch: pytest.MonkeyPatch):
    reports: dict[int, rtp.RtcpSenderInfo] = {}
    stock = RTCDtlsTransport._handle_rtcp_data

    async def tapped(transport: RTCDtlsTransport, data: bytes) -> None:
        for packet in rtp.RtcpPacket.parse(data):
            if isinstance(packet, rtp.RtcpSrPacket):
                reports[packet.ssrc] = packet.sender_info
        await stock(transport, data)

    monkeypatch.setattr(RTCDtlsTransport, "_handle_rtcp_data", tapped)

    def zero_s(viewer: Viewer, kind: str, clock_hz: int) -> float:
        """NTP time of program time 0, by the last report."""
        flow, report = sender(viewer, kind).flow, reports[sender(viewer, kind)._ssrc]
        assert flow is not None
        ticks = (report.rtp_timestamp - flow.timestamp(0)) % 2**32
        return report.ntp_timestamp / 2**32 - ticks / clock_hz

    def is_one_line(viewer: Viewer) -> bool:
        return abs(zero_s(viewer, "video", 90_000) - zero_s(viewer, "audio", 48_000)) < 0.005

    async with on_air(size=SIZE) as air, joined(air.hub) as (_, viewer):
        await until(lambda: len(reports) == 2)
        await until(lambda: is_one_line(viewer))  # the first ones may be of two moments


async def test_nothing_of_a_viewer_stays_when_it_leaves():
    async with on_air(size=SIZE) as air:
        tasks = len(asyncio.all_tasks())
        async with joined(air.hub) as (peer, viewer):
            await peer.until(pictures=3)
            router = sender(viewer, "video").transport._rtp_router
            assert router.senders
            viewer.leave()
            await until(lambda: air.hub.viewer(viewer.id) is None)
        assert not router.senders
        await until(lambda: len(asyncio.all_tasks()) <= tasks)


async def test_a_peer_that_says_goodbye_leaves_at_once():
    async with on_air(size=SIZE) as air, joined(air.hub) as (peer, viewer):
        await peer.until(pictures=3)
        await peer.close()
        await until(lambda: air.hub.viewer(viewer.id) is None)


async def test_a_viewer_that_never_connects_leaves(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(viewer_module, "CONNECT_S", 0.2)
    async with on_air(size=SIZE) as air:
        peer = Peer()
        viewer = await air.hub.join(await peer.offer("video"), kiosk=False)
        assert (air.hub.viewers, air.hub.report.joining) == (0, 1)
        await until(lambda: air.hub.viewer(viewer.id) is None)
        await peer.close()


async def test_a_viewer_that_falls_silent_loses_its_picture_and_then_leaves(
    monkeypatch: pytest.MonkeyPatch,
):
    async with on_air(size=SIZE) as air, joined(air.hub) as (peer, viewer):
        await peer.until(pictures=30)
        for kind in ("video", "audio"):
            monkeypatch.setattr(peer.receiver(kind), "_send_rtcp", _unheard)
        monkeypatch.setattr(viewer_module, "SUSPECT_S", 0.5)
        monkeypatch.setattr(viewer_module, "GONE_S", PATIENCE_S)
        flow = sender(viewer, "video").flow
        assert flow is not None
        await until(lambda: viewer._is_suspect(asyncio.get_running_loop().time()))
        async with asyncio.timeout(PATIENCE_S):
            sent = -1
            while flow.packets != sent:  # what it said before may still be on its way
                sent = flow.packets
                await peer.until(sounds=20)
        monkeypatch.setattr(viewer_module, "GONE_S", 1.0)
        await until(lambda: air.hub.viewer(viewer.id) is None)


class StuckPort:
    """A port whose socket takes nothing until `go_on`."""

    def __init__(self, port: DatagramPort) -> None:
        self._port = port
        self._waiting: list[tuple[bytes, tuple[str, int]]] = []
        self.most_bytes = 0

    @property
    def backlog_bytes(self) -> int:
        return sum(len(datagram) for datagram, _ in self._waiting)

    def send(self, datagram: bytes, address: tuple[str, int]) -> None:
        self._waiting.append((datagram, address))
        self.most_bytes = max(self.most_bytes, self.backlog_bytes)

    def clear(self) -> None:
        self._waiting.clear()

    def go_on(self) -> DatagramPort:
        for datagram, address in self._waiting:
            self._port.send(datagram, address)
        return self._port


async def test_a_full_socket_delays_no_other_and_resumes_at_an_idr(
    monkeypatch: pytest.MonkeyPatch,
):
    sent: dict[Viewer, list[tuple[int, bool]]] = {}
    stock = Viewer._send

    def noted(viewer: Viewer, flow: Flow, payloads: Sequence[bytes], ticks: int, now: float):
        is_idr = payloads[0][0] & 0x1F == STAP_A  # its parameter sets
        sent.setdefault(viewer, []).append((viewer.overflows, is_idr))
        stock(viewer, flow, payloads, ticks, now)

    monkeypatch.setattr(Viewer, "_send", noted)
    async with (
        on_air(size=Size(320, 176)) as air,
        joined(air.hub, "video") as (slow, viewer),
        joined(air.hub, "video") as (quick, other),
    ):
        await slow.until(pictures=5)
        wire = sender(viewer, "video").wire
        assert wire is not None
        assert wire._port is not None
        stuck = StuckPort(wire._port)
        wire._port = stuck  # type: ignore[assignment]  # a fake
        await until(lambda: viewer.overflows > 0)
        await quick.until(pictures=30)
        wire._port = stuck.go_on()
        await until(lambda: len([n for n, _ in sent[viewer] if n == viewer.overflows]) > 5)
        assert air.hub.report.overflows == viewer.overflows
    assert stuck.most_bytes < 100_000
    for number in {overflows for overflows, _ in sent[viewer]} - {0}:
        assert next(is_idr for overflows, is_idr in sent[viewer] if overflows == number)
    assert other.overflows == 0


@pytest.fixture
def _own_garbage() -> Iterator[None]:
    """To look through what other tests of this process have left is no work of the node's."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("_patience", "_own_garbage")
async def test_the_places_are_limited_and_a_rush_does_not_stall_the_program():
    worst_s = 0.0

    async def watch() -> None:
        """The longest work of the loop before others have a turn, in the processor's time."""
        nonlocal worst_s
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            worst_s = max(worst_s, time.thread_time() - before)

    async with on_air(size=SIZE, max_viewers=10) as air:
        peer = Peer()
        offer = await peer.offer("video", "audio")
        watcher = asyncio.create_task(watch())
        joins = [air.hub.join(offer, kiosk=False) for _ in range(200)]
        results = await asyncio.gather(*joins, return_exceptions=True)
        watcher.cancel()
        await peer.close()
    codes = {result.code for result in results if isinstance(result, CommandError)}
    assert sum(isinstance(result, Viewer) for result in results) == 10
    assert codes == {"full"}
    assert worst_s < 0.1


async def test_two_hundred_posts_at_once_are_answered_cleanly():
    async with on_air(size=SIZE, max_viewers=12) as air, ClientSession() as http:
        peer = Peer()
        offer = await peer.offer("video", "audio")

        async def post(body: str) -> int:
            headers = {"Content-Type": "application/sdp"}
            async with http.post(air.url + "/whep", data=body, headers=headers) as response:
                return response.status

        frames = air.pattern.frame
        bodies = [offer if number % 2 else offer[: number * 9] for number in range(200)]
        statuses = await asyncio.gather(*map(post, bodies))
        await until(lambda: air.pattern.frame > frames)
        await peer.close()
    assert set(statuses) <= {201, 400, 422, 503}
    assert 1 <= statuses.count(201) <= 12


@pytest.mark.usefixtures("_patience")
async def test_fifty_joins_leave_no_trace():
    async def visit() -> None:
        async with joined(air.hub) as (peer, _):
            await peer.until(pictures=1)

    async with on_air(size=SIZE) as air:
        await visit()
        await until(lambda: air.hub.viewers == 0)
        tasks, descriptors = len(asyncio.all_tasks()), len(list(DESCRIPTORS.iterdir()))
        for _ in range(10):
            await asyncio.gather(*(visit() for _ in range(5)))
        await until(lambda: not air.hub._seating.seats)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        await until(lambda: len(list(DESCRIPTORS.iterdir())) <= descriptors)
        assert air.hub.report.joined == 51
        assert (air.hub._program.units.readers, air.hub._packets.readers) == (1, 1)


async def _unheard(_packet: rtp.AnyRtcpPacket) -> None:
    """A receiver's reports that go nowhere."""
