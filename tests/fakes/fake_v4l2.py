"""A kernel with one V4L2 camera: answers the driver's requests as linux/videodev2.h has them."""

import ctypes
import errno
import mmap
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

from node.board import videodev2
from tests.fakes.driver_memory import DriverMemory

T = TypeVar("T")
YUYV, UYVY, BGR3, MJPG, NV12, NM12, H264 = (
    int.from_bytes(one, "little")
    for one in (b"YUYV", b"UYVY", b"BGR3", b"MJPG", b"NV12", b"NM12", b"H264")
)
BUFFER_BYTES = 1_000_000
OFFSET_BYTES = 128
"""Before the pixels of a plane, as drivers of the multi-planar kind may have it."""
SINGLE, PLANAR = 1, 9


def hdmi(width: int, height: int, fps: int, *, is_interlaced: bool = False) -> bytes:
    """Timings of a source, with 100 dots of blanking a line and 10 lines a picture."""
    clock_hz = (width + 100) * (height + 10) * fps
    return videodev2.DV_TIMINGS.pack(
        0, width, height, is_interlaced, 0, clock_hz, 60, 30, 10, 5, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0
    )


@dataclass
class FakeInput:
    """One input: its capabilities and standards (V4L2_IN_CAP_*, V4L2_STD_*), and how it stands."""

    name: str
    capabilities: int = 0
    standards: int = 0
    status: int = 0


@dataclass
class FakeV4l2:
    """Satisfies `Kernel`.

    `offers` are fourcc, width, height and rates; `content` makes the bytes of a picture by its
    number. A picture comes each `period_s`, or, without one, when a test calls `step`. `planes`
    are those of a multi-planar device, 0 for one of the other kind. `signal` are the timings of
    what comes in at an HDMI input, or why there are none (errno); None is no such input. `inputs`
    are those of the device (none: its driver knows of none), `chosen` is read; `standard` is what
    an analog one detects, `edid` the number of its blocks. `memories` are what REQBUFS takes.
    """

    offers: Sequence[tuple[int, int, int, Sequence[Fraction]]]
    content: Callable[[int], bytes]
    period_s: float | None = 0.004
    padding: int = 0
    sends: tuple[int, int, int] | None = None
    colors: int = 0
    flags: int = videodev2.V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC
    errors: dict[int, int] = field(default_factory=dict)
    open_error: int = 0
    planes: int = 0
    strides: tuple[int, ...] = ()
    signal: bytes | int | None = None
    inputs: list[FakeInput] = field(default_factory=list)
    chosen: int = 0
    standard: int | None = None
    edid: int | None = None
    memories: tuple[int, ...] = (videodev2.V4L2_MEMORY_MMAP,)
    capabilities: int = videodev2.V4L2_CAP_STREAMING
    fields: int = 1
    quantization: int = 0

    def __post_init__(self) -> None:
        self.stamp_us: Callable[[int], int] = lambda _: time.monotonic_ns() // 1000
        self.is_plugged = True
        self.is_stalled = False
        self.opened = self.closed = 0
        self.asked: list[tuple[int, ...]] = []
        self.rate: Fraction | None = None
        self.controls: list[tuple[int, ...]] = []
        self.is_streaming = False
        self.taken: list[bytes] = []
        self.news = 0
        self.watched: int | None = None
        self.standard_set = 0
        self.starts = 0
        self._memory = DriverMemory()
        self._buffers: list[list[tuple[int, int]]] = []
        self._luma_bytes = 0
        self._free: deque[int] = deque()
        self._filled: deque[tuple[int, int, int, int]] = deque()
        self._count = 0
        self._changed = threading.Condition()

    def step(self, pictures: int = 1) -> None:
        """Have so many pictures come at once; what finds no buffer is lost, as in the kernel."""
        with self._changed:
            for _ in range(pictures):
                self._fill()
            self._changed.notify_all()

    def send(self, signal: "bytes | int") -> None:
        """The source sends something else, or nothing any more, and the driver tells of it."""
        self.signal = signal
        self.news += 1

    def lose(self, status: int, *, is_told: bool = True) -> None:
        """The chosen input's signal goes; a driver may tell of it, or only answer."""
        self.inputs[self.chosen].status = status
        self.news += is_told

    def unplug(self) -> None:
        """As pulling its plug."""
        with self._changed:
            self.is_plugged = False
            self._changed.notify_all()

    def plug(self) -> None:
        """As putting it in again."""
        self.is_plugged = True

    def paths(self) -> tuple[str, ...]:
        return ("/dev/video2",)

    def open(self, path: str) -> int:
        del path
        self._check(self.open_error)
        if self.opened > self.closed:
            raise OSError(errno.EBUSY, "busy")
        self.opened += 1
        return 7

    def close(self, descriptor: int) -> None:
        assert descriptor == 7
        self.closed += 1
        self._release()

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        assert descriptor == 7
        with self._changed:
            self._check(0)
            if self.period_s is not None and not self.is_stalled:
                self._changed.wait(self.period_s)
                self._fill()
            elif not self._filled:
                self._changed.wait(timeout_s)
            self._check(0)
            return bool(self._filled)

    def map(self, descriptor: int, length: int, offset: int) -> mmap.mmap:
        assert descriptor == 7
        return self._memory.map(length, offset)

    def ioctl(self, descriptor: int, request: int, buffer: bytearray) -> None:
        assert descriptor == 7
        self._check(self.errors.get(request, 0))
        answers: dict[int, Callable[[bytearray], None]] = {
            videodev2.VIDIOC_QUERYCAP: self._tell_capability,
            videodev2.VIDIOC_QUERY_DV_TIMINGS: self._tell_signal,
            videodev2.VIDIOC_S_DV_TIMINGS: lambda said: self.taken.append(bytes(said)),
            videodev2.VIDIOC_SUBSCRIBE_EVENT: self._subscribe,
            videodev2.VIDIOC_DQEVENT: self._take_event,
            videodev2.VIDIOC_G_INPUT: self._tell_chosen,
            videodev2.VIDIOC_ENUMINPUT: self._tell_input,
            videodev2.VIDIOC_G_EDID: self._tell_edid,
            videodev2.VIDIOC_QUERYSTD: self._tell_standard,
            videodev2.VIDIOC_G_STD: lambda said: self._write_standard(said, self.standard_set),
            videodev2.VIDIOC_S_STD: self._set_standard,
            videodev2.VIDIOC_G_FMT: self._tell_format,
            videodev2.VIDIOC_ENUM_FMT: self._enum_format,
            videodev2.VIDIOC_ENUM_FRAMESIZES: self._enum_size,
            videodev2.VIDIOC_ENUM_FRAMEINTERVALS: self._enum_rate,
            videodev2.VIDIOC_S_FMT: self._set_format,
            videodev2.VIDIOC_S_PARM: self._set_rate,
            videodev2.VIDIOC_S_CTRL: self._set_control,
            videodev2.VIDIOC_REQBUFS: self._request_buffers,
            videodev2.VIDIOC_QUERYBUF: self._query,
            videodev2.VIDIOC_QBUF: self._queue,
            videodev2.VIDIOC_DQBUF: self._dequeue,
            videodev2.VIDIOC_STREAMON: lambda _: self._stream(is_on=True),
            videodev2.VIDIOC_STREAMOFF: lambda _: self._stream(is_on=False),
        }
        answers[request](buffer)

    def _check(self, error: int) -> None:
        if not self.is_plugged:
            raise OSError(errno.ENODEV, "no such device")
        if error:
            raise OSError(error, errno.errorcode[error])

    def _tell_capability(self, buffer: bytearray) -> None:
        bits = (0x1000 if self.planes else 0x1) | self.capabilities
        buffer[:] = videodev2.CAPABILITY.pack(b"fake", b"a camera", b"", 0, bits | 1 << 31, bits)

    def _tell_signal(self, buffer: bytearray) -> None:
        if not isinstance(self.signal, bytes):
            raise OSError(self.signal or errno.ENOTTY, "no timings")
        buffer[:] = self.signal

    def _subscribe(self, buffer: bytearray) -> None:
        kind, self.watched, _ = videodev2.EVENT_SUBSCRIPTION.unpack(buffer)
        assert kind == videodev2.V4L2_EVENT_SOURCE_CHANGE

    def _take_event(self, buffer: bytearray) -> None:
        if self.watched != self.chosen or not self.news:  # of other inputs nothing is told
            raise OSError(errno.ENOENT, "no event")
        self.news -= 1
        buffer[:] = videodev2.EVENT.pack(videodev2.V4L2_EVENT_SOURCE_CHANGE)

    def _tell_chosen(self, buffer: bytearray) -> None:
        if not self.inputs:
            raise OSError(errno.ENOTTY, "no inputs")
        buffer[:] = videodev2.INPUT_NUMBER.pack(self.chosen)

    def _tell_input(self, buffer: bytearray) -> None:
        number, *_ = videodev2.INPUT.unpack(buffer)
        one = self._nth(self.inputs, number)
        buffer[:] = videodev2.INPUT.pack(
            number, one.name.encode(), 2, 0, 0, one.standards, one.status, one.capabilities
        )

    def _tell_edid(self, buffer: bytearray) -> None:
        number, start, blocks, place = videodev2.EDID.unpack(buffer)
        assert (number, start, blocks, place) == (self.chosen, 0, 0, 0)
        if self.edid is None:
            raise OSError(errno.ENOTTY, "no EDID")
        buffer[:] = videodev2.EDID.pack(number, 0, self.edid, 0)

    def _tell_standard(self, buffer: bytearray) -> None:
        if self.standard is None:
            raise OSError(errno.ENOTTY, "no standards")
        if self.is_streaming:
            raise OSError(errno.EBUSY, "streams")
        self._write_standard(buffer, self.standard)

    def _write_standard(self, buffer: bytearray, standard: int) -> None:
        buffer[:] = videodev2.STANDARD.pack(standard)

    def _set_standard(self, buffer: bytearray) -> None:
        (self.standard_set,) = videodev2.STANDARD.unpack(buffer)

    def _tell_format(self, buffer: bytearray) -> None:
        """The first of what it offers is set."""
        queue, *_ = videodev2.CAMERA_FORMAT.unpack(buffer)
        assert queue == self._queue_type
        fourcc, width, height, _ = self.offers[0]
        buffer[:] = videodev2.CAMERA_FORMAT.pack(queue, width, height, fourcc, *(0,) * 9)

    @property
    def _queue_type(self) -> int:
        return PLANAR if self.planes else SINGLE

    def _enum_format(self, buffer: bytearray) -> None:
        number, queue, *_ = videodev2.FMTDESC.unpack(buffer)
        assert queue == self._queue_type
        fourcc = self._nth(list(dict.fromkeys(one[0] for one in self.offers)), number)
        buffer[:] = videodev2.FMTDESC.pack(number, 1, 0, b"a format", fourcc, 0)

    def _enum_size(self, buffer: bytearray) -> None:
        number, fourcc, *_ = videodev2.FRMSIZEENUM.unpack(buffer)
        sizes = [one[1:3] for one in self.offers if one[0] == fourcc]
        width, height = self._nth(sizes, number)
        buffer[:] = videodev2.FRMSIZEENUM.pack(number, fourcc, 1, width, height, 0, 0, 0, 0)

    def _enum_rate(self, buffer: bytearray) -> None:
        number, fourcc, width, height, *_ = videodev2.FRMIVALENUM.unpack(buffer)
        rates = next(one[3] for one in self.offers if one[:3] == (fourcc, width, height))
        rate = self._nth(list(rates), number)
        seconds, per = rate.denominator, rate.numerator
        buffer[:] = videodev2.FRMIVALENUM.pack(
            number, fourcc, width, height, 1, seconds, per, *(0,) * 4
        )

    def _nth(self, values: "list[T]", number: int) -> "T":
        if number >= len(values):
            raise OSError(errno.EINVAL, "no more")
        return values[number]

    def _set_format(self, buffer: bytearray) -> None:
        queue, width, height, fourcc, *_ = videodev2.CAMERA_FORMAT.unpack(buffer)
        assert queue == self._queue_type
        self.asked.append((fourcc, width, height))
        fourcc, width, height = self.sends or (fourcc, width, height)
        row = {YUYV: 2, UYVY: 2, BGR3: 3, NV12: 1, NM12: 1}.get(fourcc, 0) * width
        stride = row + self.padding if row else 0
        self._luma_bytes = stride * height
        if self.planes:
            first, second = self.strides or (stride, stride)
            buffer[:] = videodev2.CAMERA_FORMAT_MPLANE.pack(
                queue, width, height, fourcc, self.fields, self.colors, BUFFER_BYTES, first,
                BUFFER_BYTES, second, self.planes, 0, 0, self.quantization, 0,
            )  # fmt: skip
        else:
            buffer[:] = videodev2.CAMERA_FORMAT.pack(
                queue, width, height, fourcc, self.fields, stride, BUFFER_BYTES, self.colors, 0, 0,
                0, self.quantization, 0,
            )  # fmt: skip

    def _set_rate(self, buffer: bytearray) -> None:
        queue, _, _, seconds, per = videodev2.STREAMPARM.unpack(buffer)
        assert queue == self._queue_type
        self.rate = Fraction(per, seconds)

    def _set_control(self, buffer: bytearray) -> None:
        self.controls.append(videodev2.CONTROL.unpack(buffer))

    def _request_buffers(self, buffer: bytearray) -> None:
        count, kind, memory, *_ = videodev2.REQUESTBUFFERS.unpack(buffer)
        assert kind == self._queue_type
        if memory not in self.memories:
            raise OSError(errno.EINVAL, "no such memory")
        self._release()
        self._buffers = [
            [self._memory.make(BUFFER_BYTES) for _ in range(self.planes or 1)] for _ in range(count)
        ]

    def _query(self, buffer: bytearray) -> None:
        fields = list(videodev2.BUFFER.unpack(buffer))
        places = self._buffers[fields[0]]
        if self.planes:
            self._tell_planes(fields, [(0, length, offset, 0) for offset, length in places])
        else:
            fields[9:11] = places[0]
            buffer[:] = videodev2.BUFFER.pack(*fields)

    def _tell_planes(self, fields: Sequence[int], planes: Sequence[tuple[int, ...]]) -> None:
        """Write v4l2_planes where the request's v4l2_buffer says that they lie."""
        assert fields[1] == PLANAR
        assert fields[10] == self.planes
        packed = b"".join(videodev2.PLANE.pack(*one) for one in planes)
        ctypes.memmove(fields[9], packed, len(packed))

    def _queue(self, buffer: bytearray) -> None:
        number = videodev2.BUFFER.unpack(buffer)[0]
        assert number not in self._free
        self._free.append(number)

    def _dequeue(self, buffer: bytearray) -> None:
        if not self._filled:
            raise BlockingIOError(errno.EAGAIN, "nothing there")
        asked = list(videodev2.BUFFER.unpack(buffer))
        number, length, stamp_us, sequence = self._filled.popleft()
        if self.planes:
            sizes = [len(one) for one in self._pieces(bytes(length))]
            told = [(one + OFFSET_BYTES, BUFFER_BYTES, 0, OFFSET_BYTES) for one in sizes]
            self._tell_planes(asked, told)
        buffer[:] = videodev2.BUFFER.pack(
            number, asked[1], 0 if self.planes else length, self.flags, 0,
            *divmod(stamp_us, 1_000_000), sequence, 1, *asked[9:11], 0,
        )  # fmt: skip

    def _pieces(self, content: bytes) -> list[bytes]:
        """A picture's planes: luma in the first where there are two."""
        if self.planes < 2:
            return [content]
        return [content[: self._luma_bytes], content[self._luma_bytes :]]

    def _stream(self, *, is_on: bool) -> None:
        self.is_streaming = is_on
        self.starts += is_on
        if not is_on:  # which gives every buffer back, filled or not
            self._free.clear()
            self._filled.clear()

    def _fill(self) -> None:
        content, sequence = self.content(self._count), self._count
        self._count += 1
        if self._free:
            number = self._free.popleft()
            offset_bytes = OFFSET_BYTES if self.planes else 0
            for (place, _), piece in zip(self._buffers[number], self._pieces(content), strict=True):
                self._memory.write(place, bytes(offset_bytes) + piece)
            self._filled.append((number, len(content), self.stamp_us(sequence), sequence))

    def _release(self) -> None:
        for planes in self._buffers:
            for offset, _ in planes:
                self._memory.free(offset)
        self._buffers = []
        self._free, self._filled = deque(), deque()
