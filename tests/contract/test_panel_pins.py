"""What every driver of the panel's lines promises, on every board's header.

The drivers: the simulated one; gpiozero's code for lgpio on a kernel that is a fake, with the chips
of a Raspberry Pi and of Jetsons; lgpio itself on the kernel's gpio-sim. The last runs where
`GPIO_SIM` names that chip's folder of lines.
"""

import asyncio
import contextlib
import gc
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from node.board.headers import AGX_ORIN, ORIN_NANO, Header, raspberry_pi
from node.config_panel import (
    STANDARD,
    ButtonConfig,
    LampConfig,
    PanelConfig,
    wires,
)
from node.control.gpio import GpioPins, board_pins, mock_pins
from node.control.pins import Told
from node.errors import DeviceError
from tests.fakes.fake_gpio import FakeChip, FakeGpio

PATIENCE_S = 60.0
LINES = os.environ.get("GPIO_SIM", "")
"""As in /sys/devices/platform/gpio-sim.0/gpiochip0."""
SLOW_MS = 250 if LINES else 80
"""An emulated machine takes 100 ms and more for what a contact bounces in 5."""


class Outside(Protocol):
    """The world behind the header."""

    def drive(self, pin: int, *, is_high: bool) -> None:
        """Set a line's level from outside."""

    def bounce(self, pin: int, *levels: bool) -> None:
        """Set one level after the other, each as soon as it can be."""

    def is_high(self, pin: int) -> bool:
        """The level that the node drives."""


class Wires:
    """Levels of gpiozero's mock pins."""

    def __init__(self, pins: GpioPins) -> None:
        self._pins = pins

    def drive(self, pin: int, *, is_high: bool) -> None:
        line = self._pin(pin)
        (line.drive_high if is_high else line.drive_low)()

    def bounce(self, pin: int, *levels: bool) -> None:
        for is_high in levels:
            self.drive(pin, is_high=is_high)

    def is_high(self, pin: int) -> bool:
        return bool(self._pin(pin).state)

    def _pin(self, pin: int):
        name = next(name for _, name, at in wires(self._pins._cfg) if at == pin)
        return {**self._pins._inputs, **self._pins._lamps}[name].pin


class FakeBoard:
    """The lines of a fake kernel, by their places on the header."""

    def __init__(self, gpio: FakeGpio, header: Header) -> None:
        self._gpio, self._header = gpio, header

    def drive(self, pin: int, *, is_high: bool) -> None:
        self._gpio.drive(*self._at(pin), is_high=is_high)

    def bounce(self, pin: int, *levels: bool) -> None:
        self._gpio.bounce(*self._at(pin), *levels)

    def is_high(self, pin: int) -> bool:
        number, offset = self._at(pin)
        return self._gpio.chips[number].lines[offset].level

    def _at(self, pin: int) -> tuple[int, int]:
        line = self._header.lines[pin]
        chips = {chip.label: number for number, chip in self._gpio.chips.items()}
        return chips[line.chip], line.offset


class SimulatedChip:
    """The kernel's gpio-sim, by its files."""

    def drive(self, pin: int, *, is_high: bool) -> None:
        Path(LINES, f"sim_gpio{pin}", "pull").write_text("pull-up" if is_high else "pull-down")

    def bounce(self, pin: int, *levels: bool) -> None:
        for is_high in levels:
            self.drive(pin, is_high=is_high)

    def is_high(self, pin: int) -> bool:
        return Path(LINES, f"sim_gpio{pin}", "value").read_text().strip() == "1"


@dataclass
class Seen:
    """What the driver told."""

    edges: list[tuple[str, bool]] = field(default_factory=list)

    def told(self, name: str, is_down: bool, at_s: float) -> None:  # noqa: FBT001
        assert at_s <= time.monotonic()
        self.edges.append((name, is_down))

    async def until(self, *edges: tuple[str, bool]) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while self.edges != list(edges):
            assert time.monotonic() < deadline, self.edges
            assert self.edges == list(edges)[: len(self.edges)]
            await asyncio.sleep(0.005)


@dataclass
class Make:
    """How to open lines, and what lies behind them."""

    pins: Callable[[PanelConfig, Told], GpioPins]
    outside: Callable[[GpioPins], Outside]


BOARDS = {
    "Raspberry Pi 5": (raspberry_pi("pinctrl-rp1"), ""),
    "Jetson Orin Nano": (ORIN_NANO, "nvidia,p3768-0000+p3767-0005-super"),
    "Jetson AGX Orin": (AGX_ORIN, "nvidia,p3737-0000+p3701-0005"),
}
LIVE = 4


def board(name: str, root: Path) -> tuple[FakeGpio, Header]:
    """A fake kernel with the chips of a board, USB's own one before them."""
    header, compatible = BOARDS[name]
    labels = sorted({line.chip for line in header.lines.values()})
    chips = [
        FakeChip(label, 200, {one.offset: one.name for one in header.lines.values()
                              if one.chip == label})
        for label in labels
    ]  # fmt: skip
    usb = FakeChip("cp2102", 4)
    return FakeGpio(root, usb, *chips, compatible=[compatible] if compatible else []), header


@pytest.fixture(params=["mock", *BOARDS, "gpio-sim"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Make]:
    if request.param == "mock":
        yield Make(mock_pins, Wires)
    elif request.param in BOARDS:
        gpio, header = board(request.param, tmp_path)
        outside = FakeBoard(gpio, header)
        _rest(outside)
        with gpio.lgpio():
            yield Make(partial(board_pins, there=gpio.machine), lambda _: outside)
    elif not LINES:
        pytest.skip("GPIO_SIM names no simulated chip: see tools/rig booth")
    else:
        _rest(SimulatedChip())
        yield Make(board_pins, lambda _: SimulatedChip())


def _rest(outside: Outside) -> None:
    """As resistors to 3.3 V have them."""
    for pin in (LIVE, *STANDARD.values()):
        outside.drive(pin, is_high=True)


def table(**fields) -> PanelConfig:
    """The standard wiring but for LIVE, which a Jetson AGX Orin cannot read where it lies."""
    return PanelConfig(**{"live": ButtonConfig(pin=LIVE), **fields})


@asynccontextmanager
async def opened(make: Make, cfg: PanelConfig, told: Told) -> AsyncIterator[GpioPins]:
    """Tries again, as the supervisor does: lgpio lets go of lines a moment after it was asked."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        pins = make.pins(cfg, told)
        try:
            await pins.__aenter__()
            break
        except DeviceError as error:
            if time.monotonic() > deadline or "busy" not in str(error):
                raise
            await asyncio.sleep(0.5)
    try:
        yield pins
    finally:
        await pins.__aexit__(None, None, None)


async def _quiet() -> None:
    """Long enough for anything that bounces to be told, were it told."""
    await asyncio.sleep(SLOW_MS / 1000 * 2)


async def _let_go(seen: Seen, pins: GpioPins, outside: Outside, pin: int, *, is_high: bool) -> None:
    """LIVE is up, by that level of its line; where it was down before, its end has been told."""
    was_down = "live" in pins.down()
    outside.drive(pin, is_high=is_high)
    await seen.until(*([("live", False)] if was_down else []))
    seen.edges.clear()


async def test_a_press_is_told_once_and_so_is_its_end(make: Make) -> None:
    seen = Seen()
    async with opened(make, table(), seen.told) as pins:
        make.outside(pins).drive(LIVE, is_high=False)
        await seen.until(("live", True))
        assert "live" in pins.down()
        make.outside(pins).drive(LIVE, is_high=True)
        await seen.until(("live", True), ("live", False))
        assert "live" not in pins.down()


async def test_a_contact_that_bounces_is_one_press(make: Make) -> None:
    seen, slow = Seen(), table(next=ButtonConfig(debounce_ms=SLOW_MS))
    async with opened(make, slow, seen.told) as pins:
        outside = make.outside(pins)
        outside.bounce(STANDARD["next"], *[False, True] * 10, False)
        await seen.until(("next", True))
        await _quiet()
        assert seen.edges == [("next", True)]


async def test_a_spike_is_no_press(make: Make) -> None:
    seen, slow = Seen(), table(busy=ButtonConfig(debounce_ms=SLOW_MS))
    async with opened(make, slow, seen.told) as pins:
        make.outside(pins).bounce(STANDARD["busy"], False, True)
        await _quiet()
        assert seen.edges == []


async def test_buttons_are_told_apart(make: Make) -> None:
    seen = Seen()
    async with opened(make, table(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["talk"], is_high=False)
        await seen.until(("talk", True))
        make.outside(pins).drive(STANDARD["mute"], is_high=False)
        await seen.until(("talk", True), ("mute", True))


async def test_a_button_pulled_down_is_pressed_by_a_high_level(make: Make) -> None:
    seen = Seen()
    cfg = table(live=ButtonConfig(pin=20, pull="down"))
    async with opened(make, cfg, seen.told) as pins:
        outside = make.outside(pins)
        await _let_go(seen, pins, outside, 20, is_high=False)
        outside.drive(20, is_high=True)
        await seen.until(("live", True))


async def test_a_contact_that_opens_when_pressed_is_pressed_when_it_opens(make: Make) -> None:
    seen = Seen()
    async with opened(make, table(live=ButtonConfig(pin=20, active="high")), seen.told) as pins:
        outside = make.outside(pins)
        await _let_go(seen, pins, outside, 20, is_high=False)
        outside.drive(20, is_high=True)
        await seen.until(("live", True))
        assert "live" in pins.down()


async def test_lamps_are_dark_then_lit_then_dark_and_at_the_level_that_lights_them(
    make: Make,
) -> None:
    cfg = table(tally=LampConfig(active="low"))
    async with opened(make, cfg, Seen().told) as pins:
        outside = make.outside(pins)
        assert outside.is_high(STANDARD["tally"])
        assert not outside.is_high(STANDARD["red"])
        pins.light("tally", is_on=True)
        pins.light("red", is_on=True)
        assert not outside.is_high(STANDARD["tally"])
        assert outside.is_high(STANDARD["red"])
        assert pins.lit == {"tally", "red"}
        pins.light("red", is_on=False)
        assert not outside.is_high(STANDARD["red"])


async def test_a_lamp_that_is_not_wired_does_not_mind(make: Make) -> None:
    async with opened(make, table(buzzer=LampConfig(pin="none")), Seen().told) as pins:
        pins.light("buzzer", is_on=True)
        assert "buzzer" not in pins.lamps


async def test_lines_are_free_again_once_they_are_let_go(make: Make) -> None:
    for _ in range(3):
        seen = Seen()
        async with opened(make, table(), seen.told) as pins:
            outside = make.outside(pins)
            await _let_go(seen, pins, outside, LIVE, is_high=True)
            outside.drive(LIVE, is_high=False)
            await seen.until(("live", True))
            outside.drive(LIVE, is_high=True)


async def test_an_edge_as_the_lines_are_let_go_makes_nobody_deaf(make: Make) -> None:
    for _ in range(5):
        async with opened(make, table(), Seen().told) as pins:
            outside = make.outside(pins)
            outside.drive(LIVE, is_high=False)
            outside.drive(STANDARD["next"], is_high=False)
        if not isinstance(outside, Wires):
            outside.drive(STANDARD["next"], is_high=True)
    gc.collect()
    seen = Seen()
    async with opened(make, table(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["busy"], is_high=False)
        await seen.until(("busy", True))


@pytest.mark.skipif(not LINES, reason="GPIO_SIM names no simulated chip: see tools/rig booth")
async def test_lines_that_somebody_else_holds_are_a_device_error() -> None:
    import lgpio  # noqa: PLC0415  # where there is a chip alone

    chip, make = lgpio.gpiochip_open(0), Make(board_pins, lambda _: SimulatedChip())
    async with opened(make, table(), Seen().told):
        pass  # free, then
    await _quiet()
    lgpio.gpio_claim_input(chip, LIVE)
    try:
        with pytest.raises(DeviceError, match="busy"):
            async with board_pins(table(), Seen().told):
                pass
    finally:
        lgpio.gpiochip_close(chip)
    async with opened(make, table(), Seen().told) as pins:
        assert "live" in pins.inputs


async def test_who_is_cancelled_as_lines_are_opened_leaves_them_free(make: Make) -> None:
    for _ in range(3):
        opening = asyncio.ensure_future(make.pins(table(), Seen().told).__aenter__())
        await asyncio.sleep(0)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
    seen = Seen()
    async with opened(make, table(), seen.told) as pins:
        make.outside(pins).drive(LIVE, is_high=False)
        await seen.until(("live", True))
