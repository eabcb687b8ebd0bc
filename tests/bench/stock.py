"""The alternative that the benches measure beside the node: stock aiortc, packets passed through.

The same simulated camera with its barcode, the same libx264, no program between them; one WHEP
path on aiortc as it comes. An IDR each second, since a stock passthrough ignores PLI.

    python -m tests.bench.stock PORT
"""

import asyncio
import contextlib
import sys
from fractions import Fraction

import av
from aiohttp import web
from aiortc import (
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)

from node.capture.source import open_camera
from node.channels import Fanout
from node.config import EncoderConfig, PatternConfig
from node.encode.encoder import VideoEncoder
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size

SIZE, FPS = Size(1280, 720), 30


class Passthrough(MediaStreamTrack):
    """Coded pictures as a track."""

    kind = "video"

    def __init__(self, reader) -> None:
        super().__init__()
        self._reader = reader

    async def recv(self) -> av.Packet:
        unit = await self._reader.get()
        packet = av.Packet(unit.payload)
        packet.pts, packet.time_base = unit.pts, Fraction(1, 90_000)
        return packet


async def film(frames: Fanout[Frame], video: VideoEncoder) -> None:
    number = 0
    async with open_camera(PatternConfig(barcode=True), size=SIZE, fps=FPS) as camera:
        async for frame in camera:
            frames.put(Frame(Pts90k(number * 90_000 // FPS), frame.captured_s, frame.i420()))
            number += 1
            if number % FPS == 0:
                video.request_idr()


async def serve(port: int) -> None:
    frames, units = (
        Fanout[Frame](size=4),
        Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr),
    )
    video = VideoEncoder(EncoderConfig(), Rendition(SIZE, FPS, 2500), source=frames, out=units)
    sessions: set[RTCPeerConnection] = set()
    stack = contextlib.ExitStack()

    async def join(request: web.Request) -> web.Response:
        pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        sessions.add(pc)
        sender = pc.addTrack(Passthrough(stack.enter_context(units.subscribe())))
        wanted = [
            codec
            for codec in RTCRtpSender.getCapabilities("video").codecs
            if codec.mimeType in {"video/H264", "video/rtx"}
        ]
        next(one for one in pc.getTransceivers() if one.sender is sender).setCodecPreferences(
            wanted
        )
        offer = RTCSessionDescription(sdp=await request.text(), type="offer")
        await pc.setRemoteDescription(offer)
        await pc.setLocalDescription(await pc.createAnswer())
        video.request_idr()
        return web.Response(
            status=201,
            text=pc.localDescription.sdp,
            content_type="application/sdp",
            headers={"Location": f"/whep/{id(pc)}"},
        )

    async def leave(request: web.Request) -> web.Response:
        pc = next((one for one in sessions if str(id(one)) == request.match_info["id"]), None)
        if pc is not None:
            sessions.discard(pc)
            await pc.close()
        return web.Response()

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"ok": True})

    app = web.Application()
    app.add_routes(
        [web.post("/whep", join), web.delete("/whep/{id}", leave), web.get("/health", health)]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with asyncio.TaskGroup() as group:
        opened = asyncio.Event()
        group.create_task(video.run(opened.set))
        await opened.wait()
        group.create_task(film(frames, video))
        print(f"on air: http://127.0.0.1:{port}/", flush=True)


def main() -> None:
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(int(sys.argv[1])))


if __name__ == "__main__":
    main()
