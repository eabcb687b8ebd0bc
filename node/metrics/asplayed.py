"""The as-played log on disk: one hash chain across numbered files, bounded, its heads kept.

`as-played.jsonl` is written to. Once it is full it becomes `as-played-000001.jsonl` and so on, by
size and not by day: a box without a battery does not know the day before the network tells it. The
first line of a file follows the last one of the file before. `as-played.heads.jsonl`, a chain too,
has a line for each file that was closed (its last hash) and for each one dropped to make room.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, Literal

import msgspec

from node.chain import GENESIS, Line, walk
from node.chainfile import ChainFile, Opened, sync_folder
from node.errors import DeviceError

NAME: Final = "as-played"
FILE_BYTES: Final = 8 << 20
"""A busy booth's day is about 5 MB (10 000 events of 500 bytes)."""
FILES_KEPT: Final = 64
"""Closed files; 512 MB with the open one, at least a season. Older ones belong to the cloud."""

_CLOSED: Final = re.compile(r"as-played-(\d{6,})\.jsonl")


class Head(msgspec.Struct, frozen=True):
    """What is kept of a file: whether it was `closed` or `dropped`, its last hash and its lines."""

    deed: Literal["closed", "dropped"]
    file: str
    head: str
    lines: int


class AsPlayed:
    """The log of one node. Every method raises `DeviceError` when the disk refuses.

    Thread: any one at a time; each call blocks on the disk.
    """

    def __init__(
        self, folder: Path, *, file_bytes: int = FILE_BYTES, files_kept: int = FILES_KEPT
    ) -> None:
        self._folder = folder
        self._file_bytes, self._files_kept = file_bytes, files_kept
        self._heads = ChainFile(folder / f"{NAME}.heads.jsonl")
        self._file: ChainFile | None = None

    def open(self) -> Opened:
        """Find the end of the chain, whatever a power cut has left."""
        self.close()
        try:
            file = ChainFile(self._folder / f"{NAME}.jsonl", start=self._reconciled())
        except OSError as error:
            raise DeviceError(f"{self._folder}: {error.strerror or error}") from error
        opened = file.open()
        self._file = file
        return opened

    def append(self, records: Iterable[Mapping[str, object]]) -> None:
        """Write records, all or none; raises `ValueError` for one that cannot be sealed."""
        if self._file is not None and self._file.size >= self._file_bytes:
            self._roll(self._file.path)
        if self._file is None:
            self.open()
        if self._file is not None:
            self._file.append(records)

    def close(self) -> None:
        """Let go of the files."""
        self._heads.close()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _reconciled(self) -> str:
        """Note every closed file whose head a power cut kept from being noted; the last head."""
        self._heads.open()
        heads = read_heads(self._folder)
        for path in closed_files(self._folder):
            if path.name not in heads:
                self._note_closed(path)
        kept = list(read_heads(self._folder).values())
        return kept[-1].head if kept else GENESIS

    def _roll(self, full: Path) -> None:
        """Close the full file under a number of its own; `open` begins the next one."""
        number = max(map(number_of, read_heads(self._folder)), default=0) + 1
        path = self._folder / f"{NAME}-{number:06d}.jsonl"
        self.close()
        try:
            full.rename(path)
            sync_folder(self._folder)
            self._note_closed(path)
            self._make_room()
        except OSError as error:
            raise DeviceError(f"{path}: {error.strerror or error}") from error

    def _note_closed(self, path: Path) -> None:
        lines, head = 0, GENESIS
        with path.open("rb") as stream:
            for step in walk(stream):
                if isinstance(step, Line):
                    lines, head = step.number, step.hash
        self._note(Head("closed", path.name, head, lines))

    def _make_room(self) -> None:
        heads = read_heads(self._folder)
        for path in closed_files(self._folder)[: -self._files_kept]:
            kept = heads[path.name]
            self._note(Head("dropped", kept.file, kept.head, kept.lines))
            path.unlink()

    def _note(self, head: Head) -> None:
        self._heads.append([msgspec.to_builtins(head)])


def closed_files(folder: Path) -> list[Path]:
    """The closed files of the log in a folder, oldest first."""
    found = (path for path in folder.iterdir() if _CLOSED.fullmatch(path.name))
    return sorted(found, key=lambda path: number_of(path.name))


def read_heads(folder: Path) -> dict[str, Head]:
    """What is kept of each file, by its name, oldest first; what cannot be read is left out."""
    heads: dict[str, Head] = {}
    try:
        with (folder / f"{NAME}.heads.jsonl").open("rb") as stream:
            for step in walk(stream):
                if isinstance(step, Line):
                    head = msgspec.convert(step.record, Head)
                    heads[head.file] = head
    except FileNotFoundError:
        return {}
    except msgspec.ValidationError:
        return heads
    return heads


def number_of(name: str) -> int:
    """The number of a closed file; 0 for any other name."""
    match = _CLOSED.fullmatch(name)
    return int(match[1]) if match else 0
