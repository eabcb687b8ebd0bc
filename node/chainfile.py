"""A hash-chained log on disk: opened after any power cut, appended to durably, never rewritten.

Beside `NAME.jsonl` lie `NAME.head`, the hash last written (it shows what is cut off the end), and,
after a power cut in the middle of a write, `NAME.jsonl.torn` with what had no end. A line damaged
in the middle stays as it is, for `prove` to find; the chain goes on behind the last whole line.
"""

import fcntl
import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from node.chain import GENESIS, Line, is_hash, seal, walk
from node.errors import DeviceError

log = logging.getLogger(__name__)

TORN_BYTES: Final = 1 << 20
"""Torn pieces beyond this make room for newer ones."""


@dataclass(frozen=True, slots=True)
class Opened:
    """How a log was found: whole lines, bytes set aside as torn, and what is wrong with it.

    `broken` is the first line at which its chain breaks, 0: none. `is_cut`: the hash last written
    is not in it any more.
    """

    lines: int
    torn: int
    broken: int
    is_cut: bool

    @property
    def fault(self) -> str:
        """What is wrong, in one line; empty when nothing is."""
        wrong = [f"line {self.broken} breaks the chain"] if self.broken else []
        wrong += [f"{self.torn} torn bytes set aside"] if self.torn else []
        wrong += ["lines are missing at the end"] if self.is_cut else []
        return ", ".join(wrong)


class ChainFile:
    """One log. Every method raises `DeviceError` when the disk refuses, and may be tried again.

    Thread: any one at a time; each call blocks on the disk.
    """

    def __init__(self, path: Path, *, start: str = GENESIS) -> None:
        self.path = path
        self.head = start
        """The hash that the next line will follow."""
        self.lines = 0
        self.size = 0
        """Bytes of whole lines."""
        self._file: BinaryIO | None = None

    def open(self) -> Opened:
        """Find the end of the chain; what is torn behind it is set aside."""
        try:
            return self._open()
        except OSError as error:
            self.close()
            raise DeviceError(f"{self.path}: {error.strerror or error}") from error

    def append(self, records: Iterable[Mapping[str, object]]) -> None:
        """Write records behind the last line, all or none, and wait until the disk has them.

        Raises:
            DeviceError: the disk refuses; nothing was written.
            ValueError: a record that cannot be sealed; nothing was written.
        """
        if self._file is None or self._is_gone():
            self.open()
        lines, head = [], self.head
        for record in records:
            sealed = seal(record, head)
            lines.append(sealed.line)
            head = sealed.hash
        try:
            self._write(b"".join(lines))
        except OSError as error:
            self._take_back()
            raise DeviceError(f"{self.path}: {error.strerror or error}") from error
        self.head, self.lines = head, self.lines + len(lines)
        self._anchor()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> Opened:
        self.close()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        file = self._file = self.path.open("r+b" if not is_new else "x+b", buffering=0)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two writers would tear the chain
        if is_new:
            sync_folder(self.path.parent)
        anchor = read_head(self.path)
        start, found_anchor, broken = self.head, anchor in ("", self.head), 0
        self.lines = self.size = 0
        with self.path.open("rb") as reading:
            for step in walk(reading):
                if isinstance(step, Line):
                    self.head, self.lines, self.size = step.hash, step.number, step.end
                    found_anchor = found_anchor or anchor in (step.hash, step.prev)
                elif not broken:
                    broken = step.line
        torn = file.seek(0, os.SEEK_END) - self.size
        if torn:
            self._set_aside(file, torn)
        broken = broken if broken <= self.lines else 0
        if self.lines == 0:
            self.head = start
        opened = Opened(self.lines, torn, broken, is_cut=not found_anchor)
        if opened.fault:
            log.warning("%s: %s", self.path.name, opened.fault)
        return opened

    def _is_gone(self) -> bool:
        """Whether somebody has taken the file away beneath us."""
        return self._file is not None and os.fstat(self._file.fileno()).st_nlink == 0

    def _set_aside(self, file: BinaryIO, count: int) -> None:
        aside = self.path.with_name(self.path.name + ".torn")
        is_full = aside.exists() and aside.stat().st_size > TORN_BYTES
        file.seek(self.size)
        with aside.open("wb" if is_full else "ab") as torn:
            shutil.copyfileobj(file, torn)
            torn.write(b"\n")
            torn.flush()
            os.fsync(torn.fileno())
        file.truncate(self.size)
        os.fsync(file.fileno())
        log.debug("%s: %d bytes set aside", aside, count)

    def _write(self, content: bytes) -> None:
        file = self._file
        if file is None:  # `append` has just opened it
            raise OSError("not open")
        file.seek(self.size)
        rest = memoryview(content)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
        self.size += len(content)

    def _take_back(self) -> None:
        """Undo half a write; where even that fails, the next `open` sets it aside."""
        try:
            if self._file is not None:
                self._file.truncate(self.size)
        except OSError as error:
            log.debug("%s: %s", self.path, error)
            self.close()

    def _anchor(self) -> None:
        """Leave the head beside the log; one that is behind is an anchor too, so it may fail."""
        path = head_path(self.path)
        fresh = path.with_name(path.name + ".new")
        try:
            fresh.write_text(self.head + "\n", encoding="ascii")
            fresh.replace(path)
        except OSError as error:
            log.debug("%s: %s", path, error)


def head_path(path: Path) -> Path:
    """Where the hash last written to the log `path` is kept."""
    return path.with_suffix(".head")


def read_head(path: Path) -> str:
    """The hash last written to the log `path`; empty where none can be read."""
    try:
        with head_path(path).open("rb") as file:
            head = file.read(65).decode("ascii", "replace").strip()
    except OSError:
        return ""
    return head if is_hash(head) else ""


def sync_folder(folder: Path) -> None:
    """Have the names in a folder outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
