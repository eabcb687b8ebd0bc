"""A V4L2 camera that streams into a few mapped buffers; of those that wait the newest is read.

FFmpeg's own reader asks for 256 buffers, so that a late reader lags by a second for good, and waits
in the kernel without limit, so that a camera that stalls can never be opened again.
"""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl, Kernel, Mapped, request_buffers
from node.capture import v4l2_source
from node.capture.v4l2_modes import RAW, Mode
from node.capture.v4l2_queue import CaptureBuffer, Layout, format_of, kind_of, read_format
from node.errors import DeviceError
from node.media import Pixels

POWER_LINE = {"off": 0, "50hz": 1, "60hz": 2}
"""The menu of V4L2_CID_POWER_LINE_FREQUENCY."""
ENCODINGS_709 = (v4l2.V4L2_YCBCR_ENC_709, v4l2.V4L2_YCBCR_ENC_XV709)
BUFFERS = 4
"""The driver fills one while one is read; two more bridge a late reader."""

REASONS = {
    errno.EBUSY: "in use by another program (fuser -v tells which)",
    errno.EACCES: "no right to open it: the node's user must be in the group video",
    errno.ENOSPC: "no room on its USB bus: another camera takes it; use another socket",
    errno.ENODEV: "unplugged",
    errno.EIO: "does not answer: a bad cable or socket",
    errno.ENOTTY: "no video device",
    # What follows is told when it is asked to stream, or while it does.
    errno.ENOLINK: "nothing comes in: no signal, or a pipeline whose links are not set (media-ctl)",
    errno.EPIPE: "its pipeline does not fit together: formats along it differ (media-ctl), "
    "or its driver has ended the stream",
}
WOVEN = (
    v4l2.V4L2_FIELD_INTERLACED,
    v4l2.V4L2_FIELD_INTERLACED_TB,
    v4l2.V4L2_FIELD_INTERLACED_BT,
)
"""Both half pictures line by line in one (the kernel's "Field Order")."""
APART = {
    v4l2.V4L2_FIELD_SEQ_TB: "one below the other (V4L2_FIELD_SEQ_TB)",
    v4l2.V4L2_FIELD_SEQ_BT: "one below the other (V4L2_FIELD_SEQ_BT)",
    v4l2.V4L2_FIELD_ALTERNATE: "one after the other (V4L2_FIELD_ALTERNATE)",
}
"""Half pictures that nothing here puts together."""


@dataclass(frozen=True, slots=True)
class Format:
    """How a driver delivers after all: rows of `stride` bytes (0: coded), colours as it says.

    `is_full_range` is None where it is what the format means by itself (limited of YUV, full of
    RGB); `is_woven`: two half pictures, of different moments, lie in one line by line.
    """

    mode: Mode
    stride: int
    is_bt709: bool
    is_full_range: bool | None
    is_woven: bool = False

    @property
    def sample_aspect(self) -> Fraction:
        """Of what is decoded: of woven pictures every second row is left out."""
        return Fraction(1, 2) if self.is_woven else Fraction(1)


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
    used: list[tuple[int, int]]
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
        capabilities = bytearray(v4l2.CAPABILITY.size)
        kernel.ioctl(descriptor, v4l2.VIDIOC_QUERYCAP, capabilities)
        yield V4l2Device(kernel, descriptor, kind_of(capabilities))
    finally:
        with suppress(OSError):
            kernel.close(descriptor)


class V4l2Device:
    """An open camera. Its calls raise OSError as the kernel does. Thread: one at a time."""

    def __init__(self, kernel: Kernel, descriptor: int, queue: int) -> None:
        self._kernel = kernel
        self._descriptor = descriptor
        self.queue = queue
        self._planes, self._luma_bytes = 1, 0
        self._buffers: list[list[Mapped]] = []
        self._sequence, self._has_lost = 0, False
        self._is_watched = False

    @property
    def ioctl(self) -> Ioctl:
        """Requests to it."""
        return lambda request, buffer: self._kernel.ioctl(self._descriptor, request, buffer)

    def watch_source(self) -> None:
        """Have the driver tell when another source comes in, where it is one that can."""
        self._is_watched = v4l2_source.watch(self.ioctl)

    def has_new_source(self) -> bool:
        """Whether it has told so since this was last asked."""
        return self._is_watched and v4l2_source.has_changed(self.ioctl)

    def set_mode(self, mode: Mode) -> Format:
        """Ask for a mode; raises `DeviceError` where the driver makes another of it."""
        said = self._answer(v4l2.VIDIOC_S_FMT, format_of(self.queue, mode.size, mode.fourcc))
        layout = read_format(self.queue, said)
        if (layout.size, layout.fourcc) != (mode.size, mode.fourcc):
            name = layout.fourcc.to_bytes(4, "little").decode("ascii", "replace")
            raise DeviceError(f"was asked for {mode} and sends {name} {layout.size}")
        if layout.field in APART:
            raise DeviceError(f"delivers half pictures, {APART[layout.field]}")
        if len(set(layout.strides)) > 1:
            rows = " and ".join(str(stride) for stride in layout.strides)
            raise DeviceError(f"its planes have rows of {rows} bytes")
        self._planes = len(layout.strides)
        self._luma_bytes = max(layout.strides[0], layout.size.width) * layout.size.height
        if mode.rate:
            per, seconds = mode.rate.numerator, mode.rate.denominator
            with suppress(OSError):  # a grabber goes by what is plugged into it
                self._answer(
                    v4l2.VIDIOC_S_PARM, v4l2.STREAMPARM.pack(self.queue, 0, 0, seconds, per)
                )
        return _format(mode, layout)

    def set_flicker(self, mains: str) -> None:
        """Keep the exposure in step with the mains; raises OSError where the camera cannot."""
        number, value = v4l2.V4L2_CID_POWER_LINE_FREQUENCY, POWER_LINE[mains]
        self._answer(v4l2.VIDIOC_S_CTRL, v4l2.CONTROL.pack(number, value))

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Has pictures come while the context lasts."""
        count = request_buffers(self.ioctl, self.queue, BUFFERS)
        with ExitStack() as mapped:
            self._buffers = [self._mapped(number, mapped) for number in range(count)]
            self._begin()
            try:
                yield
            finally:
                with suppress(OSError):
                    self._switch(v4l2.VIDIOC_STREAMOFF)

    def restart(self) -> None:
        """Stop and begin again with the same buffers, within `streaming`.

        Many devices need that after a break in their signal, even if the same one is back (the
        kernel's V4L2_EVENT_SRC_CH_RESOLUTION).
        """
        self._switch(v4l2.VIDIOC_STREAMOFF)  # which takes every buffer from the driver
        self._begin()
        self._has_lost = True

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
        buffer = self._buffer()
        try:
            buffer.ask(self.ioctl, v4l2.VIDIOC_DQBUF)
        except BlockingIOError:
            return None
        index, _, _, flags, _, seconds, micros, sequence, *_ = v4l2.BUFFER.unpack(buffer.raw)
        for number, (start, end) in enumerate(buffer.used):
            if index >= len(self._buffers) or max(start, end) > len(self._buffers[index][number]):
                raise DeviceError(f"its driver tells of {end} bytes in buffer {index}")
        is_monotonic = flags & v4l2.V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
        stamp_ns = seconds * 1_000_000_000 + micros * 1000 if is_monotonic else None
        is_empty = any(end <= start for start, end in buffer.used)
        is_damaged = is_empty or bool(flags & v4l2.V4L2_BUF_FLAG_ERROR)
        is_after_loss = self._has_lost or sequence > self._sequence + 1
        self._has_lost, self._sequence = is_damaged, sequence
        return _Filled(index, buffer.used, stamp_ns, is_damaged, is_after_loss)

    def _taken(self, one: "_Filled") -> Picture:
        maps = self._buffers[one.index]
        planes = [
            np.frombuffer(memory, np.uint8, end - start, start)
            for memory, (start, end) in zip(maps, one.used, strict=True)
        ]
        content = planes[0].copy() if len(planes) == 1 else self._joined(planes)
        del planes  # memory that is looked at cannot be unmapped
        self._queue(one.index)
        return Picture(content, one.stamp_ns, one.is_after_loss)

    def _joined(self, planes: list[Pixels]) -> Pixels:
        """Planes one below the other, as where they are one; nothing where the first is short."""
        if planes[0].size < self._luma_bytes:
            return np.empty(0, np.uint8)
        return np.concatenate([planes[0][: self._luma_bytes], *planes[1:]])

    def _begin(self) -> None:
        for number in range(len(self._buffers)):
            self._queue(number)
        self._sequence, self._has_lost = 0, False
        self._switch(v4l2.VIDIOC_STREAMON)

    def _switch(self, request: int) -> None:
        self.ioctl(request, bytearray(v4l2.BUFFER_TYPE.pack(self.queue)))

    def _queue(self, number: int) -> None:
        self._buffer(number).ask(self.ioctl, v4l2.VIDIOC_QBUF)

    def _mapped(self, number: int, until: ExitStack) -> list[Mapped]:
        buffer = self._buffer(number)
        buffer.ask(self.ioctl, v4l2.VIDIOC_QUERYBUF)
        return [
            until.enter_context(closing(self._kernel.map(self._descriptor, length, offset)))
            for length, offset in buffer.places
        ]

    def _buffer(self, number: int = 0) -> CaptureBuffer:
        return CaptureBuffer(self.queue, self._planes, number)

    def _answer(self, request: int, asked: bytes | bytearray) -> bytes:
        buffer = bytearray(asked)
        self.ioctl(request, buffer)
        return bytes(buffer)


def _format(mode: Mode, layout: Layout) -> Format:
    colors, encoding, quantization = layout.colors, layout.encoding, layout.quantization
    is_named_709 = not encoding and colors == v4l2.V4L2_COLORSPACE_REC709
    is_full_range = {
        v4l2.V4L2_QUANTIZATION_FULL_RANGE: True, v4l2.V4L2_QUANTIZATION_LIM_RANGE: False,
    }.get(quantization)  # fmt: skip
    if is_full_range is None and colors == v4l2.V4L2_COLORSPACE_JPEG:
        is_full_range = True
    return Format(
        mode,
        layout.strides[0],
        is_bt709=is_named_709 or encoding in ENCODINGS_709,
        is_full_range=is_full_range,
        is_woven=layout.field in WOVEN and _can_be_halved(mode),
    )


def _can_be_halved(mode: Mode) -> bool:
    """Whether half of its rows are a picture: NV12 has a row of colour for each two."""
    return mode.format in RAW and not mode.size.height % (4 if mode.format == "nv12" else 2)
