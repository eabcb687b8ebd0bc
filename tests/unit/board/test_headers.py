"""Facts about the 40-pin headers: which board has which, and what lies where."""

import pytest

from node.board.headers import (
    AGX_ORIN,
    AGX_XAVIER,
    JETSONS,
    NANO,
    ORIN_NANO,
    XAVIER_NX,
    header_of,
    raspberry_pi,
)
from node.config_panel import LAMPS, STANDARD

ALL = [header for _, header in JETSONS]
GPIOS = {4, 5, 6, *range(7, 14), *range(16, 28)}
"""What a Jetson's header has as GPIO: all but I2C (0 to 3) and the serial console (14, 15)."""


def found(tmp_path, *compatible: str, labels=()):
    tree = tmp_path / "proc/device-tree"
    tree.mkdir(parents=True, exist_ok=True)
    (tree / "compatible").write_bytes("".join(f"{one}\0" for one in compatible).encode())
    return header_of(tmp_path, labels)


@pytest.mark.parametrize(
    ("compatible", "header"),
    [
        (("nvidia,p3768-0000+p3767-0005", "nvidia,p3767-0005", "nvidia,tegra234"), ORIN_NANO),
        (("nvidia,p3768-0000+p3767-0003-super",), ORIN_NANO),
        (("nvidia,p3509-0000+p3767-0000",), ORIN_NANO),
        (("nvidia,p3737-0000+p3701-0005", "nvidia,p3701-0005", "nvidia,tegra234"), AGX_ORIN),
        (("nvidia,p3509-0000+p3668-0001",), XAVIER_NX),
        (("nvidia,p2972-0000", "nvidia,tegra194"), AGX_XAVIER),
        (("nvidia,p3450-0000", "nvidia,tegra210"), NANO),
    ],
)
def test_a_jetson_is_known_by_its_device_tree(tmp_path, compatible, header):
    assert found(tmp_path, *compatible) is header


def test_a_module_on_a_carrier_board_that_is_not_known_is_not_guessed(tmp_path):
    assert found(tmp_path, "acme,kiosk+p3767-0005", "nvidia,p3767-0005", "nvidia,tegra234") is None


@pytest.mark.parametrize("label", ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"])
def test_a_raspberry_pi_is_known_by_its_chip(tmp_path, label):
    header = header_of(tmp_path, ["brcmvirt-gpio", label])
    assert (header.board, header.lines[17].chip, header.lines[17].offset) == (
        "Raspberry Pi",
        label,
        17,
    )


def test_a_machine_without_either_has_no_header(tmp_path):
    assert header_of(tmp_path, ["INT34C6:00"]) is None


@pytest.mark.parametrize("header", ALL, ids=lambda one: one.board)
def test_a_jetsons_header_has_each_gpio_once(header):
    assert set(header.lines) == GPIOS
    assert len({(line.chip, line.offset) for line in header.lines.values()}) == len(GPIOS)


@pytest.mark.parametrize("header", [*ALL, raspberry_pi("pinctrl-rp1")], ids=lambda one: one.board)
def test_the_standard_wiring_lies_on_every_header_but_for_what_a_carrier_board_forbids(header):
    assert set(STANDARD.values()) <= set(header.lines)
    ways = {name: "driven" if name in LAMPS else "read" for name in STANDARD}
    bad = {name for name, pin in STANDARD.items() if header.only.get(pin, ways[name]) != ways[name]}
    assert bad == {"Jetson AGX Orin": {"live"}, "Jetson AGX Xavier": {"blue"}}.get(
        header.board, set()
    )


def test_no_jetson_can_pull_its_lines_and_every_raspberry_pi_can():
    assert not any(header.has_pulls for header in ALL)
    assert raspberry_pi("pinctrl-bcm2835").has_pulls
