"""Recording a day ahead: all that it will say, once, and what a person recorded stays."""

from pathlib import Path

import numpy as np
import pytest

from node.voice.engine import Raw
from node.voice.prompts import Prompts, read_index
from tests.fakes.voices import RATE_HZ, tone
from tools.make_prompts.__main__ import main, record
from tools.make_prompts.lines import lines_of

DEMO = Path(__file__).parents[3] / "node" / "demo" / "day.toml"
LINES = (("你好。", "zh"), ('Say "hi"\\.', "en"))


def test_a_day_says_its_prices_in_each_language_once():
    lines = lines_of(DEMO)
    assert ("展会价一百二十九元。", "zh") in lines
    assert {locale for _, locale in lines} == {"zh", "en"}
    assert len(lines) == len(set(lines))


@pytest.mark.parametrize("ending", ["wav", "opus"])
async def test_what_is_recorded_is_played_by_the_node(tmp_path, ending):
    record(LINES, [], tmp_path, lambda _: Raw(tone(1.0), RATE_HZ), ending=ending)
    prompts = Prompts(tmp_path)
    await prompts.begin()
    for text, locale in LINES:
        assert prompts.voice(text, locale)
        raw = await prompts.speak(text, locale)
        assert len(raw.pcm) / raw.rate_hz == pytest.approx(1.0, abs=0.1)
        assert np.abs(raw.pcm).max() > 0.5
    prompts.close()


def test_what_is_recorded_already_is_left_alone(tmp_path, capsys):
    record(LINES, [], tmp_path, lambda _: Raw(tone(0.5), RATE_HZ))
    before = read_index(tmp_path).prompt
    record((("再见。", "zh"),), list(before), tmp_path, lambda _: Raw(tone(0.5), RATE_HZ))
    assert read_index(tmp_path).prompt[:2] == before
    assert len(read_index(tmp_path).prompt) == 3


def test_what_is_missing_is_listed_for_a_studio(tmp_path, capsys):
    price = ("展会价一百二十九元。", "zh")
    assert main([str(DEMO), "--out", str(tmp_path), "--list"]) == 0
    assert "zh\t展会价一百二十九元。" in capsys.readouterr().out
    record((price,), [], tmp_path, lambda _: Raw(tone(0.5), RATE_HZ))
    capsys.readouterr()
    main([str(DEMO), "--out", str(tmp_path), "--list"])
    assert "zh\t展会价一百二十九元。\n" not in capsys.readouterr().out


def test_a_day_with_errors_is_refused_with_them(tmp_path, capsys):
    assert main([str(tmp_path / "day.toml"), "--out", str(tmp_path), "--list"]) == 1
    assert "E01" in capsys.readouterr().err
