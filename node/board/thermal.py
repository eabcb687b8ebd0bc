"""How hot the machine is, how far from slowing itself down, and whether its power suffices."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

UNDER_VOLTAGE_NOW: Final = 1 << 0
SLOWED_NOW: Final = 1 << 1 | 1 << 2 | 1 << 3
UNDER_VOLTAGE_EVER: Final = 1 << 16
"""Bits of `vcgencmd get_throttled` (Raspberry Pi documentation, "vcgencmd")."""

FIRMWARE_LIMIT_C: Final = 80.0
"""A Raspberry Pi's firmware, which has no trip point of its own in the kernel, begins to slow the
processor down here (Raspberry Pi documentation, "Frequency management")."""
LIMITS: Final = ("passive", "hot")
"""Kinds of trip points at which the kernel slows down; "active" starts a fan, "critical" ends all
(Documentation/driver-api/thermal/sysfs-api.rst)."""
CREDIBLE_C: Final = (45.0, 125.0)
"""Laptops and virtual machines carry trip points of 0 °C and of -274 °C."""


@dataclass(frozen=True, slots=True)
class Heat:
    """What thermal zones and, on a Raspberry Pi, the firmware say.

    `temperature_c` is the hottest sensor's, None without one. `limit_c` is where slowing begins in
    the zone that is nearest to it, `room_c` how far that zone is below; None where nobody says.
    `is_slowed` and `is_low_voltage` tell of now, `has_low_voltage` of any time since boot.
    """

    temperature_c: float | None
    is_slowed: bool = False
    has_low_voltage: bool = False
    is_low_voltage: bool = False
    limit_c: float | None = None
    room_c: float | None = None


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
    """Ask the kernel's thermal zones under `root`, and the firmware. Thread: any; up to 2 s."""
    said = throttled()
    bits = _bits(said)
    fallback = FIRMWARE_LIMIT_C if said else None
    zones = [
        (celsius, _limit_c(zone) or fallback)
        for zone in sorted((root / "sys/class/thermal").glob("thermal_zone*"))
        if (celsius := _celsius(zone / "temp")) is not None
    ]
    rooms = [(limit - celsius, limit) for celsius, limit in zones if limit is not None]
    room_c, limit_c = min(rooms, default=(None, None))
    return Heat(
        max((celsius for celsius, _ in zones), default=None),
        is_slowed=bool(bits & SLOWED_NOW),
        has_low_voltage=bool(bits & (UNDER_VOLTAGE_NOW | UNDER_VOLTAGE_EVER)),
        is_low_voltage=bool(bits & UNDER_VOLTAGE_NOW),
        limit_c=limit_c,
        room_c=room_c,
    )


def _limit_c(zone: Path) -> float | None:
    """The lowest credible trip point at which the kernel slows down for this zone."""
    return min(_limits_c(zone), default=None)


def _limits_c(zone: Path) -> Iterator[float]:
    lowest, highest = CREDIBLE_C
    for kind in zone.glob("trip_point_*_type"):
        if _text(kind) not in LIMITS:
            continue
        celsius = _celsius(kind.with_name(kind.name.replace("_type", "_temp")))
        if celsius is not None and lowest <= celsius <= highest:
            yield celsius


def _celsius(path: Path) -> float | None:
    try:
        return int(_text(path)) / 1000
    except ValueError:
        return None


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:  # a sensor asleep answers EAGAIN
        return ""


def _bits(answer: str) -> int:
    try:
        return int(answer.partition("=")[2], 16)
    except ValueError:
        return 0
