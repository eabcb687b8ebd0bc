"""Facts about the panel's wiring: what the table says, and what is refused."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from node.config import load
from node.config_panel import (
    LAMPS,
    PULLED_UP,
    STANDARD,
    ButtonConfig,
    LampConfig,
    PanelConfig,
    PresenceConfig,
    inputs_of,
    lamps_of,
    panel_faults,
    pin_words,
)
from node.errors import ConfigError


def loaded(tmp_path, text: str) -> PanelConfig | None:
    (tmp_path / "day.toml").touch()
    path = tmp_path / "node.toml"
    path.write_text(f'rundown = "day.toml"\n{text}')
    return load(path).panel


def faults(tmp_path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    return [fault.removeprefix(f"{tmp_path / 'node.toml'}: ") for fault in caught.value.faults]


def test_without_a_table_there_is_no_panel(tmp_path):
    assert loaded(tmp_path, "") is None


def test_an_empty_table_is_the_standard_wiring(tmp_path):
    panel = loaded(tmp_path, "[panel]\n")
    lines = [*inputs_of(panel), *lamps_of(panel)]
    assert {line.name: line.pin for line in lines} == STANDARD
    assert list(panel_faults(panel)) == []


def test_the_standard_wiring_names_no_line_twice_and_none_that_others_need():
    taken = {0, 1, 2, 3, 14, 15, *range(7, 12), *range(18, 22)}
    assert len(set(STANDARD.values())) == len(STANDARD)
    assert not taken & set(STANDARD.values())


def test_lamps_of_the_standard_wiring_are_dark_until_somebody_drives_them():
    assert all(STANDARD[lamp] >= 9 for lamp in LAMPS)


def test_a_control_may_lie_elsewhere_or_nowhere(tmp_path):
    panel = loaded(
        tmp_path,
        '[panel]\nlive = { pin = 20 }\nstaff.pin = "none"\nbuzzer = { pin = "none" }\n'
        'listening = { active = "low" }\n',
    )
    assert {line.name: line.pin for line in inputs_of(panel)}["live"] == 20
    assert "staff" not in {line.name for line in inputs_of(panel)}
    lamps = {line.name: line.is_active_high for line in lamps_of(panel)}
    assert lamps == {"tally": True, "red": False, "green": False, "blue": False}


@pytest.mark.parametrize(
    ("button", "is_active_high"),
    [
        (ButtonConfig(), False),
        (ButtonConfig(pull="down"), True),
        (ButtonConfig(active="high"), True),
        (ButtonConfig(pull="none", active="low"), False),
    ],
)
def test_a_button_is_pressed_at_the_level_that_its_pull_does_not_give(button, is_active_high):
    line = inputs_of(PanelConfig(live=button))[0]
    assert (line.name, line.is_active_high) == ("live", is_active_high)


@pytest.mark.parametrize(("kind", "expected"), [("pir", ("down", True)), ("reed", ("up", False))])
def test_a_sensor_is_wired_by_its_kind(kind, expected):
    line = inputs_of(PanelConfig(presence=PresenceConfig(kind=kind)))[-1]
    assert (line.pull, line.is_active_high) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[panel]\nlive.pin = 28\n",
            ["panel.live.pin = 28: the header has 2 to 27; for another chip's line name the chip "
             "in panel.chip"],
        ),
        ("[panel]\nlive.pin = 1024\n", ["panel.live.pin = 1024: expected `int` <= 1023"]),
        ('[panel]\nlive.pin = ""\n', ["panel.live.pin = '': expected `str` of length >= 1"]),
        (
            '[panel]\nchip = "pcf8574"\n',
            ["panel.chip = 'pcf8574': no control names its line: live = { pin = 0 }"],
        ),
        ("[panel]\nchip = 64\n", ["panel.chip = 64: expected `int` <= 63"]),
        (
            '[panel]\nlive.pin = "PR.04"\ntally.pin = "PR.04"\n',
            ["panel.tally.pin = 'PR.04': already wired as panel.live.pin"],
        ),
        ("[panel]\nlive.pin = -1\n", ["panel.live.pin = -1: expected `int` >= 0"]),
        (
            '[panel]\nlive.pin = "17"\n',
            ["panel.live.pin = '17': a number is written without quotes"],
        ),
        ("[panel]\nlive = 17\n", ["panel.live = 17: expected a table"]),
        ("[panel]\nlive.debounce_ms = 0\n", ["panel.live.debounce_ms = 0: expected `int` >= 1"]),
        (
            '[panel]\nfactory = "rpi"\n',
            ["panel.factory = 'rpi': expected one of lgpio, mock"],
        ),
        ("[panel]\nlife.pin = 4\n", ["panel.life: unknown table (did you mean live?)"]),
        (
            "[panel]\nlive.pin = 1\n",
            ["panel.live.pin = 1: pins 0 and 1 are the board's own, for add-on boards"],
        ),
        (
            "[panel]\nlive.pin = 20\nlistening.red = 20\n",
            ["panel.listening.red = 20: already wired as panel.live.pin"],
        ),
        (
            "[panel]\nlive.pin = 27\n",
            ["panel.next.pin = 27: already wired as panel.live.pin"],
        ),
        (
            '[panel]\nlive.pull = "none"\n',
            ["panel.live.active = 'auto': without a pull expected 'low' or 'high'"],
        ),
        (
            '[panel]\nlive = { pin = 3, pull = "down" }\n',
            ["panel.live.pull = 'down': resistors on the board pull pins 2 and 3 up"],
        ),
        (
            "[panel]\npresence.pin = 2\n",
            ["panel.presence.pin = 2: a resistor on the board pulls this pin up"],
        ),
    ],
)  # fmt: skip
def test_a_wrong_wiring_is_refused_with_place_and_value(tmp_path, text, expected):
    assert faults(tmp_path, text) == expected


def test_a_line_that_is_pulled_up_by_the_board_may_have_a_button_to_ground():
    panel = PanelConfig(live=ButtonConfig(pin=min(PULLED_UP)), tally=LampConfig(pin=4))
    assert list(panel_faults(panel)) == []


@pytest.mark.parametrize(
    ("chip", "pin", "words"),
    [
        ("header", 17, "GPIO17"), ("header", "PR.04", "PR.04"), (2, 5, "gpiochip2:5"),
        ("pcf8574", 0, "pcf8574:0"),
    ],
)  # fmt: skip
def test_a_line_is_called_as_people_find_it(chip, pin, words):
    assert pin_words(PanelConfig(chip=chip), pin) == words


def test_on_a_chip_that_is_named_only_what_names_its_line_is_wired(tmp_path):
    panel = loaded(
        tmp_path,
        '[panel]\nchip = "pcf8574"\nlive = { pin = 0, pull = "down" }\nnext.pin = 164\n',
    )
    assert {line.name: line.pin for line in inputs_of(panel)} == {"live": 0, "next": 164}
    assert lamps_of(panel) == ()


def test_the_sample_file_shows_the_defaults():
    sample = (Path(__file__).parents[2] / "firmware_config/node.toml").read_text(encoding="utf-8")
    block = sample.partition("# [panel]\n")[2].partition("\n\n")[0]
    table = tomllib.loads(block.replace("# ", "", 1).replace("\n# ", "\n"))
    assert set(table) == set(PanelConfig.__struct_fields__)
    assert msgspec.convert(table, PanelConfig) == PanelConfig()
