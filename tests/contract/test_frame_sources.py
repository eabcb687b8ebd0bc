"""What every camera driver promises, over every driver there is."""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from node.capture.faulty import FaultSwitch
from node.capture.source import FrameSource, open_camera
from node.config import PatternConfig, UrlConfig
from node.errors import DeviceError
from node.media import Frame, Size
from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.step_camera import StepCamera

SIZE = Size(320, 180)
FPS = 30
PATIENCE_S = 60.0
"""Generous: the machine may be busy with other tests."""


@dataclass
class Make:
    """How to make a source, and one that is lost after some frames."""

    well: Callable[[], FrameSource]
    lost: Callable[[], FrameSource]


@pytest.fixture(params=["pattern", "lavfi", "file", "step"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    match request.param:
        case "pattern":
            cfg = PatternConfig(barcode=True)
            return Make(lambda: _open(cfg), lambda: _unplugged(_open(cfg)))
        case "lavfi":
            endless = UrlConfig("testsrc=size=640x360:rate=30", format="lavfi")
            short = UrlConfig("testsrc=size=640x360:rate=30:duration=0.2", format="lavfi")
            return Make(lambda: _open(endless), lambda: _open(short))
        case "file":
            path = write_clip(tmp_path / "camera.mp4", ClipSpec(seconds=0.3))
            looped, once = UrlConfig(str(path), loop=True), UrlConfig(str(path))
            return Make(lambda: _open(looped), lambda: _open(once))
        case _:
            return Make(lambda: StepCamera(size=SIZE, ahead=40), _unplugged_step_camera)


async def test_a_frame_source(make: Make) -> None:
    await check_frame_source(make)


async def check_frame_source(make: Make) -> None:
    """The whole contract of `FrameSource`."""
    await _check_frames(make)
    await _check_that_cancelling_releases(make)
    await _check_that_a_second_open_works(make)
    await _check_that_losing_it_is_a_device_error(make)


async def _check_frames(make: Make) -> None:
    frames = await _take(make.well(), 20)
    loop = asyncio.get_running_loop()
    assert all(later.pts > earlier.pts for earlier, later in pairwise(frames))
    assert all(later.captured_s >= earlier.captured_s for earlier, later in pairwise(frames))
    assert frames[-1].captured_s <= loop.time()
    for frame in frames:
        assert frame.size == SIZE
        assert frame.pixels.dtype == np.uint8
        assert frame.pixels.flags.c_contiguous


async def _check_that_cancelling_releases(make: Make) -> None:
    before = threading.active_count()
    got = asyncio.Event()

    async def consume() -> None:
        async with make.well() as source:
            async for _ in source:
                got.set()

    task = asyncio.create_task(consume())
    async with asyncio.timeout(PATIENCE_S):
        await got.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE_S):
        while threading.active_count() > before:  # noqa: ASYNC110  # threads tell of no end
            await asyncio.sleep(0.01)


async def _check_that_a_second_open_works(make: Make) -> None:
    source = make.well()
    assert len(await _take(source, 3)) == 3
    assert len(await _take(source, 3)) == 3


async def _check_that_losing_it_is_a_device_error(make: Make) -> None:
    with pytest.raises(DeviceError):
        await _take(make.lost(), 10_000)


async def _take(source: FrameSource, count: int) -> list[Frame]:
    frames: list[Frame] = []
    async with asyncio.timeout(PATIENCE_S), source as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


def _open(cfg: PatternConfig | UrlConfig) -> FrameSource:
    return open_camera(cfg, size=SIZE, fps=FPS)


def _unplugged(source: FrameSource) -> FrameSource:
    switch = FaultSwitch()
    asyncio.get_running_loop().call_later(0.2, switch.kill)
    return switch.over(source)


def _unplugged_step_camera() -> FrameSource:
    camera = StepCamera(size=SIZE, ahead=3)
    asyncio.get_running_loop().call_later(0.1, camera.unplug)
    return camera
