"""A V4L2 memory-to-memory encoder's two queues: raw pictures in, coded pictures out.

Written after the kernel's "Memory-to-Memory Stateful Video Encoder Interface" and the driver of
the Raspberry Pi (drivers/staging/vc04_services/bcm2835-codec).
"""

import contextlib
import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np

from node.board import videodev2 as v4l2
from node.board.videokernel import Kernel, Mapped, request_buffers
from node.errors import DeviceError
from node.media import Pixels, Size, planes

OUTPUT: Final = v4l2.V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE
CAPTURE: Final = v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
BUFFERS: Final = 4
"""In each queue; a driver that needs more gives more (pictures in flight are one or two)."""
QUEUES: Final = {OUTPUT: "pictures in", CAPTURE: "coded pictures out"}
ANY_SIZE: Final = Size(640, 480)
LARGEST_UNIT_BYTES: Final = 768 << 10
"""What the Raspberry Pi's driver takes for 1080p; its FIFO breaks larger pictures apart."""


class Queue:
    """One queue of the device: its buffers, mapped, and which of them are ours."""

    def __init__(self, device: "M2mDevice", kind: int) -> None:
        self._device = device
        self._name = f"v4l2m2m: {device.path}"
        self._kind = kind
        self.maps: list[Mapped] = []
        self.free: list[int] = []

    def prepare(self, least: int) -> None:
        """Have the driver make buffers of `least` bytes or more, and map them.

        Raises:
            OSError: the driver refuses.
            DeviceError: it makes none, or smaller ones than it said.
        """
        try:
            count = request_buffers(self._device.ioctl, self._kind, BUFFERS)
        except DeviceError as error:
            raise DeviceError(f"{self._name}: {QUEUES[self._kind]}: {error}") from error.__cause__
        for index in range(count):
            buffer = v4l2.BufferArgument(self._kind, index)
            self._device.ioctl(v4l2.VIDIOC_QUERYBUF, buffer.raw)
            length, offset = buffer.place
            if length < least:
                raise DeviceError(f"{self._name}: buffers of {length} bytes, not {least}")
            self.maps.append(self._device.map(length, offset))
            self.free.append(index)

    def put(self, index: int, *, used: int = 0, stamp_us: int = 0) -> None:
        """Give a buffer to the driver. Raises OSError."""
        buffer = v4l2.BufferArgument(self._kind, index, used=used, stamp_us=stamp_us)
        self._device.ioctl(v4l2.VIDIOC_QBUF, buffer.raw)

    def take(self) -> v4l2.Filled | None:
        """A buffer that the driver has done with; None when there is none.

        Raises:
            OSError: the driver is in trouble.
            DeviceError: it names a buffer that is not there.
        """
        buffer = v4l2.BufferArgument(self._kind)
        try:
            self._device.ioctl(v4l2.VIDIOC_DQBUF, buffer.raw)
        except BlockingIOError:
            return None
        filled = buffer.filled
        if filled.index >= len(self.maps):
            raise DeviceError(f"{self._name}: there is no buffer {filled.index}")
        return filled

    def switch(self, request: int) -> None:
        """VIDIOC_STREAMON or VIDIOC_STREAMOFF. Raises OSError."""
        self._device.ioctl(request, bytearray(v4l2.BUFFER_TYPE.pack(self._kind)))

    def release(self) -> None:
        """Stop, unmap, free; what the driver refuses is left to the closing of the device."""
        if not self.maps:
            return
        with contextlib.suppress(OSError):
            self.switch(v4l2.VIDIOC_STREAMOFF)
        for one in self.maps:
            one.close()
        self.maps.clear()
        self.free.clear()
        nothing = bytearray(v4l2.REQUESTBUFFERS.pack(0, self._kind, v4l2.V4L2_MEMORY_MMAP, 0, 0))
        with contextlib.suppress(OSError):
            self._device.ioctl(v4l2.VIDIOC_REQBUFS, nothing)


class M2mDevice:
    """An open memory-to-memory device. Thread: one at a time, any but the loop's."""

    def __init__(self, kernel: Kernel, path: str) -> None:
        self.path = path
        self._kernel = kernel
        with self.told("open"):
            self._descriptor = kernel.open(path)
        self.pictures = Queue(self, OUTPUT)
        self.units = Queue(self, CAPTURE)
        self._raw = v4l2.PixelFormat(Size(0, 0), 0, 0, 0)

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Turn the kernel's refusal into `DeviceError`: device, step, and the errno's name."""
        try:
            yield
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, "?")
            raise DeviceError(f"v4l2m2m: {self.path}: {what}: {_plain(error)} ({name})") from error

    def ioctl(self, request: int, argument: bytearray) -> None:
        """Raises OSError."""
        self._kernel.ioctl(self._descriptor, request, argument)

    def map(self, length: int, offset: int) -> Mapped:
        """Raises OSError."""
        return self._kernel.map(self._descriptor, length, offset)

    def set_coded(self, coded: int) -> None:
        """Choose the coded format alone, to learn what is taken for it. Raises `DeviceError`."""
        with self.told("format"):
            self._format(CAPTURE, v4l2.PixelFormat(ANY_SIZE, coded, LARGEST_UNIT_BYTES, 0))

    def set_formats(self, size: Size, coded: int) -> None:
        """Coded format first, then the raw one, which leaves its colours to both queues.

        Raises:
            DeviceError: the driver has not this format or not this size, or no room for it.
        """
        unit = v4l2.PixelFormat(size, coded, LARGEST_UNIT_BYTES, 0)
        raw = v4l2.PixelFormat(size, v4l2.V4L2_PIX_FMT_YUV420, 0, size.width)
        with self.told("format"):
            made_unit, self._raw = self._format(CAPTURE, unit), self._format(OUTPUT, raw)
        if made_unit.fourcc != coded or self._raw.fourcc != raw.fourcc:
            raise DeviceError(f"v4l2m2m: {self.path}: does not turn I420 into H.264")
        if self._raw.size != size:
            raise DeviceError(f"v4l2m2m: {self.path}: takes {self._raw.size}, not {size}")
        row, whole = self._raw.bytesperline, self._raw.sizeimage
        if row < size.width or whole < row * size.height * 3 // 2:
            raise DeviceError(
                f"v4l2m2m: {self.path}: rows of {row} bytes, {whole} in all, for {size}"
            )

    def set_frame_rate(self, fps: int) -> None:
        """Tell the rate control how many pictures make a second."""
        with self.told("frame rate"):
            self.ioctl(v4l2.VIDIOC_S_PARM, bytearray(v4l2.STREAMPARM.pack(OUTPUT, 0, 0, 1, fps)))

    def control(self, number: int, value: int, name: str) -> None:
        """Set a control, or press it. Raises `DeviceError`."""
        with self.told(name):
            self.ioctl(v4l2.VIDIOC_S_CTRL, bytearray(v4l2.CONTROL.pack(number, value)))

    def start(self) -> None:
        """Make the buffers and let both queues run. Raises `DeviceError`."""
        with self.told("buffers"):
            self.pictures.prepare(self._raw.sizeimage)
            self.units.prepare(1)
            for index in range(len(self.units.maps)):
                self.units.put(index)
            self.pictures.switch(v4l2.VIDIOC_STREAMON)
            self.units.switch(v4l2.VIDIOC_STREAMON)

    def put_picture(self, pixels: Pixels, stamp_us: int) -> bool:
        """Hand a picture over; False when the driver holds every buffer. Raises `DeviceError`."""
        with self.told("picture"):
            while (done := self.pictures.take()) is not None:
                self.pictures.free.append(done.index)
            if not self.pictures.free:
                return False
            index = self.pictures.free.pop()
            used = _lay(pixels, self.pictures.maps[index], self._raw)
            self.pictures.put(index, used=used, stamp_us=stamp_us)
        return True

    def take_unit(self) -> tuple[int, bytes] | None:
        """Stamp and bytes of a coded picture; None when none is ready. Raises `DeviceError`."""
        with self.told("coded picture"):
            while (done := self.units.take()) is not None:
                start = done.offset
                payload = self.units.maps[done.index][start : done.used]  # `used` counts both
                self.units.put(done.index)
                if payload and not done.is_faulty:  # a faulty one is a picture that was dropped
                    return done.stamp_us, payload
        return None

    def wait(self, timeout_s: float) -> bool:
        """Wait for a coded picture; False when time is up. Raises `DeviceError`."""
        with self.told("wait"):
            return self._kernel.wait(self._descriptor, timeout_s)

    def close(self) -> None:
        """Give everything back."""
        self.pictures.release()
        self.units.release()
        with contextlib.suppress(OSError):
            self._kernel.close(self._descriptor)

    def _format(self, queue: int, wanted: v4l2.PixelFormat) -> v4l2.PixelFormat:
        asked = v4l2.format_of(queue, wanted)
        self.ioctl(v4l2.VIDIOC_S_FMT, asked)
        return v4l2.read_format(asked)


def _lay(pixels: Pixels, into: Mapped, form: v4l2.PixelFormat) -> int:
    """Copy I420 planes into rows of `bytesperline`, chroma in half of it; the bytes used."""
    target = np.frombuffer(into, np.uint8)
    strides = (form.bytesperline, form.bytesperline // 2, form.bytesperline // 2)
    at = 0
    for plane, stride in zip(planes(pixels), strides, strict=True):
        rows, width = plane.shape
        end = at + rows * stride
        target[at:end].reshape(rows, stride)[:, :width] = plane
        at = end
    return at


def _plain(error: OSError) -> str:
    return {
        errno.EBUSY: "busy: another program encodes",
        errno.ENOENT: "no such device",
        errno.EACCES: "no right to use it (group video)",
        errno.ENODEV: "unplugged",
        errno.ENOTTY: "no video device",
        errno.EPIPE: "its driver has ended the stream",
    }.get(error.errno or 0, error.strerror or str(error))
