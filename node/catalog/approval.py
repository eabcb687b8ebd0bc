"""Whether a file may play now: asked each time before it is opened, since days and disks change."""

from datetime import date
from pathlib import Path

from node.catalog.assets import Approval
from node.catalog.hashes import HashBook

READ_AT_LOAD_BYTES = 8 << 20
"""A smaller file (a picture) is read when a day is judged; clips are, before they first play."""


def refusal(approval: Approval, path: Path, *, today: date, hashes: HashBook) -> str:
    """Why the file at `path` may not play; empty if it may. `today` is the booth's.

    Thread: any; reads the whole file where it has changed since it was last read.
    """
    if approval.expires is not None and approval.expires < today:
        return f"its approval ended with {approval.expires}"
    try:
        size = path.stat().st_size
    except OSError as error:
        return error.strerror or str(error)
    if size != approval.size:
        return f"not the file that was approved: {size} bytes instead of {approval.size}"
    found = hashes.sha256(path)
    if found != approval.sha256:
        return "not the file that was approved: its SHA-256 differs" if found else "unreadable"
    return ""


def known_or_small(hashes: HashBook, path: Path) -> str:
    """A file's hash if that costs little: remembered, or of a small file; else empty."""
    try:
        is_small = path.stat().st_size <= READ_AT_LOAD_BYTES
    except (OSError, ValueError):
        return ""
    return hashes.sha256(path) if is_small else hashes.known(path)
