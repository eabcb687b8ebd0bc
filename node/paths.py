"""Paths that node.toml names: made absolute, and whether a secret lies there for no other eyes."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path


def absolute(base: Path, path: str) -> str:
    """A path counted from `base`; `~/` is the user's home, empty stays empty."""
    if not path:
        return ""
    return str(Path(path).expanduser() if path.startswith("~/") else base / path)


def secret_faults(place: str, path: Path) -> Iterator[str]:
    """What is wrong with the file of a secret that the key `place` of node.toml names."""
    try:
        mode, secret = path.stat().st_mode, path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        yield f"{place} = {str(path)!r}: cannot be read: {getattr(error, 'strerror', error)}"
        return
    if mode & (stat.S_IRWXG | stat.S_IRWXO) and not _is_credential(path):
        yield f"{place} = {str(path)!r}: others may read it (mode {mode & 0o777:04o}): chmod 600"
    if not secret:
        yield f"{place} = {str(path)!r}: empty"


def _is_credential(path: Path) -> bool:
    """Whether systemd put it there for this process alone (systemd.exec(5), LoadCredential=).

    It lets the node's user in by an ACL, whose mask `stat` shows as rights of a group.
    """
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    return folder is not None and Path(folder) in path.parents
