"""A show's files: where they lie, always in the folder of what names them, and their manifest."""

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

MAX_BYTES: Final = 1 << 20
"""A larger manifest is refused unread; an entry has about 300 bytes."""


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


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """A file as the manifest describes it; None where it does not say.

    `frames` at `fps` pictures a second; `loudness_lufs` is integrated loudness.
    """

    sha256: str
    size: int
    frames: int | None = None
    fps: float | None = None
    loudness_lufs: float | None = None
    is_ai_made: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was approved for a show: files by name, counted from the manifest's folder."""

    files: Mapping[str, AssetEntry]

    def entry(self, name: str) -> AssetEntry | None:
        """The entry of `name`, however it is written (`./ep1.mp4`); None if it has none."""
        return self.files.get(name) or self.files.get(os.path.normpath(name))


class _Entry(msgspec.Struct, frozen=True):
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, msgspec.Meta(ge=0)]
    frames: Annotated[int, msgspec.Meta(ge=1)] | None = None
    fps: str | float | None = None
    loudness_lufs: float | None = None
    ai_made: bool = False


class _File(msgspec.Struct, frozen=True):
    format: Literal["livesell-assets/1"]
    files: dict[str, _Entry]


def read_manifest(path: Path) -> Manifest | str:
    """The manifest at `path`, a JSON file of at most 1 MiB, or why there is none.

    Its signature is not looked at.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return f"cannot be read: {error}"
    if len(content) > MAX_BYTES:
        return f"more than the {MAX_BYTES >> 20} MiB allowed"
    try:
        read = msgspec.json.decode(content, type=_File)
        return Manifest({name: _entry(one) for name, one in read.files.items()})
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        return f"no manifest of assets: {error}"


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, hexadecimal; empty if it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _entry(read: _Entry) -> AssetEntry:
    return AssetEntry(
        sha256=read.sha256,
        size=read.bytes,
        frames=read.frames,
        fps=None if read.fps is None else float(Fraction(str(read.fps))),
        loudness_lufs=read.loudness_lufs,
        is_ai_made=read.ai_made,
    )
