"""An installation as root's side works on it: its layout, its disk, its machine, one at a time."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from node.update.disk import Disk
from node.update.layout import BUILD_LOCK, LOCK, Layout
from node.update.machine import Machine
from node.update.record import Record

_READ_ONLY: Final = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


@dataclass(frozen=True, slots=True)
class Site:
    """What every deed of root's side needs."""

    layout: Layout
    disk: Disk
    machine: Machine

    def keep(self, record: Record) -> Record:
        """Write the record; it is on disk when this returns."""
        self.disk.write(self.layout.record, msgspec.json.encode(record))
        return record

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else changes links or record meanwhile."""
        with _locked(self.layout.root / LOCK, is_waiting=True):
            yield

    @contextmanager
    def building(self) -> Iterator[bool]:
        """Nobody else builds meanwhile; false where somebody does."""
        with _locked(self.layout.root / BUILD_LOCK, is_waiting=False) as is_ours:
            yield is_ours


@contextmanager
def _locked(path: Path, *, is_waiting: bool) -> Iterator[bool]:
    """Hold a lock, which ends with the process; where the disk takes no file there is none."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        if error.errno not in _READ_ONLY:
            raise
        yield True
        return
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if is_waiting else fcntl.LOCK_NB))
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
