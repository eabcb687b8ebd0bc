"""Runs the node's own picamera driver on libcamera's virtual camera; a line for each thing shown.

Started by `tools/rig picamera` inside the environment that it makes. Ends with 0 when all holds.
"""

import asyncio
import gc
import importlib
import statistics
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

from node.capture.source import FrameSource, open_camera
from node.config_camera import PiCameraConfig, PiControls
from node.errors import DeviceError
from node.media import Frame, Size
from tools.rigs.virtual_camera import FPS, PACE, patch

SIZE = Size(1280, 720)
LIMIT_S = 20.0
SOME = 10
"""Frames, or openings, that show that it runs."""
SLACK = 2
"""Descriptors that come and go with libcamera's own manager of cameras."""


def tell(step: str, seen: str) -> None:
    """One finding, as the rig reads it."""
    print(f"ok\t{step}\t{seen}", flush=True)


def must(is_so: bool, what: str) -> None:  # noqa: FBT001  # as assert is written
    """End with 1 where something does not hold."""
    if not is_so:
        raise SystemExit(f"FAIL\t{what}")


def camera(size: Size = SIZE, *, number: int = 0, fps: int = FPS) -> FrameSource:
    """The node's driver."""
    return open_camera(PiCameraConfig(number), size=size, fps=fps)


async def frames_of(source: FrameSource, count: int) -> list[Frame]:
    """So many frames."""
    frames: list[Frame] = []
    async with asyncio.timeout(LIMIT_S), source as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


async def check_pace() -> None:
    """Rate, step and age of frames that come as they are."""
    loop = asyncio.get_running_loop()
    began_s, first_s, ages_s, frames = loop.time(), 0.0, list[float](), list[Frame]()
    async with camera() as opened:
        async for frame in opened:
            ages_s.append(loop.time() - frame.captured_s)
            frames.append(frame)
            if len(frames) == 1:
                first_s = loop.time() - began_s
            if len(frames) == 3 * FPS:
                break
    steps = [(later.pts - earlier.pts) / 90 for earlier, later in pairwise(frames)]
    rate = 1000 / statistics.fmean(steps)
    must(min(steps) > 0, f"pts fall: {min(steps)}")
    must(rate < 1.1 * FPS, f"{rate:.1f} frames/s")  # a busy machine is only slower
    must(all(frame.size == SIZE for frame in frames), "size")
    tell("first frame", f"{first_s * 1000:.0f} ms after opening")
    tell("pace", f"{rate:.1f} frames/s, step {statistics.fmean(steps):.2f} "
                 f"± {statistics.pstdev(steps):.2f} ms, longest {max(steps):.1f}")  # fmt: skip
    tell("age at the loop", f"{statistics.median(ages_s) * 1000:.1f} ms median, by SensorTimestamp")


async def check_sizes() -> None:
    """A size that the camera has not is fitted."""
    for size in (Size(640, 480), Size(640, 360), Size(1920, 1080)):
        frames = await frames_of(camera(size), 3)
        must(all(frame.size == size for frame in frames), f"{size}")
    tell("sizes", "640x480 as it comes; 640x360 and 1920x1080 fitted")


async def check_wrong_number() -> None:
    """A camera that is not there is named."""
    try:
        await frames_of(camera(number=3), 1)
    except DeviceError as error:
        must("found: 0" in str(error), str(error))
        tell("camera 3", str(error))
    else:
        must(is_so=False, what="camera 3 opened")


async def check_busy() -> None:
    """The second reader of one camera is refused, the first goes on."""
    async with camera() as first:
        frames = aiter(first)
        await anext(frames)
        try:
            await frames_of(camera(), 1)
        except DeviceError as error:
            tell("second reader", str(error))
        else:
            must(is_so=False, what="opened twice")
        must((await anext(frames)).size == SIZE, "the first reader was disturbed")


async def check_stall() -> None:
    """A sensor that stops is a lost camera; the next opening works."""
    await _lost_by(lambda: PACE.stall(is_stalled=True), "stalled sensor")
    PACE.stall(is_stalled=False)
    must(len(await frames_of(camera(), SOME)) == SOME, "not opened again")


async def check_dead_thread() -> None:
    """picamera2's event thread dies; the next opening works."""
    picamera2: Any = importlib.import_module("picamera2")
    real = picamera2.Picamera2.process_requests

    def broken(_camera: object, _display: object) -> None:
        raise ZeroDivisionError("the rig kills this thread")

    def kill() -> None:
        picamera2.Picamera2.process_requests = broken

    await _lost_by(kill, "dead event thread")
    picamera2.Picamera2.process_requests = real
    must(len(await frames_of(camera(), SOME)) == SOME, "not opened again")


async def _lost_by(fault: Callable[[], None], name: str) -> None:
    loop = asyncio.get_running_loop()
    since_s = 0.0
    try:
        async with camera() as opened:
            count = 0
            async for _ in opened:
                count += 1
                if count == SOME:
                    fault()
                    since_s = loop.time()
    except DeviceError as error:
        tell(name, f"{error} (closed after {loop.time() - since_s:.1f} s)")


async def check_openings() -> None:
    """Neither openings that fail nor those that do not leave descriptors or threads behind."""
    left: list[tuple[int, int]] = []
    for _ in range(SOME):
        await frames_of(camera(), 1)
        with suppress(DeviceError):
            await frames_of(camera(number=3), 1)
        left.append(_left())
    before, after = left[0], left[-1]
    must(
        max(b - a for a, b in zip(before, after, strict=True)) <= SLACK,
        f"descriptors and threads: {before}, then {after}",
    )
    tell("openings", f"{SOME} good and {SOME} bad: descriptors {before[0]} to {after[0]}, "
                     f"threads {before[1]} to {after[1]}")  # fmt: skip


def _left() -> tuple[int, int]:
    """Open descriptors and threads."""
    gc.collect()
    return len(list(Path("/proc/self/fd").iterdir())), threading.active_count()


async def check_controls() -> None:
    """What this camera lacks is told and does no harm; turning it is asked of libcamera."""
    wanted = PiCameraConfig(
        controls=PiControls(exposure_us=8000, gain=2.0, focus=1.5), rotation=180
    )
    try:
        frames = await frames_of(open_camera(wanted, size=SIZE, fps=FPS), 5)
    except DeviceError as error:
        tell("controls", f"refused: {error}")
    else:
        tell("controls", f"{len(frames)} frames without those that are not there")


async def check_all() -> None:
    """Everything."""
    for check in (check_pace, check_sizes, check_controls, check_wrong_number, check_busy,
                  check_stall, check_dead_thread, check_openings):  # fmt: skip
        await check()


if __name__ == "__main__":
    patch()
    asyncio.run(check_all())
    sys.exit(0)
