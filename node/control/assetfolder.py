"""Folders in which approved files lie under the names that a day uses, each with its manifest."""

import errno
import logging
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Final

from node.catalog.assets import FETCHED, AssetEntry, Manifest, read_manifest
from node.catalog.trust import Trust, signature_path
from node.chainfile import sync_folder
from node.errors import AssetError, DeviceError

log = logging.getLogger(__name__)

MANIFEST: Final = "assets.json"
NEW: Final = ".new"
UNNAMEABLE: Final = frozenset(
    {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}
)
"""The name is at fault, not the disk."""


class AssetFolders:
    """A folder for each manifest under `folder`; `current` leads to the newest complete one.

    Names are links to files that lie under their hashes in `blobs`. Thread: one at a time, never
    the loop's. Every method raises `DeviceError` when the disk refuses.
    """

    def __init__(self, folder: Path, blobs: Path) -> None:
        self._folder, self._blobs = folder, blobs

    @property
    def current(self) -> Path:
        """Where the day that comes next has its files; it may not exist."""
        return self._folder / Path(FETCHED).name

    def begin(self, name: str, manifest: bytes, signature: bytes, trust: Trust) -> Manifest:
        """Judge a manifest and its signature; raises `AssetError` for one not to be believed.

        An empty signature is none.
        """
        new = self._folder / f"{name}{NEW}"
        try:
            shutil.rmtree(new, ignore_errors=True)
            new.mkdir(parents=True)
            (new / MANIFEST).write_bytes(manifest)
            if signature:
                signature_path(new / MANIFEST).write_bytes(signature)
        except OSError as error:
            raise DeviceError(f"{new}: {error.strerror or error}") from error
        read = read_manifest(new / MANIFEST, trust)
        if isinstance(read, str):
            raise AssetError(f"manifest: {read}")
        return read

    def complete(self, name: str, files: Mapping[str, AssetEntry]) -> None:
        """Give the files their names and make this the current folder, all at once.

        Raises:
            AssetError: a name that no file can have here, as where another one lies.
        """
        new, place, link = (self._folder / f"{name}{NEW}", self._folder / name,
                            self._folder / f"{self.current.name}{NEW}")  # fmt: skip
        for path, entry in files.items():
            _link(new / path, self._blobs / entry.sha256)
        try:
            sync_folder(new)
            if place.is_dir():  # the same manifest again, as after approvals have ended
                _overwrite(new, place)
            else:
                new.rename(place)
            link.unlink(missing_ok=True)
            link.symlink_to(name)
            link.replace(self.current)
            sync_folder(self._folder)
        except OSError as error:
            raise DeviceError(f"{place}: {error.strerror or error}") from error

    def pinned(self, in_use: Iterable[Path]) -> set[str]:
        """Hashes that must stay: of the current folder, and of the paths that a show uses."""
        current = self.current.resolve().rglob("*") if self.current.is_dir() else ()
        return {path.readlink().name for path in (*current, *in_use) if path.is_symlink()}

    def prune(self, in_use: Collection[Path]) -> None:
        """Remove the folders that neither the next day nor the show on air needs."""
        try:
            kept = {self.current.resolve(), *(self._of(path) for path in in_use)}
            for folder in self._folder.iterdir():
                if folder.is_dir() and not folder.is_symlink() and folder not in kept:
                    shutil.rmtree(folder)
        except OSError as error:
            log.warning("fetch: old folders stay: %s", error)

    def _of(self, path: Path) -> Path:
        """The manifest's folder that a path lies in, however it is reached."""
        parent = path.parent.resolve()
        inside = parent.is_relative_to(self._folder.resolve())
        if not inside or parent == self._folder.resolve():
            return parent
        return self._folder.resolve() / parent.relative_to(self._folder.resolve()).parts[0]


def _link(place: Path, blob: Path) -> None:
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(blob)
    except ValueError as error:  # half a character: no file system takes it
        raise AssetError(f"manifest: {ascii(place.name)[:80]} is no name of a file") from error
    except OSError as error:
        message = f"{ascii(place.name)[:80]}: {error.strerror or error}"
        if error.errno in UNNAMEABLE:
            raise AssetError(f"manifest: {message}") from error
        raise DeviceError(message) from error


def _overwrite(new: Path, place: Path) -> None:
    """Put every link of `new` into `place`, each at once, so that what plays never misses one."""
    for path in sorted(new.rglob("*")):
        there = place / path.relative_to(new)
        if path.is_dir() and not path.is_symlink():
            there.mkdir(exist_ok=True)
        else:
            path.replace(there)
    shutil.rmtree(new)
