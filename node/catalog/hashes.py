"""The SHA-256 of files, each read once and again only when it has changed on disk."""

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

log = logging.getLogger(__name__)

VERSION: Final = 1
FILES_KEPT: Final = 2_000
PIECE_BYTES: Final = 1 << 20
STEP_S: Final = 0.01
"""A file's times go on in steps of the kernel's tick, 10 ms at most; finer from Linux 6.13 on."""

Progress = Callable[[float], None]
"""Is told the part done, 0..1."""


class _Known(msgspec.Struct, frozen=True, array_like=True):
    stamp: str
    sha256: str


class _Book(msgspec.Struct, frozen=True):
    version: int
    files: dict[str, _Known]


class HashBook:
    """Hashes by path in the JSON file at `path`; None keeps them in memory only. Thread: any."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._files: dict[str, _Known] | None = None

    def known(self, file: Path) -> str:
        """The hash of a file that has not changed since it was read; else empty."""
        try:
            stamp = stamp_of(file)
        except (OSError, ValueError):
            return ""
        with self._lock:
            found = self._loaded().get(str(file))
        return found.sha256 if found is not None and found.stamp == stamp else ""

    def sha256(self, file: Path, progress: Progress | None = None) -> str:
        """The hash of a file's bytes, hexadecimal; empty if it cannot be read. Reads all of it."""
        known = self.known(file)
        if not known:
            try:
                stamp = _settled(file)
                known = _hashed(file, progress or (lambda _: None))
                self._keep(file, stamp, known)
            except (OSError, ValueError):
                return ""
        return known

    def _keep(self, file: Path, stamp: str, sha256: str) -> None:
        if stamp_of(file) != stamp:
            return  # it was written to while it was read
        with self._lock:
            files = self._loaded()
            files.pop(str(file), None)
            files[str(file)] = _Known(stamp, sha256)
            while len(files) > FILES_KEPT:
                del files[next(iter(files))]
            self._write(files)

    def _loaded(self) -> dict[str, _Known]:
        if self._files is None:
            self._files = {} if self._path is None else _read(self._path)
        return self._files

    def _write(self, files: dict[str, _Known]) -> None:
        if self._path is not None:
            write_json(self._path, _Book(VERSION, files))


def stamp_of(file: Path) -> str:
    """What changes when a file does: inode, size, and both times in nanoseconds.

    The time of the inode's change is among them, since a program can set the other one back.
    """
    stat = file.stat()
    return f"{stat.st_ino} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns}"


def _settled(file: Path) -> str:
    """The stamp of a file once every later change gives it another: within a step none does."""
    age_s = time.time() - file.stat().st_ctime
    if 0 <= age_s < STEP_S:
        time.sleep(STEP_S - age_s)
    return stamp_of(file)


def write_json(path: Path, book: msgspec.Struct) -> None:
    """Replace a JSON file that can be made anew; a disk that refuses is only logged."""
    fresh = path.with_name(f"{path.name}.{threading.get_ident()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.write_bytes(msgspec.json.format(msgspec.json.encode(book), indent=1))
        fresh.replace(path)
    except OSError as error:
        log.warning("%s: cannot be written: %s", path, error.strerror)


def _hashed(file: Path, progress: Progress) -> str:
    digest, done = hashlib.sha256(), 0
    with file.open("rb") as source:
        size = file.stat().st_size or 1
        while piece := source.read(PIECE_BYTES):
            digest.update(piece)
            done += len(piece)
            progress(min(1.0, done / size))
    return digest.hexdigest()


def _read(path: Path) -> dict[str, _Known]:
    try:
        book = msgspec.json.decode(path.read_bytes(), type=_Book)
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        log.warning("%s: files are read anew, since it cannot be: %s", path, error)
        return {}
    return book.files if book.version == VERSION else {}
