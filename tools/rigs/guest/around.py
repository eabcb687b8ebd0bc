"""What the walk sees around the node: systemd, the phone in the hall, the machine's clock."""

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import run

import msgspec

from tools.rigs.guest.eyes import PATIENCE_S, POLL_S, MissedError
from tools.rigs.guest.seen import Seen


def unit(key: str, name: str = "livesell.service") -> str:
    """A property of a unit, as systemd tells it."""
    words = ["systemctl", "show", name, "-p", key, "--value"]
    return run(words, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603


def until_unit(key: str, wanted: str, limit_s: float = PATIENCE_S) -> float:
    """Seconds until a property of the node's unit is `wanted`; raises `MissedError`."""
    began = time.monotonic()
    while (now := unit(key)) != wanted:
        if time.monotonic() - began > limit_s:
            raise MissedError(f"{key} is {now!r} after {limit_s:g} s")
        time.sleep(POLL_S)
    return time.monotonic() - began


def seen(told: Path) -> Seen:
    """What the phone's viewer has counted so far."""
    try:
        return msgspec.json.decode(told.read_bytes(), type=Seen)
    except (OSError, msgspec.DecodeError):
        return Seen()


def until_seen(told: Path, is_so: Callable[[Seen], bool], limit_s: float = PATIENCE_S) -> Seen:
    """The first count of which `is_so` is true; raises `MissedError` with the last one."""
    deadline = time.monotonic() + limit_s
    while not is_so(now := seen(told)):
        if time.monotonic() > deadline:
            raise MissedError(f"the phone has {now} after {limit_s:g} s")
        time.sleep(POLL_S)
    return now


def uptime_s() -> float:
    """Since the guest's kernel started."""
    return float(Path("/proc/uptime").read_text().split()[0])
