"""A viewer in this process: stock aiortc, counting what arrives."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import VideoFrame

from node.stream.hub import Hub
from node.stream.viewer import Viewer


class Peer:
    """Receives picture, sound and messages; `pictures` and `sounds` count decoded frames.

    `timed` holds each message with the `time.perf_counter` of its coming.
    """

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self.pictures = 0
        self.sounds = 0
        self.messages: list[str] = []
        self.timed: list[tuple[float, str]] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._note_track)

    async def offer(self, *kinds: str) -> str:
        """An offer to receive these kinds, all candidates gathered."""
        for kind in kinds:
            self.connection.addTransceiver(kind, direction="recvonly")
        self.channel = self.connection.createDataChannel("show")
        self.channel.on("message", self._hear)
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Connect."""
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def until(self, *, pictures: int = 0, sounds: int = 0, messages: int = 0) -> None:
        """Wait until at least so much more than now has come."""
        goal = self.pictures + pictures, self.sounds + sounds, len(self.messages) + messages
        while any(  # noqa: ASYNC110  # three counters, no event
            have < want
            for have, want in zip(
                (self.pictures, self.sounds, len(self.messages)), goal, strict=True
            )
        ):
            await asyncio.sleep(0.01)

    def receiver(self, kind: str) -> RTCRtpReceiver:
        """The receiver of that kind."""
        return next(r for r in self.connection.getReceivers() if r.track.kind == kind)

    async def close(self) -> None:
        """Leave."""
        for task in self._tasks:
            task.cancel()
        await self.connection.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, message: str) -> None:
        self.messages.append(message)
        self.timed.append((time.perf_counter(), message))

    def _note_track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.ensure_future(self._count(track)))

    async def _count(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, VideoFrame):
                self.pictures += 1
            else:
                self.sounds += 1


@asynccontextmanager
async def joined(hub: Hub, *kinds: str, kiosk: bool = False) -> AsyncIterator[tuple[Peer, Viewer]]:
    """A peer that has joined the hub; it leaves at the end."""
    peer = Peer()
    try:
        viewer = await hub.join(await peer.offer(*(kinds or ("video", "audio"))), kiosk=kiosk)
        await peer.accept(viewer.answer)
        yield peer, viewer
    finally:
        await peer.close()
