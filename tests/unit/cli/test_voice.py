"""ask, talk, mute, hush: what is sent, and what is said of it; the ear's line of the status."""

import json

import pytest

from node.__main__ import main
from tests.fakes.http_node import STATUS

TURN = {
    "number": 3, "age_s": 0.0, "way": "typed", "locale": "zh", "intent": "price",
    "label": {"zh": "价格?", "en": "Price?"}, "by": "node", "waits": False,
    "answer": {"zh": "展会价一百二十九元。", "en": "It is 129 yuan."},
}  # fmt: skip


def _turn(node, **more) -> None:
    told = {"ok": True, "result": "turn 3", "turn": {**TURN, **more}}
    node.answers["/api/command"] = (200, json.dumps(told).encode())


def test_a_question_is_sent_and_its_answer_printed_in_its_language(node, capsys):
    _turn(node)
    assert main(["ask", "多少钱", "--url", node.url]) == 0
    assert node.commands == [{"do": "ask", "text": "多少钱", "locale": "", "may_send": False}]
    assert (
        capsys.readouterr().out == "turn 3 · 价格? · answered by the node\n展会价一百二十九元。\n"
    )


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"answer": {}, "waits": True, "by": "staff"}, "no answer yet: it is being asked"),
        ({"answer": {}, "by": "none"}, "no answer"),
        ({"label": {}, "locale": "en", "may_send": False}, "It is 129 yuan."),
    ],
)
def test_what_has_no_answer_says_so(node, capsys, more, line):
    _turn(node, **more)
    assert main(["ask", "嗯", "--url", node.url]) == 0
    assert capsys.readouterr().out.splitlines()[1] == line


def test_a_turn_is_printed_as_json_for_machines(node, capsys):
    _turn(node)
    assert main(["ask", "price", "--locale", "en", "--json", "--url", node.url]) == 0
    assert json.loads(capsys.readouterr().out)["answer"] == TURN["answer"]
    assert node.commands == [{"do": "ask", "text": "price", "locale": "en", "may_send": False}]


@pytest.mark.parametrize(
    ("words", "command", "line"),
    [
        (["talk"], {"do": "talk", "is_pressed": True, "may_send": False}, "a question is awaited"),
        (["mute"], {"do": "ear.mute", "is_muted": True}, "microphone off"),
        (["mute", "off"], {"do": "ear.mute", "is_muted": False}, "microphone on"),
        (["hush"], {"do": "hush"}, "answer stopped"),
    ],
)
def test_each_verb_of_the_voice_sends_its_command(node, capsys, words, command, line):
    assert main([*words, "--url", node.url]) == 0
    assert node.commands == [command]
    assert capsys.readouterr().out == line + "\n"


def test_a_node_without_a_voice_is_said_so(node, capsys):
    node.refuse("no_voice", "this node has no voice")
    assert main(["ask", "多少钱", "--url", node.url]) == 1
    assert capsys.readouterr().err == "refused: this node has no voice (no_voice)\n"


def test_an_answer_without_a_turn_is_no_node_s(node, capsys):
    assert main(["ask", "多少钱", "--url", node.url]) == 1
    assert "no turn" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("voice", "line"),
    [
        ({"ear": "armed", "duplex": "full", "level_db": -42.4, "microphone": "desk"},
         "waits for the wake word · desk · -42 dBFS · full duplex"),
        ({"ear": "muted", "duplex": "half", "microphone": "hall", "simulated": True},
         "muted · hall · -90 dBFS · half duplex · simulated"),
        ({"ear": "off", "trouble": "microphone desk: unplugged"},
         "off · microphone desk: unplugged"),
    ],
)  # fmt: skip
def test_the_status_has_one_line_of_the_ear(node, capsys, voice, line):
    node.answers["/status"] = (200, json.dumps({**STATUS, "voice": voice}).encode())
    assert main(["status", "--url", node.url]) == 0
    assert line in capsys.readouterr().out


@pytest.mark.parametrize("more", [{}, {"voice": {"ear": "off"}}, {"voice": {"ear": "dreaming"}}])
def test_a_node_without_an_ear_has_no_such_line(node, capsys, more):
    node.answers["/status"] = (200, json.dumps({**STATUS, **more}).encode())
    assert main(["status", "--url", node.url]) == 0
    assert "\u2502 ear" not in capsys.readouterr().out
