"""The doctor's line of buttons and lamps."""

import pytest

from node.cli import examine_panel
from node.cli.texts import load
from node.config import Config
from node.config_panel import ButtonConfig, PanelConfig
from tests.fakes.fake_gpio import FakeChip, FakeGpio

ORIN_NANO = "nvidia,p3768-0000+p3767-0005"


def judged(gpio: FakeGpio, **fields):
    return examine_panel.panel(Config("day.toml", panel=PanelConfig(**fields)), gpio.machine)


@pytest.fixture
def pi(tmp_path):
    return FakeGpio(tmp_path, FakeChip("pinctrl-bcm2711", 58))


@pytest.fixture
def jetson(tmp_path):
    return FakeGpio(tmp_path, FakeChip("tegra234-gpio", 164), compatible=[ORIN_NANO])


@pytest.fixture(autouse=True)
def _libraries(monkeypatch):
    monkeypatch.setattr("node.cli.examine_panel.find_spec", lambda name: name)


def test_without_a_table_there_is_nothing_to_wire(pi):
    verdict = examine_panel.panel(Config("day.toml"), pi.machine)
    assert (verdict.level, verdict.code) == ("absent", "no_table")


def test_a_simulated_panel_says_so_and_needs_no_device(tmp_path):
    verdict = judged(FakeGpio(tmp_path), factory="mock")
    assert (verdict.level, verdict.code) == ("ok", "simulated")
    assert verdict.message(load("en")) == "simulated: 12 lines"


def test_a_machine_without_the_device_is_told_that_the_table_is_for_another(tmp_path):
    verdict = judged(FakeGpio(tmp_path))
    assert (verdict.level, verdict.code) == ("warn", "no_chip")
    assert "another board" in verdict.message(load("en"))


def test_the_chip_that_is_named_must_be_there_else_those_that_are_are_listed(pi):
    assert judged(pi).code == "ok"
    verdict = judged(pi, chip="pcf8574")
    assert (verdict.level, verdict.code) == ("warn", "not_had")
    assert verdict.message(load("en")).endswith(
        "panel.chip = 'pcf8574': no such chip: there are pinctrl-bcm2711 (gpiochip0, 58 lines)"
    )


def test_what_is_wired_is_told(pi):
    assert "live GPIO17" in judged(pi).message(load("en"))


def test_missing_libraries_are_named(pi, monkeypatch):
    known = {"gpiozero"}
    monkeypatch.setattr(
        "node.cli.examine_panel.find_spec", lambda name: name if name in known else None
    )
    verdict = judged(pi)
    assert (verdict.code, verdict.facts["missing"]) == ("no_library", "lgpio")


def test_a_device_that_may_not_be_used_is_told(pi, monkeypatch):
    monkeypatch.setattr("node.cli.examine_panel.os.access", lambda *_: False)
    assert judged(pi).code == "forbidden"


def test_a_jetson_is_told_which_buttons_need_a_resistor(jetson):
    verdict = judged(jetson)
    assert (verdict.level, verdict.code) == ("warn", "no_pull")
    assert verdict.facts["bare"] == "live, busy, next, mute, talk, staff"


def test_a_jetson_whose_buttons_have_resistors_is_well(jetson):
    with_resistor = ButtonConfig(pull="none", active="low")
    names = ("live", "busy", "next", "mute", "talk", "staff")
    assert judged(jetson, **dict.fromkeys(names, with_resistor)).code == "ok"


def test_a_line_that_somebody_holds_is_told_with_its_holder(pi):
    pi.chips[0].lines[17].user = "w1"
    verdict = judged(pi)
    assert (verdict.level, verdict.code) == ("warn", "held")
    assert verdict.message(load("en")).endswith(
        "GPIO17 (line 17 of pinctrl-bcm2711, gpiochip0): w1"
    )


def test_lines_that_the_running_node_holds_are_well(pi):
    for line in pi.chips[0].lines:
        line.user = "lg"
    assert judged(pi).code == "ok"


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize(
    "code", ["no_table", "no_library", "no_chip", "forbidden", "not_had", "held", "no_pull"]
)
def test_every_fault_has_a_cure(code, locale):
    assert f"doctor.panel.{code}_cure" in load(locale)
