"""Where rigs keep what took long to make, and the one who may make it at a time."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.rigs.report import SkipError, StepError

ROOT = Path(__file__).parents[2]
"""The project."""
LOCK = "livesell-rig.lock"


def state(name: str) -> Path:
    """The folder `name` of the rigs' state, made if absent; may be deleted at any time.

    Raises:
        StepError: its path has a space or comma, which QEMU's options cannot carry.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "livesell-rig" / name
    if any(one.isspace() or one == "," for one in str(folder)):
        raise StepError(f"{folder}: no space or comma may stand in it; set XDG_CACHE_HOME")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def alone() -> Iterator[None]:
    """Wait until nobody else makes anything in the state folder, and keep others waiting."""
    with (state("").parent / LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def digest(*parts: bytes) -> str:
    """A short name for what was made from `parts`."""
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def must_have(packages: Iterable[tuple[str, str]]) -> None:
    """Raises `SkipError` naming the Debian packages whose commands are not there."""
    missing = [package for command, package in packages if not shutil.which(command)]
    if missing:
        raise SkipError(f"missing here: apt-get install {' '.join(dict.fromkeys(missing))}")


def must_be_root() -> None:
    """Raises `SkipError` for anyone but root."""
    if os.geteuid() != 0:
        raise SkipError("needs root: chroots, namespaces and kernel modules are made")
