"""A V4L2 camera that streams into a few mapped buffers; of those that wait the newest is read.

FFmpeg's own reader asks for 256 buffers, so that a late reader lags by a second for good, and waits
in the kernel without limit, so that a camera that stalls can never be opened again.
"""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass

import numpy as np

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl, Kernel, Mapped
from node.capture.v4l2_modes import Mode
from node.errors import DeviceError
from node.media import Pixels, Size

CAPTURE = v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE
POWER_LINE = {"off": 0, "50hz": 1, "60hz": 2}
"""The menu of V4L2_CID_POWER_LINE_FREQUENCY."""
BUFFERS = 4
"""The driver fills one while one is read; two more bridge a late reader."""

REASONS = {
    errno.EBUSY: "in use by another program (fuser -v tells which)",
    errno.EACCES: "no right to open it: the node's user must be in the group video",
    errno.ENOSPC: "no room on its USB bus: another camera takes it; use another socket",
    errno.ENODEV: "unplugged",
    errno.EIO: "does not answer: a bad cable or socket",
    errno.ENOTTY: "no video device",
}


@dataclass(frozen=True, slots=True)
class Format:
    """How a driver delivers after all: rows of `stride` bytes (0: coded), colours as it says."""

    mode: Mode
    stride: int
    is_bt709: bool
    is_full_range: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """What lay in a buffer: uint8 [bytes], and when it was taken (ns, CLOCK_MONOTONIC).

    `is_after_loss`: one or more before it were damaged, or found no buffer.
    """

    content: Pixels
    stamp_ns: int | None
    is_after_loss: bool = False


@dataclass(frozen=True, slots=True)
class _Filled:
    """A buffer as the driver gave it back."""

    index: int
    used: int
    stamp_ns: int | None
    is_damaged: bool
    is_after_loss: bool


def reason_of(error: OSError) -> str:
    """Why a camera does not work, with what to do about it where that is known."""
    known = REASONS.get(error.errno or 0)
    return known or (error.strerror or str(error)).lower()


@contextmanager
def opened(kernel: Kernel, path: str) -> Iterator["V4l2Device"]:
    """An open device; raises OSError, ENOTTY where it is none for video."""
    descriptor = kernel.open(path)
    try:
        kernel.ioctl(descriptor, v4l2.VIDIOC_QUERYCAP, bytearray(v4l2.CAPABILITY.size))
        yield V4l2Device(kernel, descriptor)
    finally:
        with suppress(OSError):
            kernel.close(descriptor)


class V4l2Device:
    """An open camera. Its calls raise OSError as the kernel does. Thread: one at a time."""

    def __init__(self, kernel: Kernel, descriptor: int) -> None:
        self._kernel = kernel
        self._descriptor = descriptor
        self._buffers: list[Mapped] = []
        self._sequence, self._has_lost = 0, False

    @property
    def ioctl(self) -> Ioctl:
        """Requests to it."""
        return lambda request, buffer: self._kernel.ioctl(self._descriptor, request, buffer)

    def set_mode(self, mode: Mode) -> Format:
        """Ask for a mode; raises `DeviceError` where the driver makes another of it."""
        asked = v4l2.CAMERA_FORMAT.pack(
            CAPTURE, mode.size.width, mode.size.height, mode.fourcc,
            0, 0, 0, 0, v4l2.V4L2_PIX_FMT_PRIV_MAGIC, 0, 0, 0, 0,
        )  # fmt: skip
        said = v4l2.CAMERA_FORMAT.unpack(self._answer(v4l2.VIDIOC_S_FMT, asked))
        _, width, height, fourcc, _, stride, _, colors, _, _, encoding, quantization, _ = said
        if (Size(width, height), fourcc) != (mode.size, mode.fourcc):
            name = fourcc.to_bytes(4, "little").decode("ascii", "replace")
            raise DeviceError(f"was asked for {mode} and sends {name} {width}x{height}")
        if mode.rate:
            per, seconds = mode.rate.numerator, mode.rate.denominator
            with suppress(OSError):  # a grabber goes by what is plugged into it
                self._answer(v4l2.VIDIOC_S_PARM, v4l2.STREAMPARM.pack(CAPTURE, 0, 0, seconds, per))
        return Format(
            mode,
            stride,
            is_bt709=encoding == v4l2.V4L2_YCBCR_ENC_709
            or (not encoding and colors == v4l2.V4L2_COLORSPACE_REC709),
            is_full_range=quantization == v4l2.V4L2_QUANTIZATION_FULL_RANGE
            or (not quantization and colors == v4l2.V4L2_COLORSPACE_JPEG),
        )

    def set_flicker(self, mains: str) -> None:
        """Keep the exposure in step with the mains; raises OSError where the camera cannot."""
        number, value = v4l2.V4L2_CID_POWER_LINE_FREQUENCY, POWER_LINE[mains]
        self._answer(v4l2.VIDIOC_S_CTRL, v4l2.CONTROL.pack(number, value))

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Has pictures come while the context lasts."""
        asked = v4l2.REQUESTBUFFERS.pack(BUFFERS, CAPTURE, v4l2.V4L2_MEMORY_MMAP, 0, 0)
        count = v4l2.REQUESTBUFFERS.unpack(self._answer(v4l2.VIDIOC_REQBUFS, asked))[0]
        kind = bytearray(v4l2.BUFFER_TYPE.pack(CAPTURE))
        with ExitStack() as mapped:
            self._buffers = [mapped.enter_context(closing(self._mapped(n))) for n in range(count)]
            for number in range(count):
                self._queue(number)
            self._sequence, self._has_lost = 0, False
            self.ioctl(v4l2.VIDIOC_STREAMON, kind)
            try:
                yield
            finally:
                with suppress(OSError):
                    self.ioctl(v4l2.VIDIOC_STREAMOFF, kind)

    def pictures(self, timeout_s: float, *, newest: bool) -> list[Picture]:
        """What has come, oldest first; with `newest` only the last of it.

        Empty when nothing came within the time, or only what the driver calls damaged.
        """
        if not self._kernel.wait(self._descriptor, timeout_s):
            return []
        filled: list[_Filled] = []
        for _ in range(2 * len(self._buffers)):  # not for ever where they are filled again at once
            one = self._dequeued()
            if one is None:
                break
            if one.is_damaged:
                self._queue(one.index)
                continue
            if newest and filled:
                self._queue(filled.pop().index)
            filled.append(one)
        return [self._taken(one) for one in filled]

    def _dequeued(self) -> "_Filled | None":
        """A buffer that the driver is done with; raises `DeviceError` for one that cannot be."""
        try:
            said = v4l2.BUFFER.unpack(self._answer(v4l2.VIDIOC_DQBUF, _buffer(0)))
        except BlockingIOError:
            return None
        index, _, used, flags, _, seconds, micros, sequence, *_ = said
        if index >= len(self._buffers) or used > len(self._buffers[index]):
            raise DeviceError(f"its driver tells of {used} bytes in buffer {index}")
        is_monotonic = flags & v4l2.V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
        stamp_ns = seconds * 1_000_000_000 + micros * 1000 if is_monotonic else None
        is_damaged = not used or bool(flags & v4l2.V4L2_BUF_FLAG_ERROR)
        is_after_loss = self._has_lost or sequence > self._sequence + 1
        self._has_lost, self._sequence = is_damaged, sequence
        return _Filled(index, used, stamp_ns, is_damaged, is_after_loss)

    def _taken(self, one: "_Filled") -> Picture:
        content = np.frombuffer(self._buffers[one.index], np.uint8, one.used).copy()
        self._queue(one.index)
        return Picture(content, one.stamp_ns, one.is_after_loss)

    def _queue(self, number: int) -> None:
        self._answer(v4l2.VIDIOC_QBUF, _buffer(number))

    def _mapped(self, number: int) -> Mapped:
        said = v4l2.BUFFER.unpack(self._answer(v4l2.VIDIOC_QUERYBUF, _buffer(number)))
        return self._kernel.map(self._descriptor, length=said[10], offset=said[9])

    def _answer(self, request: int, asked: bytes) -> bytes:
        buffer = bytearray(asked)
        self.ioctl(request, buffer)
        return bytes(buffer)


def _buffer(number: int) -> bytes:
    return v4l2.BUFFER.pack(number, CAPTURE, 0, 0, 0, 0, 0, 0, v4l2.V4L2_MEMORY_MMAP, 0, 0, 0)
