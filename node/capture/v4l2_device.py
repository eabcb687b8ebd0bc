"""A V4L2 camera that streams into a few mapped buffers; of those that wait the newest is read.

FFmpeg's own reader asks for 256 buffers, so that a late reader lags by a second for good, and waits
in the kernel without limit, so that a camera that stalls can never be opened again. The
structures are those of linux/videodev2.h on 64-bit machines.
"""

import errno
import fcntl
import mmap
import os
import select
import struct
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from node.board.videodev2 import (
    VIDIOC_DQBUF,
    VIDIOC_QBUF,
    VIDIOC_QUERYBUF,
    VIDIOC_QUERYCAP,
    VIDIOC_REQBUFS,
    VIDIOC_S_CTRL,
    VIDIOC_S_FMT,
    VIDIOC_S_PARM,
    VIDIOC_STREAMOFF,
    VIDIOC_STREAMON,
)
from node.capture.v4l2_modes import CAPTURE, Ioctl, Mode
from node.errors import DeviceError
from node.media import Pixels, Size

CAPABILITY_BYTES = 104
FORMAT = struct.Struct("=I4x12I152x")
"""v4l2_format with v4l2_pix_format: type; width, height, pixelformat, field, bytesperline,
sizeimage, colorspace, priv, flags, ycbcr_enc, quantization, xfer_func."""
STREAMPARM = struct.Struct("=IIIIIII176x")
"""type; capability, capturemode, timeperframe as a fraction, extendedmode, readbuffers."""
REQUESTBUFFERS = struct.Struct("=III8x")
BUFFER = struct.Struct("=IIIII4xqq16xIIQIIi4x")
"""index, type, bytesused, flags, field; seconds and microseconds; sequence, memory, offset, length,
reserved2, request_fd."""
CONTROL = struct.Struct("=Ii")
"""id, value."""
POWER_LINE_FREQUENCY = 0x0098_0918
POWER_LINE = {"off": 0, "50hz": 1, "60hz": 2}
"""V4L2_CID_POWER_LINE_FREQUENCY and its menu."""
MEMORY_MMAP = 1
FLAG_ERROR = 0x40
FLAG_MONOTONIC = 0x2000
PIX_FMT_PRIV_MAGIC = 0xFEED_CAFE
"""Says that the fields behind `priv` are meant."""
BUFFERS = 4
"""The driver fills one while one is read; two more bridge a late reader."""
REC709, JPEG_COLORS = 3, 7
ENCODING_709, FULL_RANGE = 2, 1

REASONS = {
    errno.EBUSY: "in use by another program (fuser -v tells which)",
    errno.EACCES: "no right to open it: the node's user must be in the group video",
    errno.ENOSPC: "no room on its USB bus: another camera takes it; use another socket",
    errno.ENODEV: "unplugged",
    errno.EIO: "does not answer: a bad cable or socket",
    errno.ENOTTY: "no video device",
}


class Kernel(Protocol):
    """What is asked of the operating system; every call may raise OSError."""

    def open(self, path: str) -> int:
        """A descriptor."""

    def ioctl(self, descriptor: int, request: int, buffer: bytearray) -> None:
        """A request, answered in place."""

    def map(self, descriptor: int, length: int, offset: int) -> AbstractContextManager[memoryview]:
        """A buffer of the driver's, readable while the context lasts."""

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        """Whether a picture lies there within the time."""

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""


class Linux:
    """The real one."""

    def open(self, path: str) -> int:
        """Without waiting: DQBUF answers EAGAIN where nothing lies there."""
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def ioctl(self, descriptor: int, request: int, buffer: bytearray) -> None:
        """In place."""
        fcntl.ioctl(descriptor, request, buffer)

    @contextmanager
    def map(self, descriptor: int, length: int, offset: int) -> Iterator[memoryview]:
        """Shared with the driver."""
        mapped = mmap.mmap(descriptor, length, mmap.MAP_SHARED, mmap.PROT_READ, offset=offset)
        with mapped, memoryview(mapped) as view:
            yield view

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        """Raises ENODEV for a device that is gone."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        events = poll.poll(round(timeout_s * 1000))
        if events and not events[0][1] & select.POLLIN:
            raise OSError(errno.ENODEV, "gone")
        return bool(events)

    def close(self, descriptor: int) -> None:
        """As it is."""
        os.close(descriptor)


@dataclass(frozen=True, slots=True)
class Format:
    """How a driver delivers after all: rows of `stride` bytes (0: coded), colours as it says."""

    mode: Mode
    stride: int
    is_bt709: bool
    is_full_range: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What lay in a buffer: uint8 [bytes], and when it was taken (ns, CLOCK_MONOTONIC)."""

    content: Pixels
    stamp_ns: int | None


def reason_of(error: OSError) -> str:
    """Why a camera does not work, with what to do about it where that is known."""
    known = REASONS.get(error.errno or 0)
    return known or (error.strerror or str(error)).lower()


@contextmanager
def opened(kernel: Kernel, path: str) -> Iterator["V4l2Device"]:
    """An open device; raises OSError, ENOTTY where it is none for video."""
    descriptor = kernel.open(path)
    try:
        kernel.ioctl(descriptor, VIDIOC_QUERYCAP, bytearray(CAPABILITY_BYTES))
        yield V4l2Device(kernel, descriptor)
    finally:
        with suppress(OSError):
            kernel.close(descriptor)


class V4l2Device:
    """An open camera. Its calls raise OSError as the kernel does. Thread: one at a time."""

    def __init__(self, kernel: Kernel, descriptor: int) -> None:
        self._kernel = kernel
        self._descriptor = descriptor
        self._buffers: list[memoryview] = []

    @property
    def ioctl(self) -> Ioctl:
        """Requests to it."""
        return lambda request, buffer: self._kernel.ioctl(self._descriptor, request, buffer)

    def set_mode(self, mode: Mode) -> Format:
        """Ask for a mode; raises `DeviceError` where the driver makes another of it."""
        asked = FORMAT.pack(
            CAPTURE, mode.size.width, mode.size.height, mode.fourcc,
            0, 0, 0, 0, PIX_FMT_PRIV_MAGIC, 0, 0, 0, 0,
        )  # fmt: skip
        said = FORMAT.unpack(self._answer(VIDIOC_S_FMT, asked))
        _, width, height, fourcc, _, stride, _, colors, _, _, encoding, quantization, _ = said
        if (Size(width, height), fourcc) != (mode.size, mode.fourcc):
            name = fourcc.to_bytes(4, "little").decode("ascii", "replace")
            raise DeviceError(f"was asked for {mode} and sends {name} {width}x{height}")
        if mode.rate:
            per, seconds = mode.rate.numerator, mode.rate.denominator
            with suppress(OSError):  # a grabber goes by what is plugged into it
                self._answer(VIDIOC_S_PARM, STREAMPARM.pack(CAPTURE, 0, 0, seconds, per, 0, 0))
        return Format(
            mode,
            stride,
            is_bt709=encoding == ENCODING_709 or (encoding == 0 and colors == REC709),
            is_full_range=quantization == FULL_RANGE
            or (not quantization and colors == JPEG_COLORS),
        )

    def set_flicker(self, mains: str) -> None:
        """Keep the exposure in step with the mains; raises OSError where the camera cannot."""
        self._answer(VIDIOC_S_CTRL, CONTROL.pack(POWER_LINE_FREQUENCY, POWER_LINE[mains]))

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Has pictures come while the context lasts."""
        asked = REQUESTBUFFERS.pack(BUFFERS, CAPTURE, MEMORY_MMAP)
        count = REQUESTBUFFERS.unpack(self._answer(VIDIOC_REQBUFS, asked))[0]
        kind = bytearray(CAPTURE.to_bytes(4, "little"))
        with ExitStack() as mapped:
            self._buffers = [mapped.enter_context(self._mapped(n)) for n in range(count)]
            for number in range(count):
                self._answer(VIDIOC_QBUF, _buffer(number))
            self.ioctl(VIDIOC_STREAMON, kind)
            try:
                yield
            finally:
                with suppress(OSError):
                    self.ioctl(VIDIOC_STREAMOFF, kind)

    def pictures(self, timeout_s: float, *, newest: bool) -> list[Picture]:
        """What has come, oldest first; with `newest` only the last of it.

        Empty when nothing came within the time, or only what the driver calls damaged.
        """
        if not self._kernel.wait(self._descriptor, timeout_s):
            return []
        filled: list[tuple[int, ...]] = []
        pictures: list[Picture] = []
        while (one := self._dequeued()) is not None:
            if newest and filled:
                self._answer(VIDIOC_QBUF, _buffer(filled.pop()[0]))
            filled.append(one)
        for one in filled:
            index, _, used, flags, _, seconds, micros, *_ = one
            if used and not flags & FLAG_ERROR:
                content = np.frombuffer(self._buffers[index], np.uint8, used).copy()
                stamp_ns = seconds * 1_000_000_000 + micros * 1000
                pictures.append(Picture(content, stamp_ns if flags & FLAG_MONOTONIC else None))
            self._answer(VIDIOC_QBUF, _buffer(index))
        return pictures

    def _dequeued(self) -> tuple[int, ...] | None:
        try:
            return BUFFER.unpack(self._answer(VIDIOC_DQBUF, _buffer(0)))
        except BlockingIOError:
            return None

    @contextmanager
    def _mapped(self, number: int) -> Iterator[memoryview]:
        said = BUFFER.unpack(self._answer(VIDIOC_QUERYBUF, _buffer(number)))
        with self._kernel.map(self._descriptor, length=said[10], offset=said[9]) as view:
            yield view

    def _answer(self, request: int, asked: bytes) -> bytes:
        buffer = bytearray(asked)
        self.ioctl(request, buffer)
        return bytes(buffer)


def _buffer(number: int) -> bytes:
    return BUFFER.pack(number, CAPTURE, 0, 0, 0, 0, 0, 0, MEMORY_MMAP, 0, 0, 0, 0)
