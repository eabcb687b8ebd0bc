"""A folder given to the node's user, who owns the one above it: no link is followed on the way."""

import os
from pathlib import Path
from typing import Final

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def give(source: Path, to: Path, user: int, group: int) -> None:
    """Copy a folder to a new one of that user's; raises `OSError`, as where something is there.

    Each file changes hands by its handle, each folder only once it is full: whoever owns the
    folder above may exchange names meanwhile, and still gets nothing but these copies.
    """
    above = os.open(to.parent, _FOLDER)
    try:
        _copy(source, above, to.name, (user, group))
    finally:
        os.close(above)


def _copy(source: Path, above: int, name: str, owner: tuple[int, int]) -> None:
    os.mkdir(name, 0o755, dir_fd=above)
    folder = os.open(name, _FOLDER, dir_fd=above)
    try:
        for path in sorted(source.iterdir()):
            if path.is_dir():
                _copy(path, folder, path.name, owner)
            else:
                file = os.open(path.name, _NEW_FILE, 0o644, dir_fd=folder)
                with os.fdopen(file, "wb") as out:
                    out.write(path.read_bytes())
                    os.fchown(file, *owner)
        os.fchown(folder, *owner)
    finally:
        os.close(folder)
