"""The seam to a video device: five calls of the kernel, so that a simulated driver can answer."""

import fcntl
import mmap
import os
import select
from pathlib import Path
from typing import Protocol

Mapped = mmap.mmap


class Kernel(Protocol):
    """System calls on a video device; all but `poll` and `paths` raise OSError as they do."""

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

    def mmap(self, descriptor: int, length: int, offset: int) -> Mapped:
        """A buffer of the driver, shared, to read and to write."""
        ...

    def poll(self, descriptor: int, timeout_s: float) -> int:
        """Wait until a coded picture is there (`POLLIN`); the events, 0 when time is up."""
        ...


class LinuxKernel:
    """The machine's own kernel; its devices under `root`. Thread: any but the loop's."""

    def __init__(self, root: Path = Path("/")) -> None:
        self._dev = root / "dev"

    def paths(self) -> tuple[str, ...]:
        """Every /dev/video*, by number."""
        found = [path for path in self._dev.glob("video*") if path.name[5:].isdecimal()]
        return tuple(str(path) for path in sorted(found, key=lambda path: int(path.name[5:])))

    def open(self, path: str) -> int:
        """Open without blocking."""
        return os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def close(self, descriptor: int) -> None:
        """Close the descriptor."""
        os.close(descriptor)

    def ioctl(self, descriptor: int, request: int, argument: bytearray) -> None:
        """`ioctl(2)`, begun again where a signal cut it off."""
        fcntl.ioctl(descriptor, request, argument)

    def mmap(self, descriptor: int, length: int, offset: int) -> Mapped:
        """`mmap(2)`, shared."""
        return mmap.mmap(descriptor, length, offset=offset)

    def poll(self, descriptor: int, timeout_s: float) -> int:
        """`poll(2)` for a picture or an error."""
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN | select.POLLERR)
        events = waiting.poll(max(0, round(timeout_s * 1000)))
        return events[0][1] if events else 0
