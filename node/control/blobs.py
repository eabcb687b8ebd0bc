"""Files by the hash of their content, on disk within a budget: whole, or not there at all."""

import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from node.chainfile import sync_folder
from node.errors import AssetError, CommandError, DeviceError

PART: Final = ".part"
USED: Final = ".used"
"""Beside each file an empty one whose time says when it was last asked for: touching the file
itself would have it read anew, since its time is part of what is known of its hash."""
PIECE_BYTES: Final = 1 << 20
SPARE_BYTES: Final = 256 << 20
"""Left free on the disk whatever the budget says: the program's own state comes first."""


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DeviceError(f"{path.name}: {error.strerror or error}") from error


class Partial:
    """A file that is coming: what has come lies on disk, and is hashed as it comes.

    Thread: one at a time. Every method raises `DeviceError` when the disk refuses.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self.length = 0
        self._whole, self._path = folder / name, folder / f"{name}{PART}"
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None

    def open(self) -> None:
        """Take up what an earlier attempt left."""
        with _told(self._path):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._path.open("a+b")
            self._file.seek(0)
            while piece := self._file.read(PIECE_BYTES):
                self._digest.update(piece)
                self.length += len(piece)

    def append(self, piece: bytes) -> None:
        """Add what came."""
        with _told(self._path):
            file = self._opened()
            file.write(piece)
            file.flush()
        self._digest.update(piece)
        self.length += len(piece)

    def restart(self) -> None:
        """Forget what has come."""
        with _told(self._path):
            self._opened().truncate(0)
        self._digest, self.length = hashlib.sha256(), 0

    def seal(self) -> Path:
        """Put the file in its place, on disk when this returns.

        Raises:
            AssetError: its content has another hash; what came is forgotten.
        """
        found = self._digest.hexdigest()
        if found != self.name:
            self.restart()
            raise AssetError(f"sha256:{self.name[:12]}…: altered, it has the hash {found[:12]}…")
        with _told(self._path):
            file = self._opened()
            os.fsync(file.fileno())
            os.fchmod(file.fileno(), 0o444)
            self.close()
            self._path.replace(self._whole)
            sync_folder(self._whole.parent)
        return self._whole

    def close(self) -> None:
        """Let go of the file; what came stays for the next attempt."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> BinaryIO:
        assert self._file is not None, "a partial is opened before it is used"  # noqa: S101
        return self._file


class Blobs:
    """The files. Thread: one at a time, never the loop's."""

    def __init__(self, folder: Path, budget_bytes: int) -> None:
        self.folder = folder
        self._budget = budget_bytes

    def find(self, name: str) -> Path | None:
        """The file of that hash, or None; it counts as used now."""
        path = self.folder / name
        with _told(path):
            if not path.is_file():
                return None
            path.with_name(f"{name}{USED}").touch()
        return path

    def partial(self, name: str) -> Partial:
        """The file of that hash as it comes; not yet open."""
        return Partial(self.folder, name)

    def drop(self, name: str) -> None:
        """Remove a file whose content is no longer what its name says."""
        with _told(self.folder / name):
            for one in (name, f"{name}{USED}", f"{name}{PART}"):
                (self.folder / one).unlink(missing_ok=True)

    def make_room(self, count: int, pinned: Collection[str]) -> None:
        """Have room for `count` bytes: those used longest ago go first, pinned ones never.

        Raises:
            CommandError: `disk`: the budget or the disk is too small for it.
        """
        with _told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            sizes = self._sizes()
            left = self._budget - sum(sizes.values())
            left = min(left, shutil.disk_usage(self.folder).free - SPARE_BYTES)
            for name in sorted((one for one in sizes if one not in pinned), key=self._used_at):
                if left >= count:
                    break
                self.drop(name)
                left += sizes[name]
        if left < count:
            message = f"{count >> 20} MB more do not fit: {max(0, left) >> 20} MB are left"
            raise CommandError("disk", f"{message} of {self._budget >> 20} (fetch.budget_mb)")

    def _sizes(self) -> dict[str, int]:
        """Bytes by hash, those that are still coming among them."""
        sizes = dict[str, int]()
        for path in self.folder.iterdir():
            if path.suffix != USED:
                name = path.name.removesuffix(PART)
                sizes[name] = sizes.get(name, 0) + path.stat().st_size
        return sizes

    def _used_at(self, name: str) -> float:
        """When a file was last asked for; one that never came whole is the oldest."""
        try:
            return (self.folder / f"{name}{USED}").stat().st_mtime
        except OSError:
            return 0.0
