"""The doctor's line of buttons and lamps."""

import pytest

from node.cli import examine_panel
from node.cli.texts import load
from node.config import Config
from node.config_panel import PanelConfig


def judged(root, **fields):
    return examine_panel.panel(Config("day.toml", panel=PanelConfig(**fields)), root)


def chip(root, number: int):
    (root / "dev").mkdir(exist_ok=True)
    (root / f"dev/gpiochip{number}").touch()
    return root


@pytest.fixture(autouse=True)
def _libraries(monkeypatch):
    monkeypatch.setattr("node.cli.examine_panel.find_spec", lambda name: name)


def test_without_a_table_there_is_nothing_to_wire(tmp_path):
    verdict = examine_panel.panel(Config("day.toml"), tmp_path)
    assert (verdict.level, verdict.code) == ("absent", "no_table")


def test_a_simulated_panel_says_so_and_needs_no_device(tmp_path):
    verdict = judged(tmp_path, factory="mock")
    assert (verdict.level, verdict.code) == ("ok", "simulated")
    assert verdict.message(load("en")) == "simulated: 12 lines"


def test_a_machine_without_the_device_is_told_that_the_table_is_for_another(tmp_path):
    verdict = judged(tmp_path)
    assert (verdict.level, verdict.code) == ("warn", "no_chip")
    assert "another board" in verdict.message(load("en"))


def test_the_chip_that_is_named_must_be_there(tmp_path):
    root = chip(tmp_path, 0)
    assert judged(root).code == "ok"
    assert judged(root, chip=4).code == "no_chip"


def test_what_is_wired_is_told(tmp_path):
    assert "live 17" in judged(chip(tmp_path, 0)).message(load("en"))


def test_missing_libraries_are_named(tmp_path, monkeypatch):
    known = {"gpiozero"}
    monkeypatch.setattr(
        "node.cli.examine_panel.find_spec", lambda name: name if name in known else None
    )
    verdict = judged(chip(tmp_path, 0))
    assert (verdict.code, verdict.facts["missing"]) == ("no_library", "lgpio")


def test_a_device_that_may_not_be_used_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("node.cli.examine_panel.os.access", lambda *_: False)
    assert judged(chip(tmp_path, 0)).code == "forbidden"


@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("code", ["no_table", "no_library", "no_chip", "forbidden"])
def test_every_fault_has_a_cure(code, locale):
    assert f"doctor.panel.{code}_cure" in load(locale)
