"""Files out of a folder that an enemy may own: no link is followed, all is copied, then judged."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from node.update.disk import Disk

PIECE_BYTES: Final = 1 << 20
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""A pipe that nobody writes to must not hold us up."""
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FOLDER: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC


class AlteredError(Exception):
    """A file is not what the manifest says."""


class Intake:
    """A folder: `base` is trusted to be where it is, the folders `below` it are not.

    With `is_by_hash` its files are named by their SHA-256, else by their own names.
    """

    def __init__(self, base: Path, below: Sequence[str] = (), *, is_by_hash: bool = False) -> None:
        self._base, self._below = base, tuple(below)
        self.is_by_hash = is_by_hash

    def read(self, name: str, limit_bytes: int) -> bytes:
        """A small file.

        Raises:
            OSError: it is not there, or no plain file.
            ValueError: it is larger than `limit_bytes`.
        """
        with self._opened(name) as file:
            body = file.read(limit_bytes + 1)
        if len(body) > limit_bytes:
            raise ValueError(f"{name}: more than {limit_bytes} bytes")
        return body

    def copy(self, name: str, sha256: str, size: int, to: Path, disk: Disk) -> None:
        """Copy a file of known hash and size to a new one of root's own, and judge the copy.

        Raises:
            OSError: it is not there, or the disk refuses.
            AlteredError: it has another size or hash; the copy is of no use.
        """
        disk.step("copy", to)
        seen, left = hashlib.sha256(), size
        with self._opened(sha256 if self.is_by_hash else name) as file, _own(to) as out:
            while left and (piece := file.read(min(PIECE_BYTES, left))):
                seen.update(piece)
                out.write(piece)
                left -= len(piece)
            has_more = bool(file.read(1))
            out.flush()
            disk.step("sync", to)
            os.fsync(out.fileno())
        if left or has_more:
            raise AlteredError(f"{name}: not {size} bytes")
        if seen.hexdigest() != sha256:
            raise AlteredError(f"{name}: has another hash than its manifest says")

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        handle = os.open(self._base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for one in self._below:
                inner = os.open(one, _FOLDER, dir_fd=handle)
                os.close(handle)
                handle = inner
            place = os.open(Path(name).name, _FILE, dir_fd=handle)
        finally:
            os.close(handle)
        with os.fdopen(place, "rb") as file:
            if not stat.S_ISREG(os.fstat(place).st_mode):
                raise OSError(errno.EINVAL, "no plain file", name)
            yield file


def _own(path: Path) -> BinaryIO:
    """A new file that nobody else reads: what is copied into it may not be what it should be."""
    return os.fdopen(os.open(path, _NEW, 0o600), "wb")
