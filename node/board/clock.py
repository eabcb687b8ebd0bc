"""Wall time, the only place it comes from, and whether it can be trusted."""

import ctypes
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

SyncState = Literal["synced", "unsynced", "unknown"]

TIMESYNC_MARK = Path("run/systemd/timesync/synchronized")
"""systemd-timesyncd touches it when it has set the clock (systemd-timesyncd.service(8))."""
BOOT_ID = Path("proc/sys/kernel/random/boot_id")
"""A new random id with each start (random(4))."""
TIME_ERROR = 5
"""What adjtimex(2) returns while the kernel's clock is not synchronised."""


class Clock:
    """The machine's wall clock; a test puts its own in the place."""

    def now(self) -> datetime:
        """The present moment, aware, UTC."""
        return datetime.now(UTC)

    def sync(self) -> SyncState:
        """Whether a time server disciplines the clock; costs a system call."""
        return sync_state()


def boot_id(root: Path = Path("/")) -> str:
    """Which start of the machine this is: monotonic times of another one mean nothing now."""
    try:
        return (root / BOOT_ID).read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return f"unknown-{os.getpid()}"


def sync_state(root: Path = Path("/")) -> SyncState:
    """What timesyncd or the kernel say of the clock; `root` is the file system looked at."""
    if (root / TIMESYNC_MARK).exists():
        return "synced"
    state = _kernel_state()
    if state is None:
        return "unknown"
    return "unsynced" if state == TIME_ERROR else "synced"


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2); only `modes` = 0 (read) matters here."""

    _fields_: ClassVar = [("modes", ctypes.c_uint), ("rest", ctypes.c_long * 64)]


def _kernel_state() -> int | None:
    """The clock state of adjtimex(2), 0..5; None where the system call is not to be had."""
    try:
        state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(_Timex()))
    except (AttributeError, OSError):
        return None
    return state if state >= 0 and os.name == "posix" else None
