"""`python -m tools.rigs.guest_inputs planes|hdmi|analog`: this kernel's cameras, by their links.

vivid makes them: `LEFT`, a single-planar camera; `RIGHT`, a multi-planar one; `HDMI`, a receiver of
the multi-planar kind, as on an SoC, with S-Video as its first input and HDMI as its second, whose
sources are switched by vivid's own controls. Ends with 0 when all holds.
"""

import asyncio
import ctypes
import fcntl
import os
import struct
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import numpy as np

from node.board import videodev2 as v4l2
from node.board.videokernel import LinuxKernel
from node.capture.source import FrameSource, open_camera
from node.capture.v4l2 import survey
from node.capture.v4l2_decoder import Decoder
from node.capture.v4l2_device import opened
from node.capture.v4l2_modes import FormatName, Wish, choose, modes_of
from node.config_camera import V4l2Config
from node.decode.fit import Fitter
from node.errors import DeviceError
from node.media import Pixels, planes
from tools.rigs.guest_v4l2 import FPS, LIMIT_S, SIZE, frames_of

LINKS: Final = "/dev/v4l/by-path/vivid-00{}-vid-cap"
"""By a rule of this machine's own: vivid's devices have one parent, so udev's name all alike."""
LEFT, RIGHT, HDMI = (LINKS.format(number) for number in range(3))
COUNT: Final = 10
BLACK, WHITE, BARS = 5, 6, 1
"""Of vivid's test patterns."""
NEAR: Final = 3.0
"""A mean of a colour may be so far from another format's: 4:2:0, 4:2:2, rounding; 8 bits."""
DARK, BRIGHT = 60, 180
"""Mean luma of a black picture with vivid's words on it, and of a white one."""

S_VIDEO_INPUT, HDMI_INPUT = 0, 1
VIDIOC_S_INPUT, VIDIOC_S_EDID = 0xC0045627, 0xC0285629
EDID_BLOCKS, BLOCK_BYTES = 2, 128

# vivid-ctrls.c
STANDARD_MODE, STANDARD = 0x00F0F03C, 0x00F0F03D
STANDARDS: Final = {"NTSC": 0, "PAL": 4}
"""Of vivid's menu."""
TEST_PATTERN: Final = 0x00F0F000
SIGNAL_MODE, TIMINGS = 0x00F0F03E, 0x00F0F03F
NO_SIGNAL, NO_LOCK, OUT_OF_RANGE, SELECTED = 1, 2, 3, 4
VIDIOC_QUERYMENU: Final = 0xC02C5625
QUERYMENU: Final = struct.Struct("=II32sI")
MENU_MAX: Final = 256


class MissedError(Exception):
    """Something is not as it must be."""


def camera(link: str, pixel_format: FormatName | None = None) -> FrameSource:
    """The node's driver."""
    table = V4l2Config(link, pixel_format=pixel_format or "auto")
    return open_camera(table, size=SIZE, fps=FPS)


def ask(link: str, request: int, said: bytes) -> bytes:
    """Make one request of a device; its answer."""
    device = os.open(link, os.O_RDWR | os.O_NONBLOCK)
    try:
        fcntl.ioctl(device, request, answer := bytearray(said))
    except OSError as error:
        raise MissedError(f"{link}: request {request:#x} {said[:16].hex(' ')}: {error}") from error
    finally:
        os.close(device)
    return bytes(answer)


def control(link: str, number: int, value: int) -> None:
    """Turn one of the simulated device's controls."""
    ask(link, v4l2.VIDIOC_S_CTRL, v4l2.CONTROL.pack(number, value))


def edid(request: int, blocks: int, content: "ctypes.Array[ctypes.c_char]") -> int:
    """Read or write the HDMI input's display data in `content`; how many blocks there are."""
    place = ctypes.addressof(content)
    said = ask(HDMI, request, v4l2.EDID.pack(HDMI_INPUT, 0, blocks, place))
    there: int = v4l2.EDID.unpack(said)[2]
    return there


def send(name: str) -> None:
    """Have the HDMI source send the first timings whose name begins so, as in `640x480p`."""
    device = os.open(HDMI, os.O_RDWR | os.O_NONBLOCK)
    try:
        index = next(one for one in range(MENU_MAX) if _menu(device, one).startswith(name))
    finally:
        os.close(device)
    control(HDMI, TIMINGS, index)
    control(HDMI, SIGNAL_MODE, SELECTED)


def _menu(device: int, index: int) -> str:
    said = bytearray(QUERYMENU.pack(TIMINGS, index, b"", 0))
    fcntl.ioctl(device, VIDIOC_QUERYMENU, said)
    name: bytes = QUERYMENU.unpack(said)[2]
    return name.rstrip(b"\0").decode("ascii")


def colours(pixels: Pixels) -> list[float]:
    """Mean luma, and both means of colour."""
    return [float(np.mean(plane)) for plane in planes(pixels)]


async def planes_walk() -> None:
    """Both kinds at once, each by its link; the same picture in every format."""
    control(LEFT, TEST_PATTERN, BLACK)
    control(RIGHT, TEST_PATTERN, WHITE)
    began_s = time.monotonic()
    (dark, _), (bright, _) = await asyncio.gather(
        frames_of(camera(LEFT), COUNT), frames_of(camera(RIGHT), COUNT)
    )
    found = [round(colours(frames[-1].pixels)[0]) for frames in (dark, bright)]
    if not found[0] < DARK < BRIGHT < found[1]:
        raise MissedError(f"black and white are mistaken: mean luma {found}")
    print(
        f"single- and multi-planar at once, by link: {len(dark)} and {len(bright)} frames in "
        f"{time.monotonic() - began_s:.1f} s, mean luma {found[0]} (black) and {found[1]} (white)"
    )
    for link in (LEFT, RIGHT):
        control(link, TEST_PATTERN, BARS)
    names: tuple[FormatName, ...] = ("nv12", "yuyv", "uyvy", "bgr24")
    seen = {f"{name} {kind}": await _colours_of(link, name)
            for kind, link in (("single-planar", LEFT), ("multi-planar", RIGHT))
            for name in names}  # fmt: skip
    seen["nv12 in two planes"] = colours(_in_two_planes())
    first = seen["nv12 single-planar"]
    for name, means in seen.items():
        if any(abs(one - other) > NEAR for one, other in zip(means, first, strict=True)):
            raise MissedError(f"{name}: means {means}, nv12 {first}")
    print(f"colour bars alike as {', '.join(seen)}")


async def _colours_of(link: str, name: FormatName) -> list[float]:
    frames, _ = await frames_of(camera(link, name), 2)
    return colours(frames[-1].pixels)


def _in_two_planes() -> Pixels:
    """A picture whose luma and colour lie in memory of their own."""
    with opened(LinuxKernel(), RIGHT) as device:
        wish = Wish(SIZE, FPS)
        wanted = int.from_bytes(b"NM12", "little")
        modes = modes_of(device.ioctl, device.queue, wish)
        mode = choose([one for one in modes if one.fourcc == wanted], wish).mode
        decoder = Decoder(device.set_mode(mode))
        with device.streaming():
            for _ in range(int(LIMIT_S)):
                for picture in device.pictures(1.0, newest=True):
                    return Fitter(SIZE).fit(decoder.decode(picture)[0])
    raise MissedError("NM12: no picture")


async def hdmi_walk() -> None:
    """A signal, none, another one; unstable, out of range; told each time, read again at last."""
    ask(HDMI, VIDIOC_S_INPUT, v4l2.INPUT_NUMBER.pack(HDMI_INPUT))
    send("640x480p")
    print(f"HDMI, input {HDMI_INPUT}: {await _read()}")
    took_ms, said = await told(lambda: control(HDMI, SIGNAL_MODE, NO_SIGNAL))
    print(f"signal lost: told after {took_ms:.0f} ms: {said}")
    for mode, word in ((NO_SIGNAL, "no signal"), (NO_LOCK, "unstable"), (OUT_OF_RANGE, "take")):
        control(HDMI, SIGNAL_MODE, mode)
        if word not in (refused := await _refused()):
            raise MissedError(f"opened at mode {mode}: {refused}")
    send("720x576p")
    print(f"refused without one, unstable, out of range; back as {await _read()}")
    took_ms, said = await told(lambda: send("640x480p"))
    if "changed: 640x480" not in said:
        raise MissedError(said)
    print(f"another signal: told after {took_ms:.0f} ms, then {await _read()}")
    content = ctypes.create_string_buffer(EDID_BLOCKS * BLOCK_BYTES)
    blocks = edid(v4l2.VIDIOC_G_EDID, EDID_BLOCKS, content)
    edid(VIDIOC_S_EDID, 0, content)
    if "no EDID (0 blocks)" not in (refused := await _refused()):
        raise MissedError(f"opened without display data: {refused}")
    print(f"its {blocks} blocks of EDID taken away: {refused}")
    edid(VIDIOC_S_EDID, blocks, content)
    print(f"given back: {await _read()}")


async def analog_walk() -> None:
    """S-Video: woven half pictures; a signal, none, of another standard; in words of its own."""
    ask(HDMI, VIDIOC_S_INPUT, v4l2.INPUT_NUMBER.pack(S_VIDEO_INPUT))
    _send_standard("PAL")
    if not _is_woven():
        raise MissedError("vivid's S-Video is not interlaced")
    print(f"S-Video, PAL, woven half pictures: {await _read()}")
    took_ms, said = await told(lambda: control(HDMI, STANDARD_MODE, NO_SIGNAL))
    if "no signal at its analog input S-Video" not in said or "HDMI" in said:
        raise MissedError(said)
    print(f"signal lost: told after {took_ms:.0f} ms: {said}; then {await _refused()}")
    _send_standard("PAL")
    took_ms, said = await told(lambda: _send_standard("NTSC"))
    if "changed: its analog input S-Video" not in said:
        raise MissedError(said)
    set_now = v4l2.STANDARD.unpack(ask(HDMI, v4l2.VIDIOC_G_STD, bytes(8)))[0]
    seen = await _read()
    after = v4l2.STANDARD.unpack(ask(HDMI, v4l2.VIDIOC_G_STD, bytes(8)))[0]
    if set_now == after or not after & v4l2.V4L2_STD_525_60:
        raise MissedError(f"the standard is {after:#x}, was {set_now:#x}")
    print(f"another standard: told after {took_ms:.0f} ms: {said}; then {seen}")


def _is_woven() -> bool:
    """Whether the driver says that its pictures are two in one."""
    with opened(LinuxKernel(), HDMI) as device:
        wish = Wish(SIZE, FPS)
        return device.set_mode(
            choose(modes_of(device.ioctl, device.queue, wish), wish).mode
        ).is_woven


def _send_standard(name: str) -> None:
    control(HDMI, STANDARD, STANDARDS[name])
    control(HDMI, STANDARD_MODE, SELECTED)


async def _read() -> str:
    """The mode that the doctor names, and that frames of it come."""
    _, choice = survey(V4l2Config(HDMI), size=SIZE, fps=FPS)
    frames, _ = await frames_of(camera(HDMI), COUNT)
    return f"{choice.mode}, {len(frames)} frames"


async def told(happens: Callable[[], None]) -> tuple[float, str]:
    """How long after something happened the driver has told of it, ms, and what."""
    since_s = 0.0
    try:
        async with asyncio.timeout(LIMIT_S), camera(HDMI) as source:
            async for _ in source:
                if not since_s:
                    since_s = time.monotonic()
                    await asyncio.to_thread(happens)
    except DeviceError as error:
        return (time.monotonic() - since_s) * 1000, str(error).partition(": ")[2]
    raise MissedError("nothing told")


async def _refused() -> str:
    try:
        await frames_of(camera(HDMI), 1)
    except DeviceError as error:
        return str(error)
    raise MissedError("opened without a signal")


WALKS: Final[dict[str, Callable[[], Awaitable[None]]]] = {
    "planes": planes_walk, "hdmi": hdmi_walk, "analog": analog_walk,
}  # fmt: skip


async def main(argv: Sequence[str]) -> int:
    """Take a walk; 0 when all holds."""
    try:
        await WALKS[argv[0]]()
    except (MissedError, DeviceError, TimeoutError) as error:
        print(f"FAIL: {type(error).__name__}: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
