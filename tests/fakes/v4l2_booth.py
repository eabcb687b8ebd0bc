"""A booth with a simulated V4L2 camera: its pictures, its kernel, the node's driver on it."""

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext

from node.board.devices import VideoDevice
from node.capture.source import FrameSource
from node.capture.threaded import ThreadedCamera
from node.capture.v4l2 import v4l2_camera
from node.capture.v4l2_device import V4l2Device
from node.capture.v4l2_modes import Mode, Wish, choose, modes_of
from node.config_camera import V4l2Config
from node.media import Frame, Size, planes
from tests.fakes.fake_v4l2 import YUYV, FakeV4l2

SIZE: Final = Size(320, 180)
THIRTY: Final = (Fraction(30),)
CAMERA: Final = VideoDevice("/dev/video2", "HD Pro Webcam C920", is_camera=True, is_coder=False)
CODER: Final = VideoDevice("/dev/video11", "bcm2835-codec", is_camera=False, is_coder=True)


def yuyv(number: int, size: Size = SIZE, padding: int = 0) -> bytes:
    """A grey picture, brighter from one to the next."""
    rows = np.full((size.height, 2 * size.width + padding), 128, np.uint8)
    rows[:, : 2 * size.width : 2] = 40 + number % 100
    return rows.tobytes()


def uyvy(number: int, size: Size = SIZE, padding: int = 0) -> bytes:
    """The same, colour first."""
    rows = np.full((size.height, 2 * size.width + padding), 128, np.uint8)
    rows[:, 1 : 2 * size.width : 2] = 40 + number % 100
    return rows.tobytes()


def nv12(number: int, size: Size = SIZE, padding: int = 0) -> bytes:
    """A picture of one colour, brighter from one to the next."""
    rows = np.full((size.height * 3 // 2, size.width + padding), 100, np.uint8)
    rows[: size.height] = 40 + number % 100
    rows[size.height :, 1 : size.width : 2] = 150
    return rows.tobytes()


def bgr24(number: int, size: Size = SIZE, padding: int = 0) -> bytes:
    """A grey picture, brighter from one to the next."""
    grey = 40 + number % 100
    return np.full((size.height, 3 * size.width + padding), grey, np.uint8).tobytes()


def coded(name: str, count: int = 60) -> list[bytes]:
    """So many coded pictures, each grey a step brighter."""
    coder = _coder({"mjpeg": "mjpeg", "h264": "libx264"}[name], SIZE)
    coder.pix_fmt = "yuvj422p" if name == "mjpeg" else "yuv420p"
    coder.options = {"tune": "zerolatency"} if name == "h264" else {}
    pictures = []
    for number in range(count):
        grey = np.full((SIZE.height, SIZE.width), 40 + number, np.uint8)
        frame = av.VideoFrame.from_ndarray(grey, "gray").reformat(format=coder.pix_fmt)
        frame.pts = number
        pictures += [bytes(packet) for packet in coder.encode(frame)]
    return pictures


def jpeg(size: Size = SIZE, grey: int = 100) -> bytes:
    """A JPEG with a picture's texture and the standard's own Huffman tables, as cameras send it."""
    coder = _coder("mjpeg", size)
    coder.pix_fmt, coder.options = "yuvj422p", {"huffman": "default"}
    noise = np.random.default_rng(1).integers(0, 40, (size.height, size.width))
    frame = av.VideoFrame.from_ndarray((grey + noise).astype(np.uint8), "gray")
    frame = frame.reformat(format="yuvj422p")
    frame.pts = 0
    (packet,) = [*coder.encode(frame), *coder.encode(None)]
    return bytes(packet)


def kernel_of(
    fourcc: int = YUYV, content: Callable[[int], bytes] = yuyv, size: Size = SIZE, **others: object
) -> FakeV4l2:
    """A kernel whose camera has one format; `others` are fields of `FakeV4l2`."""
    kernel = FakeV4l2([(fourcc, size.width, size.height, THIRTY)], content)
    for name, value in others.items():
        setattr(kernel, name, value)
    return kernel


def camera_of(kernel: FakeV4l2, cfg: V4l2Config | None = None, size: Size = SIZE) -> ThreadedCamera:
    """The node's driver on it."""
    return v4l2_camera(
        cfg or V4l2Config(), size=size, fps=30, kernel=kernel, devices=lambda: (CODER, CAMERA)
    )


def mode_of(camera: V4l2Device) -> Mode:
    """What the node takes of it."""
    wish = Wish(SIZE, 30)
    return choose(modes_of(camera.ioctl, camera.queue, wish), wish).mode


async def frames_of(camera: FrameSource, count: int = 3) -> Sequence[Frame]:
    """The first frames; the camera is closed after them."""
    frames: list[Frame] = []
    async with camera as opened:
        async for frame in opened:
            frames.append(frame)
            if len(frames) == count:
                break
    return frames


def grey_of(frame: Frame) -> float:
    """Its mean luma."""
    return float(planes(frame.pixels)[0].mean())


def _coder(name: str, size: Size) -> VideoCodecContext:
    coder = av.CodecContext.create(name, "w")
    assert isinstance(coder, VideoCodecContext)
    coder.width, coder.height, coder.time_base = size.width, size.height, Fraction(1, 30)
    return coder
