"""Facts about where a panel's controls lie: what is found, and what is refused with which words."""

from types import SimpleNamespace

import pytest

from node.config_panel import STANDARD, ButtonConfig, LampConfig, PanelConfig
from node.control.places import Place, holder_of, places_of
from node.errors import DeviceError
from tests.fakes.fake_gpio import FakeChip, FakeGpio

AON = {9: "PBB.01", 3: "PAA.03", 0: "PAA.00", 1: "PAA.01", 2: "PAA.02", 8: "PBB.00"}
ORIN = "nvidia,p3737-0000+p3701-0000"


def agx(tmp_path, **more) -> FakeGpio:
    chips = (FakeChip("tegra234-gpio", 164, {70: "PR.04"}), FakeChip("tegra234-gpio-aon", 32, AON))
    return FakeGpio(tmp_path, *chips, compatible=[ORIN], **more)


def elsewhere(pin, **more) -> PanelConfig:
    return PanelConfig(live=ButtonConfig(pin=pin), **more)


def refused(cfg: PanelConfig, gpio: FakeGpio) -> str:
    with pytest.raises(DeviceError) as told:
        places_of(cfg, gpio.machine)
    return str(told.value)


def test_the_standard_wiring_of_a_raspberry_pi_is_its_chips_own_numbers(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("raspberrypi-exp-gpio", 8), FakeChip("pinctrl-bcm2711", 58))
    found = places_of(PanelConfig(), gpio.machine)
    assert {name: (place.chip, place.offset) for name, place in found.items()} == {
        name: (1, pin) for name, pin in STANDARD.items()
    }


def test_a_jetsons_header_may_lie_on_two_chips(tmp_path):
    found = places_of(elsewhere(4), agx(tmp_path).machine)
    assert (found["mute"].chip, found["mute"].offset) == (1, 9)
    assert (found["busy"].chip, found["busy"].offset) == (0, 85)
    assert found["mute"] == Place(1, 9, found["mute"].words, has_pull=False)
    assert found["mute"].words == "GPIO23 (PBB.01, line 9 of tegra234-gpio-aon, gpiochip1)"


def test_a_line_is_found_by_its_name_where_the_kernel_counts_otherwise(tmp_path):
    gpio = agx(tmp_path)
    cfg = PanelConfig(live=ButtonConfig(pin=4), tally=LampConfig(pin=17))
    assert places_of(cfg, gpio.machine)["tally"].offset == 70


def test_a_kernel_that_names_no_lines_is_believed_by_offset(tmp_path):
    gpio = agx(tmp_path)
    gpio.is_old = True
    cfg = PanelConfig(live=ButtonConfig(pin=4), tally=LampConfig(pin=17))
    assert places_of(cfg, gpio.machine)["tally"].offset == 112


def test_a_place_that_a_carrier_board_only_lets_be_driven_takes_no_button(tmp_path):
    assert refused(PanelConfig(), agx(tmp_path)) == (
        "panel.live.pin = 17: on a Jetson AGX Orin that place can only be driven, by its carrier "
        "board: wire it to another"
    )


def test_a_place_that_is_no_gpio_names_those_that_are(tmp_path):
    told = refused(elsewhere(14), agx(tmp_path))
    assert told.startswith("panel.live.pin = 14: on a Jetson AGX Orin that place is no GPIO: 4, 5,")


@pytest.mark.parametrize(
    "chip", ["pcf8574", "gpiochip1", "/dev/gpiochip1", 1, "/dev/livesell/panel"]
)
def test_a_chip_is_named_by_label_name_path_number_or_link(tmp_path, chip):
    gpio = FakeGpio(tmp_path, FakeChip("INT34C6:00", 320), FakeChip("pcf8574", 64))
    (tmp_path / "dev/livesell").mkdir()
    (tmp_path / "dev/livesell/panel").symlink_to("../gpiochip1")
    found = places_of(elsewhere(40, chip=chip), gpio.machine)
    assert (found["live"].chip, found["live"].offset) == (1, 40)
    assert found["live"].words == "line 40 of pcf8574, gpiochip1"


def test_a_wrong_label_lists_the_chips_that_exist(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("INT34C6:00", 320), FakeChip("pcf8574", 8))
    assert refused(elsewhere(0, chip="pcf8575"), gpio) == (
        "panel.chip = 'pcf8575': no such chip: there are INT34C6:00 (gpiochip0, 320 lines), "
        "pcf8574 (gpiochip1, 8 lines)"
    )


def test_a_line_out_of_range_is_told_with_the_range(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("pcf8574", 8))
    assert refused(elsewhere(8, chip="pcf8574"), gpio) == (
        "panel.live.pin = 8: pcf8574 (gpiochip0) has the lines 0 to 7"
    )


def test_a_line_may_be_wired_by_its_name(tmp_path):
    found = places_of(elsewhere("PAA.03", tally=LampConfig(pin="none")), agx(tmp_path).machine)
    assert (found["live"].chip, found["live"].offset, found["live"].has_pull) == (1, 3, False)


def test_a_name_that_no_line_has_is_refused(tmp_path):
    told = refused(elsewhere("PX.99"), agx(tmp_path))
    assert told.startswith("panel.live.pin = 'PX.99': not a line: see gpioinfo: there are tegra234")


def test_a_name_that_two_chips_have_is_refused_unless_the_chip_is_named(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("left", 64, {3: "KEY"}), FakeChip("right", 64, {5: "KEY"}))
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/compatible").write_bytes(ORIN.encode())
    assert refused(elsewhere("KEY"), gpio).startswith(
        "panel.live.pin = 'KEY': on gpiochip0, gpiochip1: name the chip: there are left"
    )
    by_chip = elsewhere("KEY", chip="right")
    assert places_of(by_chip, gpio.machine)["live"].offset == 5


def test_one_line_by_two_names_is_refused(tmp_path):
    told = refused(elsewhere("PBB.01"), agx(tmp_path))
    assert told == (
        "panel.mute.pin = 23: GPIO23 (PBB.01, line 9 of tegra234-gpio-aon, gpiochip1) is wired as "
        "live already"
    )


def test_a_machine_without_chips_is_told(tmp_path):
    assert "has no GPIO chip" in refused(PanelConfig(), FakeGpio(tmp_path))


def owned_by(monkeypatch, group: str) -> None:
    named = SimpleNamespace(getgrgid=lambda _: SimpleNamespace(gr_name=group))
    monkeypatch.setattr("node.control.places.grp", named)


def test_a_chip_that_may_not_be_opened_is_told_with_its_group_and_the_cure(tmp_path, monkeypatch):
    gpio = FakeGpio(tmp_path, FakeChip("pinctrl-rp1", 54))
    gpio.forbidden.add(0)
    owned_by(monkeypatch, "gpio")
    assert refused(PanelConfig(), gpio) == (
        f"{tmp_path}/dev/gpiochip0: this user may not open it: it belongs to the group gpio: sudo "
        "usermod -aG gpio $USER, then log in again"
    )


def test_a_chip_that_is_roots_alone_is_told_with_the_rule_that_gives_it_away(tmp_path, monkeypatch):
    gpio = FakeGpio(tmp_path, FakeChip("pinctrl-rp1", 54))
    gpio.forbidden.add(0)
    owned_by(monkeypatch, "root")
    assert "udev/70-livesell.rules" in refused(PanelConfig(), gpio)


def test_who_holds_a_line_is_told_and_nobody_where_the_chip_is_gone(tmp_path):
    gpio = FakeGpio(tmp_path, FakeChip("pcf8574", 8))
    gpio.chips[0].lines[3].user = "fan"
    assert holder_of(Place(0, 3, ""), gpio.machine) == "fan"
    assert holder_of(Place(0, 4, ""), gpio.machine) == ""
    gpio.unplug(0)
    assert holder_of(Place(0, 3, ""), gpio.machine) == ""
