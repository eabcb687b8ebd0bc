"""The seam to a video device, camera or encoder: calls of the kernel, so that others can answer.

Numbers and layouts of the requests are those of `videodev2`; a simulated driver answers in tests.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import select
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from node.board import videodev2 as v4l2
from node.errors import DeviceError

Mapped = mmap.mmap
Ioctl = Callable[[int, bytearray], None]
"""A request to an open device, answered in place; raises OSError."""
LISTED_MAX: Final = 256
"""More formats, sizes or rates than any device has: a driver that never comes to an end."""
LAYOUT_BYTES: Final = 8
"""Of an address in the layouts of `videodev2`: a 64-bit system's."""
MEMORIES: Final = {"DMABUF": v4l2.V4L2_MEMORY_DMABUF, "USERPTR": v4l2.V4L2_MEMORY_USERPTR}
"""What a driver may offer where it has no memory of its own to be mapped."""


class Kernel(Protocol):
    """System calls on a video device; all but `paths` raise OSError as they do."""

    def paths(self) -> tuple[str, ...]:
        """Every /dev/video*, by number."""
        ...

    def open(self, path: str) -> int:
        """Open without blocking; a file descriptor."""
        ...

    def close(self, descriptor: int) -> None:
        """Close it; the driver frees what belonged to it."""
        ...

    def ioctl(self, descriptor: int, request: int, argument: bytearray) -> None:
        """Ask the driver, which writes its answer into `argument`."""
        ...

    def map(self, descriptor: int, length: int, offset: int) -> Mapped:
        """A buffer of the driver, shared, to read and to write."""
        ...

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        """Whether a picture lies there within the time; raises ENODEV, or EIO of a dead driver."""
        ...


class LinuxKernel:
    """The machine's own kernel; its devices under `root`. Thread: any but the loop's."""

    def __init__(
        self, root: Path = Path("/"), *, address_bytes: int = ctypes.sizeof(ctypes.c_void_p)
    ) -> None:
        self._dev = root / "dev"
        self._address_bytes = address_bytes

    def paths(self) -> tuple[str, ...]:
        """Every /dev/video*, by number."""
        found = [path for path in self._dev.glob("video*") if path.name[5:].isdecimal()]
        return tuple(str(path) for path in sorted(found, key=lambda path: int(path.name[5:])))

    def open(self, path: str) -> int:
        """So that DQBUF answers EAGAIN where nothing lies there; `DeviceError` of 32 bits.

        Sizes of requests and places in them are others there (v4l2_buffer 68 or 80 bytes, not 88),
        also where the kernel is of 64 bits and the programs are not.
        """
        if self._address_bytes != LAYOUT_BYTES:
            bits = 8 * self._address_bytes
            raise DeviceError(f"{path}: needs a 64-bit system: this one's Python is of {bits} bits")
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, descriptor: int) -> None:
        """As it is."""
        os.close(descriptor)

    def ioctl(self, descriptor: int, request: int, argument: bytearray) -> None:
        """`ioctl(2)`, begun again where a signal cut it off."""
        fcntl.ioctl(descriptor, request, argument)

    def map(self, descriptor: int, length: int, offset: int) -> Mapped:
        """`mmap(2)`, shared; a length or a place that cannot be is an error of the driver's."""
        try:
            return mmap.mmap(descriptor, length, offset=offset)
        except (ValueError, OverflowError) as error:
            raise OSError(errno.EINVAL, f"a buffer of {length} bytes at {offset}") from error

    def wait(self, descriptor: int, timeout_s: float) -> bool:
        """`poll(2)`: a device that is gone says POLLHUP, a queue that broke POLLERR alone."""
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        events = waiting.poll(max(0, round(timeout_s * 1000)))
        said = events[0][1] if events else 0
        if said and not said & select.POLLIN:
            gone = errno.ENODEV if said & select.POLLHUP else errno.EIO
            raise OSError(gone, os.strerror(gone))
        return bool(said)


def listed(ioctl: Ioctl, request: int, asked: Callable[[int], bytes]) -> Iterator[bytearray]:
    """What a driver answers for 0, 1, 2 ... until it has no more."""
    for number in range(LISTED_MAX):
        buffer = bytearray(asked(number))
        try:
            ioctl(request, buffer)
        except OSError:  # EINVAL at the end, ENOTTY of drivers without such a list
            return
        yield buffer


def request_buffers(ioctl: Ioctl, queue: int, count: int) -> int:
    """Have the driver make buffers that can be mapped, `count` as it likes; how many there are.

    Raises:
        DeviceError: it makes none that can be mapped, or has no memory for them.
        OSError: as the kernel does.
    """
    asked = bytearray(v4l2.REQUESTBUFFERS.pack(count, queue, v4l2.V4L2_MEMORY_MMAP, 0, 0))
    try:
        ioctl(v4l2.VIDIOC_REQBUFS, asked)
        made: int = v4l2.REQUESTBUFFERS.unpack(asked)[0]
    except OSError as error:
        if error.errno == errno.EINVAL and (others := _memories_of(ioctl, queue)):
            raise DeviceError(
                f"its driver makes no buffers to be mapped (V4L2_MEMORY_MMAP), which are read "
                f"here, only takes {' and '.join(others)}"
            ) from error
        if error.errno != errno.ENOMEM:
            raise
        made = 0
    if not made:
        raise DeviceError(
            f"its driver made 0 of {count} buffers: no memory left for devices "
            "(dmesg tells; more by cma=256M on the kernel's command line)"
        )
    return made


def _memories_of(ioctl: Ioctl, queue: int) -> list[str]:
    """Which memory a queue takes beside its own; asked for no buffer, it makes none."""
    taken = []
    for name, memory in MEMORIES.items():
        try:
            ioctl(v4l2.VIDIOC_REQBUFS, bytearray(v4l2.REQUESTBUFFERS.pack(0, queue, memory, 0, 0)))
        except OSError:
            continue
        taken.append(name)
    return taken


def formats_of(ioctl: Ioctl, queue: int) -> Iterator[int]:
    """The fourcc of each format that a queue has."""
    pack = v4l2.FMTDESC.pack
    for buffer in listed(ioctl, v4l2.VIDIOC_ENUM_FMT, lambda n: pack(n, queue, 0, b"", 0, 0)):
        yield v4l2.FMTDESC.unpack(buffer)[4]
