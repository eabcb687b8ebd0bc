"""A node's media half without its program: a moving pattern, both encoders, hub and WHEP."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import get_args

import pytest
from aiohttp import web

from node.channels import Fanout
from node.config import EncoderConfig
from node.encode import encoder
from node.encode.encoder import VideoEncoder
from node.encode.opus import AudioEncoder
from node.media import AccessUnit, AudioChunk, Frame, OpusPacket, Rendition, Size
from node.program.outputs import KINDS, Standings
from node.program.rundown import Output, OverlayKind
from node.stream.feed import Feed
from node.stream.hub import Hub
from node.stream.renditions import Renditions
from node.web.whep import WhepFace
from tests.fakes.moving_pattern import MovingPattern

SMALL = Size(640, 360)
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class OnAir:
    """What a test may touch of a running chain; `url` is where /whep is."""

    pattern: MovingPattern
    video: VideoEncoder
    hub: Hub
    url: str


@asynccontextmanager
async def on_air(
    *,
    size: Size = SMALL,
    fps: int = 30,
    max_viewers: int = 20,
    routes: tuple[web.RouteDef, ...] = (),
) -> AsyncIterator[OnAir]:
    """Run the chain on a free port of this machine until the block ends.

    Nobody stands by to start an encoder anew: one that a busy machine keeps is waited for.
    """
    frames, sound = Fanout[Frame](size=4), Fanout[AudioChunk](size=50)
    units = Fanout[AccessUnit](size=90, resume_at=lambda unit: unit.is_idr)
    packets = Fanout[OpusPacket](size=150)
    pattern = MovingPattern(size=size, fps=fps, frames=frames, sound=sound)
    cfg, rendition = EncoderConfig(preset="ultrafast"), Rendition(size, fps, 2500)
    video = VideoEncoder(cfg, rendition, source=frames, out=units)
    audio = AudioEncoder(source=sound, out=packets)
    renditions = Renditions(Feed(units, video.request_idr), _no_other_encoder)
    hub = Hub(packets, renditions=renditions, standings=Standings(everything()),
              max_viewers=max_viewers)  # fmt: skip
    tasks = [asyncio.create_task(part.run(lambda: None)) for part in (hub, audio, video, pattern)]
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(encoder, "STALL_S", PATIENCE_S)
            async with _served([*WhepFace(hub).routes(), *routes]) as url:
                yield OnAir(pattern, video, hub, url)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def everything() -> dict[str, Output]:
    """The outputs of a day that names none."""
    overlays = frozenset[OverlayKind](get_args(OverlayKind))
    sent = frozenset({"card", "offer", "countdown"})
    return {name: Output(name, True, KINDS, overlays, sent) for name in ("kiosk", "web")}


def _no_other_encoder(_source: Fanout[Frame], _out: Fanout[AccessUnit]) -> VideoEncoder:
    raise AssertionError("who carries everything needs no encoder of its own")


@asynccontextmanager
async def _served(routes: Iterable[web.RouteDef]) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
