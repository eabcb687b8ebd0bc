"""What would change on a card or a machine: told as a diff, then done, file by whole file."""

import difflib
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tools.provisioning.refusals import Refusal

TEXT_MAX_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Change:
    """A file as it shall be; `after` None: it shall not be there. `is_secret`: no word is shown.

    `link` is where a symbolic link shall lead, in the place of a content.
    """

    path: Path
    after: bytes | None = None
    mode: int = 0o644
    is_secret: bool = False
    link: str = ""

    @property
    def before(self) -> bytes | None:
        """The file as it is; None where there is none."""
        if self.path.is_symlink():
            return str(self.path.readlink()).encode()
        return self.path.read_bytes() if self.path.is_file() else None

    @property
    def wanted(self) -> bytes | None:
        """The content, or the place that the link names."""
        return self.link.encode() if self.link else self.after

    @property
    def is_needed(self) -> bool:
        """Whether anything is to be done."""
        return self.before != self.wanted or self.path.is_symlink() != bool(self.link)


def told(changes: Iterable[Change], root: Path) -> Iterator[str]:
    """The changes as lines of a unified diff; of large files and secrets only the size and hash."""
    for change in changes:
        if not change.is_needed:
            continue
        name = str(change.path.relative_to(root))
        before, after = change.before, change.wanted
        if change.is_secret or _is_large(before) or _is_large(after):
            yield f"--- {name}: {_summary(before, is_secret=change.is_secret)}"
            yield f"+++ {name}: {_summary(after, is_secret=change.is_secret)}"
        else:
            yield from difflib.unified_diff(
                _lines(before), _lines(after),
                name if before is not None else "/dev/null",
                name if after is not None else "/dev/null",
                lineterm="",
            )  # fmt: skip


def needed_bytes(changes: Iterable[Change]) -> int:
    """Free bytes that the changes need: each file is written beside the old one."""
    return sum(len(change.after or b"") for change in changes if change.is_needed)


def make(changes: Iterable[Change]) -> int:
    """Do what is needed; how many files were changed. Raises `Refusal` where the disk refuses."""
    count = 0
    for change in changes:
        if not change.is_needed:
            continue
        try:
            _make(change)
        except OSError as error:
            raise Refusal("write", path=change.path, why=error.strerror or error) from error
        count += 1
    return count


def _make(change: Change) -> None:
    path = change.path
    if change.wanted is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    try:
        if change.link:
            new.symlink_to(change.link)
        else:
            _write(new, change.after or b"", change.mode)
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise


def _write(path: Path, body: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        with suppress(PermissionError):  # FAT has no modes: fs/fat/file.c, fat_sanitize_mode
            os.fchmod(handle, mode)  # whatever the umask
        file.write(body)
        file.flush()
        os.fsync(handle)


def _is_large(body: bytes | None) -> bool:
    return body is not None and (len(body) > TEXT_MAX_BYTES or b"\0" in body)


def _lines(body: bytes | None) -> list[str]:
    return [] if body is None else body.decode("utf-8", "replace").splitlines()


def _summary(body: bytes | None, *, is_secret: bool) -> str:
    if body is None:
        return "-"
    if is_secret:
        return f"{len(body)} bytes, not shown"
    return f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()[:12]}"
