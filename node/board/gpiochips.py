"""The kernel's GPIO chips: what each is called, what its lines are called, and who holds them."""

import fcntl
import os
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

GPIO_GET_CHIPINFO: Final = 0x8044B401
GPIO_V2_GET_LINEINFO: Final = 0xC100B405
"""ioctl numbers of linux/gpio.h; the second since Linux 5.10, as are the lines of lgpio 0.2.2."""
CHIP_INFO: Final = struct.Struct("=32s32sI")
LINE_INFO: Final = struct.Struct("=32s32sIIQ176x")
"""struct gpiochip_info: name, label, lines; struct gpio_v2_line_info: name, consumer, offset,
num_attrs, flags, then attributes and padding.
"""
IS_USED: Final = 1 << 0
"""GPIO_V2_LINE_FLAG_USED."""

Ask = Callable[[Path, int, Sequence[bytearray]], None]
"""Puts one question (an ioctl) to a device once for each buffer; raises `OSError`."""


@dataclass(frozen=True, slots=True)
class Chip:
    """A controller: /dev/gpiochip`number`; its driver's label; how many lines it has."""

    number: int
    label: str
    lines: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its name on the board, "" where it has none, and who holds it, "" for nobody."""

    offset: int
    name: str
    user: str


def ask_kernel(device: Path, request: int, said: Sequence[bytearray]) -> None:
    """`Ask` by ioctl."""
    descriptor = os.open(device, os.O_RDONLY)
    try:
        for one in said:
            fcntl.ioctl(descriptor, request, one)
    finally:
        os.close(descriptor)


class GpioChips:
    """What there is on the machine whose file system begins at `root`."""

    def __init__(self, root: Path = Path("/"), ask: Ask = ask_kernel) -> None:
        self.root, self._ask = root, ask

    def devices(self) -> tuple[Path, ...]:
        """Every chip's device by number; a second name of the same (Raspberry Pi 5) is none."""
        there = (self.root / "dev").glob("gpiochip*")
        return tuple(sorted((one for one in there if not one.is_symlink()), key=number_of))

    def chip(self, device: Path) -> Chip:
        """What a chip says of itself; raises `OSError` where it may not be opened or is gone."""
        said = bytearray(CHIP_INFO.size)
        self._ask(device, GPIO_GET_CHIPINFO, [said])
        _, label, lines = CHIP_INFO.unpack(said)
        return Chip(number_of(device), _text(label), lines)

    def lines(self, chip: Chip) -> tuple[Line, ...]:
        """Its lines by offset; raises `OSError`, also where the kernel is older than 5.10."""
        said = [_line_asked(offset) for offset in range(chip.lines)]
        self._ask(self.root / f"dev/gpiochip{chip.number}", GPIO_V2_GET_LINEINFO, said)
        return tuple(_line(one) for one in said)


def number_of(device: Path) -> int:
    """The N of gpiochipN."""
    return int(re.sub(r"\D", "", device.name) or -1)


def _line_asked(offset: int) -> bytearray:
    return bytearray(LINE_INFO.pack(b"", b"", offset, 0, 0))


def _line(said: bytearray) -> Line:
    name, user, offset, _, flags = LINE_INFO.unpack(said)
    return Line(offset, _text(name), (_text(user) or "?") if flags & IS_USED else "")


def _text(raw: bytes) -> str:
    return raw.partition(b"\0")[0].decode("utf-8", "replace")
