"""What every camera driver promises, over every driver there is."""

import asyncio
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from node.capture import argus, threaded
from node.capture.faulty import FaultSwitch
from node.capture.source import FrameSource, open_camera
from node.capture.v4l2 import v4l2_camera
from node.config import CameraConfig, PatternConfig, UrlConfig
from node.config_camera import ArgusConfig, PiCameraConfig, V4l2Config
from node.errors import DeviceError
from node.media import Frame, Size
from tests.fakes.clip_factory import ClipSpec, write_clip
from tests.fakes.fake_picamera2 import FakePi
from tests.fakes.fake_v4l2 import NV12, FakeV4l2
from tests.fakes.step_camera import StepCamera

SIZE = Size(320, 180)
FPS = 30
pytestmark = pytest.mark.timeout(600)
PATIENCE_S = 60.0
"""Generous: the machine may be busy with other tests."""


@dataclass
class Make:
    """How to make a source, and one that is lost after some frames."""

    well: Callable[[], FrameSource]
    lost: Callable[[], FrameSource]


GSTREAMER = pytest.mark.skipif(
    not shutil.which("gst-launch-1.0"), reason="needs gstreamer1.0-tools and -plugins-base"
)


@pytest.fixture(
    params=[
        *("pattern", "lavfi", "file", "step", "simulated picamera2", "simulated v4l2"),
        pytest.param("gstreamer", marks=GSTREAMER),
        *(
            pytest.param(name, marks=pytest.mark.hardware)
            for name in ("real picamera", "real v4l2", "real argus")
        ),
    ]
)
def make(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    # A thread that waits for the processor has lost nothing.
    for module, limit in ((threaded, "STALL_S"), (argus, "STALL_S"), (argus, "FIRST_S")):
        monkeypatch.setattr(module, limit, PATIENCE_S)
    defaults = threaded.ThreadedCamera.__init__.__kwdefaults__
    monkeypatch.setitem(defaults, "first_s", PATIENCE_S)
    return SOURCES[request.param](tmp_path, monkeypatch)


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
    before = _threads()
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
        while _threads() - before:  # noqa: ASYNC110  # threads tell of no end
            await asyncio.sleep(0.01)


def _threads() -> set[threading.Thread]:
    """All but those of the loop's own pool, which stay."""
    return {one for one in threading.enumerate() if not one.name.startswith("asyncio_")}


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


def _pattern(_folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    cfg = PatternConfig(barcode=True)
    return Make(lambda: _open(cfg), lambda: _unplugged(_open(cfg)))


def _lavfi(_folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    endless = UrlConfig("testsrc=size=640x360:rate=30", format="lavfi")
    short = UrlConfig("testsrc=size=640x360:rate=30:duration=0.2", format="lavfi")
    return Make(lambda: _open(endless), lambda: _open(short))


def _file(folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    path = write_clip(folder / "camera.mp4", ClipSpec(seconds=0.3))
    looped, once = UrlConfig(str(path), loop=True), UrlConfig(str(path))
    return Make(lambda: _open(looped), lambda: _open(once))


def _step(_folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    return Make(lambda: StepCamera(size=SIZE, ahead=40), _unplugged_step_camera)


def _simulated_pi(_folder: Path, patch: pytest.MonkeyPatch) -> Make:
    pi = FakePi(padding=64).install(patch)

    def lost() -> FrameSource:
        asyncio.get_running_loop().call_later(0.1, pi.cameras.clear)
        return _open(PiCameraConfig())

    return Make(lambda: _open(PiCameraConfig()), lost)


def _simulated_v4l2(_folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    picture = bytes(SIZE.width * SIZE.height * 3 // 2)
    kernel = FakeV4l2([(NV12, SIZE.width, SIZE.height, [Fraction(30)])], lambda _: picture)

    def well() -> FrameSource:
        return v4l2_camera(V4l2Config("/dev/null"), size=SIZE, fps=FPS, kernel=kernel)

    def lost() -> FrameSource:
        asyncio.get_running_loop().call_later(0.1, kernel.unplug)
        return well()

    return Make(well, lost)


def _gstreamer(_folder: Path, _patch: pytest.MonkeyPatch) -> Make:
    live = ArgusConfig(source="videotestsrc is-live=true")
    ending = ArgusConfig(source="videotestsrc is-live=true num-buffers=5")
    return Make(lambda: _open(live), lambda: _open(ending))


def _real(well: CameraConfig, absent: CameraConfig) -> Callable[[Path, pytest.MonkeyPatch], Make]:
    return lambda _folder, _patch: Make(lambda: _open(well), lambda: _open(absent))


SOURCES: dict[str, Callable[[Path, pytest.MonkeyPatch], Make]] = {
    "pattern": _pattern,
    "lavfi": _lavfi,
    "file": _file,
    "step": _step,
    "simulated picamera2": _simulated_pi,
    "simulated v4l2": _simulated_v4l2,
    "gstreamer": _gstreamer,
    "real picamera": _real(PiCameraConfig(), PiCameraConfig(7)),
    "real v4l2": _real(V4l2Config(), V4l2Config("no such camera")),
    "real argus": _real(ArgusConfig(), ArgusConfig(7)),
}


def _open(cfg: CameraConfig) -> FrameSource:
    return open_camera(cfg, size=SIZE, fps=FPS)


def _unplugged(source: FrameSource) -> FrameSource:
    switch = FaultSwitch()
    asyncio.get_running_loop().call_later(0.2, switch.kill)
    return switch.over(source)


def _unplugged_step_camera() -> FrameSource:
    camera = StepCamera(size=SIZE, ahead=3)
    asyncio.get_running_loop().call_later(0.1, camera.unplug)
    return camera
