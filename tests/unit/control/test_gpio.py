"""Facts about the panel's driver where lines cannot be had, or go."""

import asyncio
import sys

import pytest

from node.board.headers import ORIN_NANO
from node.config_panel import STANDARD, ButtonConfig, LampConfig, PanelConfig
from node.control.gpio import board_pins, mock_pins
from node.control.pins import open_pins
from node.errors import DeviceError
from tests.fakes.fake_gpio import FakeChip, FakeGpio


def nobody(name: str, is_down: bool, at_s: float) -> None:  # noqa: FBT001  # as `Told`
    """Is told, and forgets."""


def jetson(root) -> FakeGpio:
    names = {line.offset: line.name for line in ORIN_NANO.lines.values()}
    chip = FakeChip("tegra234-gpio", 164, names)
    return FakeGpio(root, chip, compatible=["nvidia,p3768-0000+p3767-0005"])


async def test_a_line_that_somebody_else_holds_is_told_with_its_holder(tmp_path) -> None:
    gpio, header = jetson(tmp_path), ORIN_NANO
    gpio.chips[0].lines[header.lines[STANDARD["busy"]].offset].user = "fan-control"
    with gpio.lgpio(), pytest.raises(DeviceError) as told:
        async with board_pins(PanelConfig(), nobody, gpio.machine):
            pass
    words = "busy: GPIO22 (PN.01, line 85 of tegra234-gpio, gpiochip0): LgpioError: GPIO busy"
    assert str(told.value) == f"{words}: 'fan-control' holds it"
    assert all(line.user in {"", "fan-control"} for line in gpio.chips[0].lines)


@pytest.mark.parametrize("wired", ["live", "tally"])
async def test_a_chip_that_is_pulled_out_is_told_and_its_lines_can_be_had_again(
    wired, tmp_path
) -> None:
    gpio = FakeGpio(tmp_path, FakeChip("pinctrl-bcm2711", 58), FakeChip("cp2102", 4))
    cfg = PanelConfig(
        chip="cp2102", **{wired: ButtonConfig(pin=1) if wired == "live" else LampConfig(pin=1)}
    )
    with gpio.lgpio():
        async with board_pins(cfg, nobody, gpio.machine) as pins:
            pins.look()
            gpio.unplug(1)
            with pytest.raises(DeviceError, match="can not access GPIO"):
                pins.look()
        with pytest.raises(
            DeviceError, match=r"panel.chip = 'cp2102': no such chip: there are pin"
        ):
            async with board_pins(cfg, nobody, gpio.machine):
                pass
        gpio.plug(1)
        async with board_pins(cfg, nobody, gpio.machine) as pins:
            assert pins.inputs | pins.lamps == {wired}


async def test_a_machine_whose_header_is_not_known_is_a_device_error(tmp_path) -> None:
    gpio = FakeGpio(tmp_path, FakeChip("INT34C6:00", 320))
    with gpio.lgpio(), pytest.raises(DeviceError, match=r"no header is known .* INT34C6:00 "):
        async with board_pins(PanelConfig(), nobody, gpio.machine):
            pass


async def test_a_machine_without_lgpio_is_a_device_error(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "lgpio", None)
    with pytest.raises(DeviceError, match=r"lgpio is not installed: .*: apt-get install"):
        async with open_pins(PanelConfig(), nobody):
            pass


async def test_an_edge_after_the_end_is_told_to_nobody() -> None:
    edges = []
    pins = mock_pins(PanelConfig(), lambda *edge: edges.append(edge))
    async with pins:
        pins.press("live", is_down=True)
    await asyncio.sleep(2 * PanelConfig().live.debounce_ms / 1000)
    assert edges == []
    with pytest.raises(KeyError):
        pins.press("live", is_down=False)
