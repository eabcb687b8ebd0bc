"""`python -m tools.rigs.guest_v4l2 [/dev/video0]`: the node's V4L2 driver on this kernel's camera.

Prints what it delivers, then unplugs it where it is the kernel's simulated one (vivid), plugs it in
again and reads on. Ends with 0 when all holds.
"""

import asyncio
import logging
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from node.capture.source import FrameSource, open_camera
from node.config_camera import V4l2Config
from node.errors import DeviceError
from node.media import Frame, Size

SIZE, FPS = Size(640, 360), 25
COUNT = 30
LIMIT_S = 120.0
"""An emulated processor is slow."""
VIVID = Path("/sys/bus/platform/drivers/vivid")
DEVICE = "vivid.0"


def camera(device: str) -> FrameSource:
    """The node's driver."""
    return open_camera(V4l2Config(device), size=SIZE, fps=FPS)


async def frames_of(source: FrameSource, count: int) -> tuple[list[Frame], list[float]]:
    """So many frames, and how old each was when it came, s."""
    loop = asyncio.get_running_loop()
    frames: list[Frame] = []
    ages_s: list[float] = []
    async with asyncio.timeout(LIMIT_S), source as opened:
        async for frame in opened:
            frames.append(frame)
            ages_s.append(loop.time() - frame.captured_s)
            if len(frames) == count:
                break
    return frames, ages_s


async def show(device: str) -> None:
    """Print rate, step and age; raises `DeviceError`."""
    frames, ages_s = await frames_of(camera(device), COUNT)
    steps_ms = [(later.pts - earlier.pts) / 90 for earlier, later in pairwise(frames)]
    mean_ms = statistics.fmean(steps_ms)
    print(
        f"{len(frames)} frames of {frames[0].size}: {1000 / mean_ms:.1f}/s, step {mean_ms:.1f} ms "
        f"(median {statistics.median(steps_ms):.1f}), age {statistics.median(ages_s) * 1000:.0f} ms"
    )


async def unplug(device: str) -> bool:
    """Take the kernel's camera away while it is read; whether that was told as it must be."""
    loop = asyncio.get_running_loop()
    since_s = 0.0
    try:
        async with asyncio.timeout(LIMIT_S), camera(device) as opened:
            async for _ in opened:
                if not since_s:
                    since_s = loop.time()
                    await asyncio.to_thread((VIVID / "unbind").write_text, DEVICE)
    except DeviceError as error:
        print(f"unplugged: DeviceError({error}) after {(loop.time() - since_s) * 1000:.0f} ms")
        return True
    except TimeoutError:
        print("FAIL: nothing told of the unplugging")
    return False


async def main(argv: Sequence[str]) -> int:
    """Read, unplug, plug in, read again."""
    device = argv[0] if argv else "/dev/video0"
    await show(device)
    if not (VIVID / DEVICE).exists():
        return 0
    if not await unplug(device):
        return 1
    try:
        await frames_of(camera(device), 1)
    except DeviceError as error:
        print(f"not there: DeviceError({error})")
    (VIVID / "bind").write_text(DEVICE)
    print("plugged in again")
    await asyncio.to_thread(_appeared, Path(device))
    await show(device)
    return 0


def _appeared(path: Path) -> None:
    """Wait for udev, or for the kernel's own devtmpfs."""
    for _ in range(100):
        if path.exists():
            return
        time.sleep(0.1)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    sys.exit(asyncio.run(main(sys.argv[1:])))
