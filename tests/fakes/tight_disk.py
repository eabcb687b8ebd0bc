"""Disks that fill up under a running node and have room again, as the tests say."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

SIZE = "2m"


class TightDisk(Protocol):
    """A state directory whose room the test decides; `pid` is the process to be hindered."""

    def fill(self, pid: int) -> None:
        """Leave no room."""
        ...

    def clear(self, pid: int) -> None:
        """Have room again."""
        ...


class SmallDisk:
    """A file system of `SIZE` of its own, filled by ballast: what writes gets ENOSPC."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self, pid: int) -> None:
        """Write until nothing more fits."""
        del pid
        with self._ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:  # a page
                    pass
            except OSError:
                return

    def clear(self, pid: int) -> None:
        """Remove the ballast."""
        del pid
        self._ballast.unlink()


class LimitedFiles:
    """No file of the process may grow: what writes gets EFBIG."""

    def fill(self, pid: int) -> None:
        """Set the limit of the process to nothing."""
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, hard))

    def clear(self, pid: int) -> None:
        """Lift it."""
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))


@contextmanager
def small_disk(folder: Path) -> Iterator[SmallDisk | None]:
    """`folder` as a file system of its own; None where that is not permitted."""
    folder.mkdir(parents=True)
    mount = ["/usr/bin/mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
    is_mounted = os.geteuid() == 0 and not subprocess.call(mount, stderr=subprocess.DEVNULL)
    try:
        yield SmallDisk(folder) if is_mounted else None
    finally:
        if is_mounted:
            subprocess.run(["/usr/bin/umount", str(folder)], check=True)
