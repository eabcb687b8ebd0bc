"""How hot the machine is, and whether it slows itself down for it."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

UNDER_VOLTAGE_NOW = 1 << 0
SLOWED_NOW = 1 << 1 | 1 << 2 | 1 << 3
UNDER_VOLTAGE_EVER = 1 << 16
"""Bits of `vcgencmd get_throttled` (Raspberry Pi documentation, "vcgencmd")."""


@dataclass(frozen=True, slots=True)
class Heat:
    """The hottest sensor in °C, None without one; what a Raspberry Pi's firmware says of power."""

    temperature_c: float | None
    is_slowed: bool = False
    has_low_voltage: bool = False


def read_throttled() -> str:
    """`throttled=0x0` as a Raspberry Pi's firmware says it; empty on other machines."""
    program = shutil.which("vcgencmd")
    if program is None:
        return ""
    try:
        answer = subprocess.run(  # noqa: S603  # a fixed question, no words from outside
            [program, "get_throttled"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


def read_heat(root: Path = Path("/"), throttled: Callable[[], str] = read_throttled) -> Heat:
    """Ask the kernel's thermal zones under `root`, and the firmware."""
    readings = [_celsius(zone) for zone in (root / "sys/class/thermal").glob("thermal_zone*/temp")]
    known = [celsius for celsius in readings if celsius is not None]
    bits = _bits(throttled())
    return Heat(
        max(known, default=None),
        is_slowed=bool(bits & SLOWED_NOW),
        has_low_voltage=bool(bits & (UNDER_VOLTAGE_NOW | UNDER_VOLTAGE_EVER)),
    )


def _celsius(path: Path) -> float | None:
    try:
        return int(path.read_text(encoding="ascii")) / 1000
    except (OSError, ValueError):  # a sensor asleep answers EAGAIN
        return None


def _bits(answer: str) -> int:
    try:
        return int(answer.partition("=")[2], 16)
    except ValueError:
        return 0
