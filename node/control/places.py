"""Which line of which chip each control of a panel is, on this machine."""

import grp
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.board.gpiochips import Chip, GpioChips, Line, number_of
from node.board.headers import Header, has_pulls, header_of
from node.config_panel import HEADER, LAMPS, InputName, LampName, PanelConfig, wires
from node.errors import DeviceError

WAYS: Final = {"read": "can only be read", "driven": "can only be driven"}


@dataclass(frozen=True, slots=True)
class Place:
    """A line: /dev/gpiochip`chip`, its offset there, both in words.

    `has_pull`: the kernel can pull it up or down, as far as is known.
    """

    chip: int
    offset: int
    words: str
    has_pull: bool = True


Places = Mapping[InputName | LampName, Place]


def places_of(cfg: PanelConfig, there: GpioChips) -> Places:
    """Where each wired control lies.

    Raises `DeviceError` with key and value where one lies nowhere, or where the chips may not be
    opened; it says what there is, and the cure.
    """
    machine = _Machine(there)
    header = machine.header() if cfg.chip == HEADER else None
    chips = machine.chips if header is not None else (machine.named(cfg.chip),)
    found: dict[InputName | LampName, Place] = {}
    for key, name, pin in wires(cfg):
        value = f"panel.{key} = {pin!r}"
        if isinstance(pin, str):
            place = machine.by_name(value, pin, chips)
        elif header is not None:
            place = machine.on_header(value, header, pin, is_driven=name in LAMPS)
        else:
            place = _by_offset(value, chips[0], pin)
        for other, one in found.items():
            if (one.chip, one.offset) == (place.chip, place.offset):
                raise DeviceError(f"{value}: {place.words} is wired as {other} already")
        found[name] = place
    return found


class _Machine:
    """The chips of this machine that may be opened; raises `DeviceError` where there are none."""

    def __init__(self, there: GpioChips) -> None:
        self._there = there
        self._lines: dict[int, tuple[Line, ...]] = {}
        self._forbidden: Path | None = None
        self.chips = tuple(chip for device in there.devices() if (chip := self._chip(device)))
        if not self.chips and self._forbidden is None:
            raise DeviceError("this machine has no GPIO chip that answers (/dev/gpiochip*)")

    def header(self) -> Header:
        """The board's 40-pin header."""
        header = header_of(self._there.root, (chip.label for chip in self.chips))
        if header is None:
            raise self._missing(f"panel.chip = {HEADER!r}: no header is known of this machine")
        return header

    def named(self, choice: int | str) -> Chip:
        """A chip by its label, its device's path or name, or its number."""
        for chip in self.chips:
            names = (chip.number, chip.label, f"gpiochip{chip.number}")
            if choice in (*names, f"/dev/gpiochip{chip.number}"):
                return chip
        if isinstance(choice, str) and choice.startswith("/"):  # a link that a udev rule makes
            number = number_of((self._there.root / choice.lstrip("/")).resolve())
            if linked := [one for one in self.chips if one.number == number]:
                return linked[0]
        raise self._missing(f"panel.chip = {choice!r}: no such chip")

    def on_header(self, value: str, header: Header, pin: int, *, is_driven: bool) -> Place:
        """The line behind a place of the header."""
        if (line := header.lines.get(pin)) is None:
            numbers = ", ".join(map(str, sorted(header.lines)))
            raise DeviceError(f"{value}: on a {header.board} that place is no GPIO: {numbers} are")
        if (way := header.only.get(pin)) is not None and (way == "driven") != is_driven:
            reason = f"on a {header.board} that place {WAYS[way]}, by its carrier board"
            raise DeviceError(f"{value}: {reason}: wire it to another")
        chip = next((one for one in self.chips if one.label == line.chip), None)
        if chip is None:
            raise self._missing(f"{value}: it lies on the chip {line.chip!r}, which is not there")
        named = (one.offset for one in self._lines_of(chip) if line.name and one.name == line.name)
        offset = next(named, line.offset)
        words = f"GPIO{pin} ({_line_words(chip, offset, line.name)})"
        return Place(chip.number, offset, words, header.has_pulls)

    def by_name(self, value: str, name: str, chips: Iterable[Chip]) -> Place:
        """The line of that name; there must be one."""
        found = [
            (chip, line) for chip in chips for line in self._lines_of(chip) if line.name == name
        ]
        if len(found) != 1:
            where = ", ".join(f"gpiochip{chip.number}" for chip, _ in found)
            reason = f"on {where}: name the chip" if found else "not a line: see gpioinfo"
            raise DeviceError(f"{value}: {reason}: {self._listed()}")
        chip, line = found[0]
        words = _line_words(chip, line.offset, name)
        return Place(chip.number, line.offset, words, has_pulls(chip.label))

    def _chip(self, device: Path) -> Chip | None:
        try:
            return self._there.chip(device)
        except PermissionError:
            self._forbidden = device
        except OSError:
            pass  # gone meanwhile, or no GPIO chip
        return None

    def _lines_of(self, chip: Chip) -> tuple[Line, ...]:
        """None where the kernel cannot say: then offsets must do."""
        if chip.number not in self._lines:
            try:
                self._lines[chip.number] = self._there.lines(chip)
            except OSError:
                self._lines[chip.number] = ()
        return self._lines[chip.number]

    def _missing(self, reason: str) -> DeviceError:
        """With what there is instead."""
        if self._forbidden is not None:
            return DeviceError(_forbidden(self._forbidden))
        return DeviceError(f"{reason}: {self._listed()}")

    def _listed(self) -> str:
        chips = (f"{chip.label} (gpiochip{chip.number}, {chip.lines} lines)" for chip in self.chips)
        return f"there are {', '.join(chips)}"


def holder_of(place: Place, there: GpioChips) -> str:
    """Who holds a line, by the kernel; "" where nobody does, or it cannot say."""
    device = there.root / f"dev/gpiochip{place.chip}"
    try:
        return there.lines(there.chip(device))[place.offset].user
    except (OSError, IndexError):
        return ""


def _by_offset(value: str, chip: Chip, offset: int) -> Place:
    if offset >= chip.lines:
        reason = f"{chip.label} (gpiochip{chip.number}) has the lines 0 to {chip.lines - 1}"
        raise DeviceError(f"{value}: {reason}")
    return Place(chip.number, offset, _line_words(chip, offset, ""), has_pulls(chip.label))


def _line_words(chip: Chip, offset: int, name: str) -> str:
    named = f"{name}, " if name else ""
    return f"{named}line {offset} of {chip.label}, gpiochip{chip.number}"


def _forbidden(device: Path) -> str:
    """Who may open a device that this user may not."""
    try:
        group = grp.getgrgid(device.stat().st_gid).gr_name
    except (OSError, KeyError):
        group = "root"
    if group == "root":
        cure = "give it to the group gpio by firmware_config/udev/70-livesell.rules"
    else:
        cure = f"it belongs to the group {group}: sudo usermod -aG {group} $USER, then log in again"
    return f"{device}: this user may not open it: {cure}"
