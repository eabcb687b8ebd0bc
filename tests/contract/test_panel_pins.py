"""What every driver of the panel's lines promises: the simulated one, lgpio on a simulated chip.

The second runs where the kernel's gpio-sim is: `GPIO_SIM` names its folder of lines.
"""

import asyncio
import contextlib
import gc
import os
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pytest

from node.config_panel import STANDARD, ButtonConfig, LampConfig, PanelConfig
from node.control.gpio import GpioPins, by_lgpio, mock_pins
from node.control.pins import Told, open_pins
from node.errors import DeviceError

PATIENCE_S = 60.0
PI_4 = 0xC03111
"""gpiozero reads it from the device tree, which is not here."""
PI_4 = 0xC03111
"""gpiozero reads it from the device tree, which is not here."""
SLOW_MS = 250
"""An emulated machine takes 100 ms and more for what a contact bounces in 5."""
LINES = os.environ.get("GPIO_SIM", "")
"""As in /sys/devices/platform/gpio-sim.0/gpiochip0."""


class Outside(Protocol):
    """The world behind the header."""

    def drive(self, pin: int, *, is_high: bool) -> None:
        """Set a line's level from outside."""

    def is_high(self, pin: int) -> bool:
        """The level that the node drives."""


class Wires:
    """Levels of gpiozero's mock pins."""

    def __init__(self, pins: GpioPins) -> None:
        self._pins = pins

    def drive(self, pin: int, *, is_high: bool) -> None:
        line = self._pins._factory.pin(pin)
        (line.drive_high if is_high else line.drive_low)()

    def is_high(self, pin: int) -> bool:
        return bool(self._pins._factory.pin(pin).state)


class SimulatedChip:
    """The kernel's gpio-sim, by its files."""

    def drive(self, pin: int, *, is_high: bool) -> None:
        Path(LINES, f"sim_gpio{pin}", "pull").write_text("pull-up" if is_high else "pull-down")

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


def sim_pins(cfg: PanelConfig, told: Told) -> GpioPins:
    """The node's own driver; only the question of which board this is has another answer."""
    return GpioPins(cfg, told, lambda: by_lgpio("gpio-sim", 0, _get_revision=lambda _: PI_4))


@pytest.fixture(params=["mock", "gpio-sim"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    if request.param == "mock":
        yield Make(mock_pins, Wires)
        return
    if not LINES:
        pytest.skip("GPIO_SIM names no simulated chip: see tools/rig booth")
    chip = SimulatedChip()
    for pin in STANDARD.values():
        chip.drive(pin, is_high=True)
    yield Make(sim_pins, lambda _: chip)


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


async def test_a_press_is_told_once_and_so_is_its_end(make: Make) -> None:
    seen = Seen()
    async with opened(make, PanelConfig(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["live"], is_high=False)
        await seen.until(("live", True))
        assert "live" in pins.down()
        make.outside(pins).drive(STANDARD["live"], is_high=True)
        await seen.until(("live", True), ("live", False))
        assert "live" not in pins.down()


async def test_a_contact_that_bounces_is_one_press(make: Make) -> None:
    seen, slow = Seen(), PanelConfig(next=ButtonConfig(debounce_ms=SLOW_MS))
    async with opened(make, slow, seen.told) as pins:
        outside = make.outside(pins)
        for _ in range(10):
            outside.drive(STANDARD["next"], is_high=False)
            outside.drive(STANDARD["next"], is_high=True)
        outside.drive(STANDARD["next"], is_high=False)
        await seen.until(("next", True))
        await _quiet()
        assert seen.edges == [("next", True)]


async def test_a_spike_is_no_press(make: Make) -> None:
    seen, slow = Seen(), PanelConfig(busy=ButtonConfig(debounce_ms=SLOW_MS))
    async with opened(make, slow, seen.told) as pins:
        make.outside(pins).drive(STANDARD["busy"], is_high=False)
        make.outside(pins).drive(STANDARD["busy"], is_high=True)
        await _quiet()
        assert seen.edges == []


async def test_buttons_are_told_apart(make: Make) -> None:
    seen = Seen()
    async with opened(make, PanelConfig(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["talk"], is_high=False)
        await seen.until(("talk", True))
        make.outside(pins).drive(STANDARD["mute"], is_high=False)
        await seen.until(("talk", True), ("mute", True))


async def test_a_button_pulled_down_is_pressed_by_a_high_level(make: Make) -> None:
    seen = Seen()
    cfg = PanelConfig(live=ButtonConfig(pin=20, pull="down"))
    async with opened(make, cfg, seen.told) as pins:
        outside = make.outside(pins)
        outside.drive(20, is_high=False)
        await _quiet()
        seen.edges.clear()
        outside.drive(20, is_high=True)
        await seen.until(("live", True))


async def test_a_contact_that_opens_when_pressed_is_pressed_when_it_opens(make: Make) -> None:
    seen = Seen()
    async with opened(
        make, PanelConfig(live=ButtonConfig(pin=20, active="high")), seen.told
    ) as pins:
        outside = make.outside(pins)
        outside.drive(20, is_high=False)
        await _quiet()
        seen.edges.clear()
        outside.drive(20, is_high=True)
        await seen.until(("live", True))
        assert "live" in pins.down()


async def test_lamps_are_dark_then_lit_then_dark_and_at_the_level_that_lights_them(
    make: Make,
) -> None:
    cfg = PanelConfig(tally=LampConfig(active="low"))
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
    async with opened(make, PanelConfig(buzzer=LampConfig(pin="none")), Seen().told) as pins:
        pins.light("buzzer", is_on=True)
        assert "buzzer" not in pins.lamps


async def test_lines_are_free_again_once_they_are_let_go(make: Make) -> None:
    for _ in range(3):
        seen = Seen()
        async with opened(make, PanelConfig(), seen.told) as pins:
            outside = make.outside(pins)
            outside.drive(STANDARD["live"], is_high=True)
            await _quiet()
            seen.edges.clear()
            outside.drive(STANDARD["live"], is_high=False)
            await seen.until(("live", True))
            outside.drive(STANDARD["live"], is_high=True)


async def test_an_edge_as_the_lines_are_let_go_makes_nobody_deaf(make: Make) -> None:
    for _ in range(5):
        async with opened(make, PanelConfig(), Seen().told) as pins:
            outside = make.outside(pins)
            outside.drive(STANDARD["live"], is_high=False)
            outside.drive(STANDARD["next"], is_high=False)
        if not isinstance(outside, Wires):
            outside.drive(STANDARD["next"], is_high=True)
    gc.collect()
    seen = Seen()
    async with opened(make, PanelConfig(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["busy"], is_high=False)
        await seen.until(("busy", True))


@pytest.mark.skipif(not LINES, reason="GPIO_SIM names no simulated chip: see tools/rig booth")
async def test_lines_that_somebody_else_holds_are_a_device_error() -> None:
    import lgpio  # noqa: PLC0415  # where there is a chip alone

    chip, make = lgpio.gpiochip_open(0), Make(sim_pins, lambda _: SimulatedChip())
    async with opened(make, PanelConfig(), Seen().told):
        pass  # free, then
    await _quiet()
    lgpio.gpio_claim_input(chip, STANDARD["live"])
    try:
        with pytest.raises(DeviceError, match="busy"):
            async with sim_pins(PanelConfig(), Seen().told):
                pass
    finally:
        lgpio.gpiochip_close(chip)
    async with opened(make, PanelConfig(), Seen().told) as pins:
        assert "live" in pins.inputs


async def test_a_machine_that_is_no_raspberry_pi_is_a_device_error() -> None:
    pytest.importorskip("lgpio")
    with pytest.raises(DeviceError, match=r"^[A-Za-z]+: "):
        async with open_pins(PanelConfig(), Seen().told):
            pass


async def test_a_machine_without_lgpio_is_a_device_error(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(DeviceError, match=r"lgpio is not installed: .*: apt-get install"):
        async with open_pins(PanelConfig(), Seen().told):
            pass


async def test_an_edge_after_the_end_is_told_to_nobody() -> None:
    seen = Seen()
    pins = mock_pins(PanelConfig(), seen.told)
    async with pins:
        pins.press("live", is_down=True)
    await _quiet()
    assert seen.edges == []
    with pytest.raises(KeyError):
        pins.press("live", is_down=False)


async def test_who_is_cancelled_as_lines_are_opened_leaves_them_free(make: Make) -> None:
    for _ in range(3):
        opening = asyncio.ensure_future(make.pins(PanelConfig(), Seen().told).__aenter__())
        await asyncio.sleep(0)
        opening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await opening
    seen = Seen()
    async with opened(make, PanelConfig(), seen.told) as pins:
        make.outside(pins).drive(STANDARD["live"], is_high=False)
        await seen.until(("live", True))
