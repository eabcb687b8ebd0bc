"""The status panel, and the same for machines."""

import json

import msgspec
import pytest

from node.__main__ import main
from node.cli.status import INNER_CELLS, NodeStatus, _cells, _fit, draw_panel
from node.cli.texts import load
from tests.fakes.http_node import STATUS


def panel(locale: str = "en", **changes: object) -> list[str]:
    known = msgspec.convert({**STATUS, **changes}, NodeStatus)
    return list(draw_panel(known, load(locale), is_colour=False))


def test_json_is_what_the_node_said(node, capsys):
    assert main(["status", "--json", "--url", node.url]) == 0
    assert json.loads(capsys.readouterr().out) == STATUS


def test_the_panel_tells_what_matters(node, capsys):
    assert main(["status", "--url", node.url]) == 0
    shown = capsys.readouterr().out
    for fact in ("ON AIR", "ep1", "0:30 / 2:00", "desk in 1:30", "900 out", "1:02:05", "P17"):
        assert fact in shown
    assert "! camera          waiting  ×4  unplugged" in shown
    assert "simulated: camera" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_line_is_equally_wide_in_terminal_cells(locale):
    name = "第一集 检票口" * 10
    assert {_cells(line) for line in panel(locale, segment=name)} == {INNER_CELLS + 4}


def test_the_bar_shows_the_position():
    assert panel(position_s=0.0)[2].count("━") == 0
    assert panel(position_s=60.0)[2].count("━") == 17
    assert panel(position_s=999.0)[2].count("━") == 34


def test_a_live_segment_without_length_shows_its_time_alone():
    assert panel(length_s=None)[2].split() == ["│", "0:30", "│"]


def test_a_node_that_says_little_is_shown_all_the_same():
    known = msgspec.json.decode(b'{"version":"9.9","news":[1]}', type=NodeStatus)
    assert "OFF AIR" in next(draw_panel(known, load("en"), is_colour=False))


def test_the_panel_tells_who_approved_the_files_and_which_may_not_play():
    signed = {"state": "signed", "by": "legal", "files": 10, "refused": ["ep2.mp4"]}
    lines = "\n".join(panel(assets=signed))
    assert "10 files, approved by legal" in lines
    assert "may not play: ep2.mp4" in lines
    assert "没有批准清单" in "\n".join(panel("zh", assets={"state": "unlisted", "files": 3}))
    assert "files" not in "\n".join(panel(assets={"state": "of another version"}))


def test_an_encoder_that_stands_in_says_for_which():
    why = "as configured; encoder.kind asked for v4l2m2m, which failed twice: " + "it burns " * 9
    told = panel(encoder="libx264/superfast", encoder_why=why, encoder_stands_in=True)
    words = " ".join(line.strip("│ ") for line in told)
    assert "encoder.kind asked for v4l2m2m, which failed twice: it burns" in words
    assert {_cells(line) for line in told} == {INNER_CELLS + 4}
    assert "it burns" not in "\n".join(panel(encoder_why=why))


def test_control_characters_do_not_reach_the_terminal():
    assert "\x1b" not in "".join(panel(segment="\x1b[2J"))


@pytest.mark.parametrize("text", ["", "abc", "字" * 5, "a字" * 5])
@pytest.mark.parametrize("cells", [1, 2, 3, 4, 7, 20])
def test_a_fitted_text_has_just_its_width(text, cells):
    assert _cells(_fit(text, cells)) == cells


def test_no_node_and_no_sense_are_told(node, capsys):
    assert main(["status", "--url", "http://127.0.0.1:1"]) == 1
    node.answers["/status"] = (200, b'{"version": 3}')
    assert main(["status", "--url", node.url]) == 1
    node.answers["/status"] = (503, b"starting")
    assert main(["status", "--url", node.url]) == 1
    first, second, third = capsys.readouterr().err.splitlines()
    assert "no node answers" in first
    assert "no node's status" in second
    assert "answered 503: starting" in third


@pytest.mark.parametrize(("locale", "stopped"), [("en", "stopped"), ("zh", "已停播")])
def test_each_output_has_a_line(locale, stopped):
    lines = panel(
        locale,
        outputs=[
            {"name": "kiosk", "state": "carried", "picture": "shared", "viewers": 1},
            {"name": "partner", "state": "stopped", "picture": "stopped", "back_at": "11:42"},
            {"name": "web", "picture": "own", "encoder": "libx264/fast", "bitrate_kbps": 2410.4},
        ],
    )
    assert {_cells(line) for line in lines} == {INNER_CELLS + 4}
    (partner,) = [line for line in lines if " partner " in line]
    assert stopped in partner
    assert "11:42" in partner
    assert any("libx264/fast · 2410 kbit/s" in line for line in lines)


def test_a_resting_ear_tells_when_it_tries_again():
    voice = {"ear": "resting", "again_s": 42}
    assert any("rests: machine too slow, again in 42 s" in line for line in panel(voice=voice))
    assert any("42 秒后再试" in line for line in panel("zh", voice=voice))


def test_an_ear_whose_model_failed_tells_why_and_when_it_tries_again():
    voice = {"ear": "resting", "again_s": 8, "trouble": "no memory"}
    (line,) = [line for line in panel(voice=voice) if "tries again in 8 s" in line]
    assert "no memory" in line
    assert "slow" not in line


def test_a_microphone_that_is_too_loud_is_to_be_turned_down():
    voice = {"ear": "armed", "microphone": "desk", "clipped_percent": 31}
    assert any("31 per cent clipped, turn it down" in line for line in panel(voice=voice))
    assert any("百分之31削波" in line for line in panel("zh", voice=voice))
