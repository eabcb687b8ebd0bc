"""What root's side does to the disk: each change whole and durable, or not there at all.

`step` is told before each single change; tests cut the power there.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from node.chainfile import sync_folder
from node.update.layout import COMPLETE

NEW: Final = ".new"


class Disk:
    """All changes below an installation's root. Every method raises `OSError`."""

    def __init__(self, step: Callable[[str, Path], None] = lambda _what, _where: None) -> None:
        self.step = step

    def write(self, path: Path, body: bytes) -> None:
        """All of the file or nothing, on disk when it returns; readable for everyone."""
        new = path.with_name(path.name + NEW)
        self.step("write", new)
        try:
            with new.open("wb") as file:
                file.write(body)
                file.flush()
                os.fchmod(file.fileno(), 0o644)
                self.step("sync", new)
                os.fsync(file.fileno())
        except OSError as error:
            error.filename = str(path)  # a full disk names none
            raise
        self.step("rename", path)
        new.replace(path)
        self.sync(path.parent)

    def point(self, link: Path, target: Path) -> None:
        """Have a link name a folder beside it, all at once, on disk when it returns."""
        new = link.with_name(link.name + NEW)
        self.step("unlink", new)
        new.unlink(missing_ok=True)
        self.step("symlink", new)
        new.symlink_to(target.relative_to(link.parent))
        self.step("rename", link)
        new.replace(link)
        self.sync(link.parent)

    def make(self, folder: Path) -> None:
        """Have a folder, and those above it."""
        if not folder.is_dir():
            self.step("mkdir", folder)
            folder.mkdir(parents=True)
            self.sync(folder.parent)

    def remove(self, folder: Path) -> None:
        """Have nothing of that name; from the first moment on it is no whole release any more."""
        if folder.is_symlink() or folder.is_file():
            self.step("unlink", folder)
            folder.unlink()
        if not folder.exists():
            return
        self.unseal(folder)
        self.step("remove", folder)
        shutil.rmtree(folder)
        self.sync(folder.parent)

    def unseal(self, folder: Path) -> None:
        """Have a release be no whole one any more, on disk when it returns."""
        if (folder / COMPLETE).exists():
            self.step("unlink", folder / COMPLETE)
            (folder / COMPLETE).unlink()
            self.sync(folder)

    def sync(self, folder: Path) -> None:
        """Have the names in a folder outlive a power cut."""
        self.step("sync", folder)
        sync_folder(folder)

    def sync_all(self) -> None:
        """Have all that was written outlive a power cut, as what other programs have written."""
        self.step("sync", Path("/"))
        os.sync()
