"""Where a show's files lie: always within the folder of the file that names them."""

import os
import stat
from pathlib import Path


def place_of(folder: Path, name: str) -> Path:
    """The absolute path of `name`, counted from `folder` (itself absolute)."""
    return folder / os.path.normpath(name)


def missing(folder: Path, name: str) -> str:
    """Why there is nothing to play at `name`; empty if there is a regular file with content.

    A name that is absolute or leads out of the folder is refused, whatever lies there.
    """
    normal = os.path.normpath(name)
    if Path(normal).is_absolute() or Path(normal).parts[:1] == ("..",):
        return "must lie in the folder of this file"
    path = place_of(folder, name)
    try:
        status = path.stat()
    except OSError as error:
        return f"{error.strerror or error}: {path}"
    except ValueError:  # the operating system knows no such name: it holds a NUL
        return "no name of a file"
    if not stat.S_ISREG(status.st_mode):
        return f"no regular file: {path}"
    return "" if status.st_size else f"the file is empty: {path}"
