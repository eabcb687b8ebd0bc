"""livesell rehearse: a day in seconds, as a table, as JSON, at a pace to watch."""

import json
from pathlib import Path

import pytest

from node.__main__ import main
from node.cli import rehearse

DEMO = Path(rehearse.__file__).parents[1] / "demo" / "day.toml"


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(rehearse, "DAY_S", 1200.0)


@pytest.mark.parametrize(("lang", "word"), [("en", "segments aired"), ("zh", "播出段落")])
def test_a_day_ends_in_a_table_in_both_languages(short, capsys, lang, word):
    assert main(["rehearse", str(DEMO), "--lang", lang]) == 0
    shown = capsys.readouterr().out
    assert word in shown
    assert {"en": "simulated", "zh": "模拟"}[lang] in shown


def test_machines_get_all_of_it_as_json(short, capsys):
    assert main(["rehearse", str(DEMO), "--json", "--seed", "7"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["simulated"], told["seed"]) == (True, 7)
    assert told["aired"][0].keys() >= {"at", "segment", "kind", "loop", "variant", "why"}
    assert told["late_frames_max"] == 0


def test_at_a_pace_each_segment_is_told_as_it_airs(monkeypatch, capsys):
    monkeypatch.setattr(rehearse, "DAY_S", 200.0)
    assert main(["rehearse", str(DEMO), "--speed", "1000"]) == 0
    assert "seg.start" in capsys.readouterr().out


def test_a_refused_day_is_not_rehearsed(tmp_path, capsys):
    bad = tmp_path / "day.toml"
    bad.write_text("format = 'nonsense'\n")
    assert main(["rehearse", str(bad)]) == 78
    assert "E01" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--speed", "0"], ["--speed", "9", "--json"], ["--seed", "x"]])
def test_wrong_words_are_wrong_usage(words):
    with pytest.raises(SystemExit, match="2"):
        main(["rehearse", str(DEMO), *words])
