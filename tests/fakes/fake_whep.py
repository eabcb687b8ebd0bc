"""WHEP for the pages' tests: stock aiortc, RTP time known, starting just below its wrap."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Iterable
from fractions import Fraction

import aiortc.rtcrtpsender as stock
import msgspec
from aiohttp import web
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack
from av import VideoFrame
from typing_extensions import override

from tests.fakes.fake_picture import pictures

RTP_ORIGIN = 0xFFFF_FFFF - 90_000 * 6
"""The picture's RTP time wraps six seconds after a viewer joined."""
TICK = 7_200
"""12.5 frames a second in ticks of 90 kHz, each of whole microseconds: the stock VP8 encoder counts
in them and rounds down, and at 15 a second every third time stamp would be short by one."""

_random32 = stock.random32  # type: ignore[attr-defined]  # a name of its own import


def _origin_or_random() -> int:
    """The stock sender draws its timestamp offset in `_run_rtp`; there it gets ours."""
    return RTP_ORIGIN if sys._getframe(1).f_code.co_name == "_run_rtp" else _random32()


stock.random32 = _origin_or_random  # type: ignore[attr-defined]  # as above


class Picture(VideoStreamTrack):
    """The drawn scene; counts the frames it gave."""

    shown: list[VideoFrame] = []  # noqa: RUF012  # drawn once, shared by all viewers

    def __init__(self) -> None:
        super().__init__()
        self.index = 0
        self.start_s = 0.0

    @override
    async def recv(self) -> VideoFrame:
        loop = asyncio.get_running_loop()
        if not self.shown:
            self.shown += [
                VideoFrame.from_ndarray(rgb).reformat(format="yuv420p") for rgb in pictures()
            ]
        self.start_s = self.start_s or loop.time()
        await asyncio.sleep(max(0.0, self.start_s + self.index * TICK / 90_000 - loop.time()))
        frame = self.shown[self.index % len(self.shown)]
        frame.pts, frame.time_base = self.index * TICK, Fraction(1, 90_000)
        self.index += 1
        return frame

    def rtp_in(self, frames: int) -> int:
        """RTP time of the frame that will be given after `frames` others."""
        return (RTP_ORIGIN + (self.index + frames) * TICK) % 2**32


class FakeWhep:
    """`POST /whep`, `DELETE /whep/ID`, and the data channel `show`."""

    def __init__(self) -> None:
        self.sessions: dict[str, tuple[RTCPeerConnection, Picture]] = {}
        self.joined = 0
        self.greeting: Callable[[], list[dict[str, object]]] = list
        self.lead_frames = 3
        self.heard: list[dict[str, object]] = []
        self.listen: Callable[[dict[str, object]], None] = lambda _: None
        self._channels: dict[str, RTCDataChannel] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    def routes(self) -> Iterable[web.AbstractRouteDef]:
        """The paths that the pages use."""
        return [web.post("/whep", self._post), web.delete("/whep/{id}", self._delete)]

    def announce(self, message: dict[str, object]) -> None:
        """Tell every viewer, stamped with a frame that is still to come."""
        for key in self._channels:
            self._tell(key, message)

    def said(self, what: str) -> list[dict[str, object]]:
        """What viewers said of that kind, in its order."""
        return [one for one in self.heard if one["t"] == what]

    async def close(self) -> None:
        """Leave every viewer."""
        for key in list(self.sessions):
            self._leave(key)
        await asyncio.gather(*self._leaving)

    async def _post(self, request: web.Request) -> web.Response:
        offer = RTCSessionDescription(await request.text(), "offer")
        pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        key, picture = secrets.token_urlsafe(16), Picture()
        self.sessions[key] = (pc, picture)
        pc.on("datachannel", lambda channel: self._greet(key, channel))
        await pc.setRemoteDescription(offer)
        for transceiver in pc.getTransceivers():
            track = picture if transceiver.kind == "video" else AudioStreamTrack()
            transceiver.sender.replaceTrack(track)
            transceiver.direction = "sendonly"
        await pc.setLocalDescription(await pc.createAnswer())
        self.joined += 1
        return web.Response(
            status=201,
            text=pc.localDescription.sdp,
            content_type="application/sdp",
            headers={"Location": f"/whep/{key}"},
        )

    async def _delete(self, request: web.Request) -> web.Response:
        self._leave(request.match_info["id"])
        return web.Response()

    def _leave(self, key: str) -> None:
        """A request may be cut off when the server stops; the session closes all the same."""
        self._channels.pop(key, None)
        session = self.sessions.pop(key, None)
        if session is not None:
            self._leaving.add(asyncio.create_task(session[0].close()))

    def _tell(self, key: str, message: dict[str, object]) -> None:
        channel, (_, picture) = self._channels[key], self.sessions[key]
        if channel.readyState == "open":
            stamped = message | {"rtp": picture.rtp_in(self.lead_frames)}
            channel.send(msgspec.json.encode(stamped).decode())

    def _hear(self, text: str) -> None:
        message = msgspec.json.decode(text, type=dict[str, object])
        self.heard.append(message)
        self.listen(message)

    def _greet(self, key: str, channel: RTCDataChannel) -> None:
        if key not in self.sessions:
            return  # it left while its channel was opened
        self._channels[key] = channel
        channel.on("message", self._hear)
        for message in self.greeting():
            self._tell(key, message)
