"""A real encoder beside a program that stands still, and a slow one: threads, real time."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from node.channels import Fanout, Reader
from node.config import EncoderConfig
from node.encode import encoder
from node.encode.encoder import VideoEncoder
from node.encode.headroom import moving_pictures
from node.encode.x264 import X264
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size
from node.program.mixer import ENCODER_QUEUE

FPS = 30
RENDITION = Rendition(Size(160, 96), FPS, 300)
PICTURES = moving_pictures(RENDITION.size)
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A codec that waits for the processor does not hang."""
    monkeypatch.setattr(encoder, "STALL_S", 60.0)


class Slow(X264):
    """libx264 that takes 50 ms more for each picture until it is eased."""

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001
        if self.name == "libx264/veryfast":
            time.sleep(0.05)
        return super().encode(frame, force_idr)


class Program:
    """What the mixer does with its clock: late pictures come at once, none is left out."""

    def __init__(self, frames: Fanout[Frame], units: Reader[AccessUnit]) -> None:
        self._frames, self._units, self._number = frames, units, 0
        self._start_s = asyncio.get_running_loop().time()

    async def play(self, pictures: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(pictures):
            await asyncio.sleep(max(0.0, self._start_s + self._number / FPS - loop.time()))
            pixels = PICTURES[self._number % len(PICTURES)]
            self._frames.put(Frame(Pts90k(self._number * 90_000 // FPS), loop.time(), pixels))
            self._number += 1

    async def seen(self) -> None:
        """Until the last picture is encoded."""
        while (await self._units.get()).pts < (self._number - 1) * 90_000 // FPS:
            pass


@asynccontextmanager
async def on_air(
    codec: X264, clock: Callable[[], float] = time.perf_counter
) -> AsyncIterator[tuple[VideoEncoder, Program]]:
    frames = Fanout[Frame](size=ENCODER_QUEUE)
    units = Fanout[AccessUnit](size=500, resume_at=lambda unit: unit.is_idr)
    video = VideoEncoder(
        EncoderConfig(), RENDITION, source=frames, out=units, make=lambda: codec, clock=clock
    )
    is_ready = asyncio.Event()
    with units.subscribe() as reader:
        task = asyncio.create_task(video.run(is_ready.set))
        await is_ready.wait()
        try:
            yield video, Program(frames, reader)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_a_program_that_stood_still_for_600_ms_costs_no_quality(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(encoder, "EASE_INTERVAL_S", 0.0)
    codec = X264(RENDITION, preset="veryfast", threads=1, why="a test")
    async with on_air(codec, time.thread_time) as (video, program):  # a busy core is no slow codec
        for _ in range(3):
            await program.play(20)
            await asyncio.sleep(0.6)
        await program.play(30)
        await program.seen()
        assert video.report.name == "libx264/veryfast"


async def test_a_codec_slower_than_the_program_is_eased_within_two_seconds_of_it(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(encoder, "EASE_INTERVAL_S", 60.0)  # once: a busy core might look as slow
    async with on_air(Slow(RENDITION, preset="veryfast", threads=1, why="a test")) as (
        video,
        program,
    ):
        await program.play(2 * FPS)
        await program.seen()
        assert video.report.name == "libx264/superfast"
