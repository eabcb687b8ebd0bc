"""A viewer of a running node: stock aiortc over WHEP, noting each program frame it is shown."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import numpy as np
from aiohttp import ClientSession
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import RtpPacket
from av import AudioFrame, VideoFrame

from node.media import Pcm, Pixels
from tests.fakes.clip_factory import number_of
from tests.fakes.running import PATIENCE_S, NeverError
from tests.fakes.small_day import COLOURS

FRAME_TICKS = {"video": 3000, "audio": 960}
"""RTP ticks of a program frame at 30 fps, of 20 ms of sound."""
ROOM_BYTES = 4 << 20
"""For what comes while this process stands still; the system's own room is full after a second."""
SO_RCVBUFFORCE = 33
"""Linux, asm-generic/socket.h: beyond net.core.rmem_max, for who may."""
NEAR = 20
"""A mean chroma so near to a part's colour is that part's."""


@dataclass(frozen=True)
class Seen:
    """A program frame as it was shown: its place in the program, what it shows, its number.

    `spread` is the standard deviation of its chroma: near 0 for a clip of one colour.
    """

    frame: int
    what: str
    number: int
    luma: float
    spread: float


class Watching:
    """What one viewer got. `rtp` holds timestamps by kind, in the order of their first packet.

    `heard` has its sound, the left channel at 48 kHz, piece by piece, from `listen` on.
    """

    def __init__(self) -> None:
        self.connection = RTCPeerConnection()
        self.seen: list[Seen] = []
        self.rtp: dict[str, list[int]] = {"video": [], "audio": []}
        self.messages: list[dict[str, object]] = []
        self.heard: list[Pcm] = []
        self._is_listening = False
        self._arrived = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._note_track)
        self._channel = self.connection.createDataChannel("show")
        self._channel.on("message", lambda text: self.messages.append(json.loads(text)))

    async def join(self, session: ClientSession, url: str, output: str = "") -> None:
        """Post an offer and connect."""
        for kind in self.rtp:
            transceiver = self.connection.addTransceiver(kind, direction="recvonly")
            self._tap(transceiver.receiver, self.rtp[kind])
        await self.connection.setLocalDescription(await self.connection.createOffer())
        self._make_room()
        offer = self.connection.localDescription.sdp
        headers = {"Content-Type": "application/sdp"}
        place = f"{url}whep?output={output}" if output else f"{url}whep"
        async with session.post(place, data=offer, headers=headers) as answer:
            text = await answer.text()
            if answer.status != 201:  # Created
                raise NeverError(f"refused: {answer.status} {text}")
        await self.connection.setRemoteDescription(RTCSessionDescription(text, "answer"))

    async def until(self, is_so: Callable[[list[Seen]], bool], limit_s: float = PATIENCE_S) -> None:
        """Wait until `is_so` of what was seen; raises `NeverError`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not is_so(self.seen):
                    self._arrived.clear()
                    await self._arrived.wait()
                return
        raise NeverError(f"not seen within {limit_s:g} s: {self.runs()}")

    async def say(self, **message: object) -> None:
        """Say something to the node, once the channel is open."""
        while self._channel.readyState != "open":  # noqa: ASYNC110  # aiortc tells of no change
            await asyncio.sleep(0.01)
        self._channel.send(json.dumps(message))

    async def told(
        self, kind: str, is_so: Callable[[dict[str, object]], bool], limit_s: float = PATIENCE_S
    ) -> dict[str, object]:
        """The first message of a kind of which `is_so` is true, however early it came."""
        async with asyncio.timeout(limit_s):
            while True:
                for one in self.messages:
                    if one["t"] == kind and is_so(one):
                        return one
                await asyncio.sleep(0.01)

    def listen(self) -> None:
        """Keep what is heard from now on."""
        self._is_listening, self.heard = True, []

    def runs(self) -> list[tuple[str, int]]:
        """What was shown, in order, each with the number of frames that it lasted."""
        runs: list[tuple[str, int]] = []
        for seen in self.seen:
            if runs and runs[-1][0] == seen.what:
                runs[-1] = (seen.what, runs[-1][1] + 1)
            else:
                runs.append((seen.what, 1))
        return runs

    def steps(self, kind: str) -> set[int]:
        """All differences between successive RTP timestamps of one kind."""
        stamps = np.array(self.rtp[kind], np.uint32)
        return {int(step) for step in np.diff(stamps).astype(np.int32)}

    async def close(self) -> None:
        """Leave."""
        await self.connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _make_room(self) -> None:
        """Have the sockets keep what comes, or a busy machine loses packets that no node lost."""
        for transceiver in self.connection.getTransceivers():
            ice = transceiver.receiver.transport.transport._connection
            for protocol in ice._protocols:
                own = protocol.transport.get_extra_info("socket")
                own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM_BYTES)
                with suppress(PermissionError):
                    own.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM_BYTES)

    def _tap(self, receiver: RTCRtpReceiver, stamps: list[int]) -> None:
        """Note the timestamps of packets as they come, before any jitter buffer."""
        stock = receiver._handle_rtp_packet
        sources: list[int] = []  # the stream's own; what was lost comes again from another

        async def tapped(packet: RtpPacket, arrival_time_ms: int) -> None:
            if not sources:
                sources.append(packet.ssrc)
            if packet.ssrc == sources[0] and (not stamps or stamps[-1] != packet.timestamp):
                stamps.append(packet.timestamp)
            await stock(packet, arrival_time_ms)

        receiver._handle_rtp_packet = tapped  # type: ignore[method-assign]  # all that arrives

    def _note_track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.ensure_future(self._note(track)))

    async def _note(self, track: MediaStreamTrack) -> None:
        first: int | None = None
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame) and self._is_listening:
                self.heard.append(frame.to_ndarray().reshape(-1, 2)[:, 0].astype(np.int16))
            if isinstance(frame, AudioFrame) or frame.pts is None:
                continue
            if isinstance(frame, VideoFrame):
                first = frame.pts if first is None else first
                self.seen.append(_seen(frame, (frame.pts - first) // FRAME_TICKS["video"]))
                self._arrived.set()


@asynccontextmanager
async def watching(url: str, output: str = "") -> AsyncIterator[Watching]:
    """A viewer that has seen its first picture; it leaves at the end."""
    viewer = Watching()
    async with ClientSession() as session:
        try:
            await viewer.join(session, url, output)
            await viewer.until(bool)
            yield viewer
        finally:
            await viewer.close()


def what_of(pixels: Pixels) -> str:
    """The name of the colour that a picture has, "other" if none."""
    rows = pixels.shape[0] * 2 // 3
    quarter = rows // 4
    chroma = [float(plane.mean()) for plane in (pixels[rows : rows + quarter], pixels[-quarter:])]
    for name, colour in COLOURS.items():
        if max(abs(mean - wanted) for mean, wanted in zip(chroma, colour, strict=True)) < NEAR:
            return name
    return "other"


def _seen(frame: VideoFrame, place: int) -> Seen:
    pixels = frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
    height = pixels.shape[0] * 2 // 3
    luma, spread = float(pixels[:height].mean()), float(pixels[height:].reshape(2, -1).std(1).max())
    return Seen(place, what_of(pixels), number_of(pixels), luma, spread)
