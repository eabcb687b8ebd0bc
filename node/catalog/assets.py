"""A show's files: where they lie, always in the folder of what names them, and their manifest."""

import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from node.catalog.trust import UNSIGNED, UNTRUSTING, Signature, Trust, signature_of

Accepted = Literal["black", "fps", "loudness", "silence"]
"""What import finds fault with and an approver may let pass."""
FORMAT: Final = "livesell-assets/1"

MAX_BYTES: Final = 1 << 20
"""A larger manifest is refused unread; an entry has about 300 bytes."""


def place_of(folder: Path, name: str) -> Path:
    """The absolute path of `name`, counted from `folder` (itself absolute)."""
    return folder / os.path.normpath(name)


def missing(folder: Path, name: str) -> str:
    """Why there is nothing to play at `name`; empty if there is a regular file with content.

    A name that is absolute or leads out of the folder is refused, whatever lies there.
    """
    if leads_out(name):
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
class Approval:
    """What the program looks at again each time before a file plays.

    `expires` is the last day on which it plays, in the booth's time zone; None is for ever.
    """

    sha256: str
    size: int
    expires: date | None = None


@dataclass(frozen=True, slots=True)
class AssetEntry:
    """A file as the manifest describes it; None or empty where it does not say.

    `frames` at `fps` pictures a second; `loudness_lufs` is integrated loudness. Without `markets`
    it may play in all. `accepted` names the faults of import that the approver let pass. A key
    `self_triggers` is kept for the map of places where the clip's own speech would wake the
    assistant; nothing reads or writes it yet.
    """

    sha256: str
    size: int
    frames: int | None = None
    fps: float | None = None
    loudness_lufs: float | None = None
    is_ai_made: bool = False
    approver: str = ""
    approved: date | None = None
    expires: date | None = None
    markets: frozenset[str] = frozenset()
    accepted: frozenset[Accepted] = frozenset()

    @property
    def approval(self) -> Approval:
        """What must still hold when it plays."""
        return Approval(self.sha256, self.size, self.expires)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was approved for a show: files by name, counted from the manifest's folder."""

    files: Mapping[str, AssetEntry]
    signature: Signature = UNSIGNED

    def entry(self, name: str) -> AssetEntry | None:
        """The entry of `name`, however it is written (`./ep1.mp4`); None if it has none."""
        return self.files.get(name) or self.files.get(os.path.normpath(name))


class EntryForm(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of the file. More keys may stand there; they are not read."""

    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    bytes: Annotated[int, msgspec.Meta(ge=0)]
    kind: Literal["", "clip", "picture", "other"] = ""
    frames: Annotated[int, msgspec.Meta(ge=1)] | None = None
    fps: str | float | None = None
    loudness_lufs: float | None = None
    ai_made: bool = False
    approver: str = ""
    approved: date | None = None
    expires: date | None = None
    markets: tuple[str, ...] = ()
    accepted: tuple[Accepted, ...] = ()


class ManifestForm(msgspec.Struct, frozen=True):
    """The file."""

    format: Literal["livesell-assets/1"]
    files: dict[str, EntryForm]


def read_manifest(path: Path, trust: Trust = UNTRUSTING) -> Manifest | str:
    """The manifest at `path`, a JSON file of at most 1 MiB, or why it is not to be used.

    Its signature lies beside it (trust.py) and is judged first.
    """
    content = read_content(path)
    if isinstance(content, str):
        return content
    signature = signature_of(path, content, trust)
    if isinstance(signature, str):
        return signature
    try:
        form = manifest_form(content)
        files = {os.path.normpath(name): _entry(one) for name, one in form.files.items()}
    except (msgspec.MsgspecError, ValueError, ArithmeticError, RecursionError) as error:
        return f"no manifest of assets: {error}"
    return Manifest(files, signature)


def read_content(path: Path) -> bytes | str:
    """The bytes of a manifest, or why it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        return f"cannot be read: {error}"
    if len(content) > MAX_BYTES:
        return f"more than the {MAX_BYTES >> 20} MiB allowed"
    return content


def manifest_form(content: bytes) -> ManifestForm:
    """The file as it stands; raises `ValueError`, `msgspec.MsgspecError`, `RecursionError`."""
    form = msgspec.convert(
        json.loads(content, object_pairs_hook=_once, parse_constant=_refuse), ManifestForm
    )
    seen = set[str]()
    for name in form.files:
        if not name or leads_out(name) or "\0" in name:
            raise ValueError(f"{name[:80]!r} is no name of a file in this folder")
        seen.add(os.path.normpath(name))
    if len(seen) < len(form.files):
        raise ValueError("a file is named twice, in two spellings")
    return form


def leads_out(name: str) -> bool:
    """Whether a name is absolute or leads out of the folder that it counts from."""
    normal = Path(os.path.normpath(name))
    return normal.is_absolute() or normal.parts[:1] == ("..",)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object in which each key stands once: two readers must not see two different files."""
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice")
    return found


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _entry(read: EntryForm) -> AssetEntry:
    return AssetEntry(
        sha256=read.sha256,
        size=read.bytes,
        frames=read.frames,
        fps=None if read.fps is None else float(Fraction(str(read.fps))),
        loudness_lufs=read.loudness_lufs,
        is_ai_made=read.ai_made,
        approver=read.approver,
        approved=read.approved,
        expires=read.expires,
        markets=frozenset(read.markets),
        accepted=frozenset(read.accepted),
    )
