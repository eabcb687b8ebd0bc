"""A simulated driver's buffers: files, which the node maps as it maps a device's memory."""

import mmap
import os


class DriverMemory:
    """Buffers by their offsets, as VIDIOC_QUERYBUF tells them; each is whole pages long."""

    def __init__(self) -> None:
        self._files: dict[int, int] = {}

    def make(self, length: int) -> tuple[int, int]:
        """A buffer of at least `length` bytes: its offset and its length."""
        pages = -(-length // mmap.PAGESIZE) * mmap.PAGESIZE
        file = os.memfd_create("simulated-buffer")
        os.ftruncate(file, pages)
        offset = (max(self._files, default=0) // mmap.PAGESIZE + 1) * mmap.PAGESIZE
        self._files[offset] = file
        return offset, pages

    def map(self, length: int, offset: int) -> mmap.mmap:
        """What `mmap(2)` of the device gives."""
        assert length == os.fstat(self._files[offset]).st_size
        return mmap.mmap(self._files[offset], length)

    def write(self, offset: int, content: bytes) -> None:
        """As the hardware does."""
        os.pwrite(self._files[offset], content, 0)

    def read(self, offset: int, used: int) -> bytes:
        """As the hardware does."""
        return os.pread(self._files[offset], used, 0)

    def free(self, offset: int) -> None:
        """What is mapped of it stays until it is unmapped, as in the kernel."""
        os.close(self._files.pop(offset))
