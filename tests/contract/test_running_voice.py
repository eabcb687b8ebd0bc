"""The demo as a visitor meets it: questions, answers, and what is never kept."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.running import RunningNode, events

MARK = "zqxmark"
"""A word that stands in nothing but the question."""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def demo(state: Path) -> Iterator[RunningNode]:
    words = ["demo", "--headless", "--port", "0", "--size", "640x360"]
    node = RunningNode(words, state, environ={"XDG_STATE_HOME": str(state / "home")})
    try:
        node.wait_on_air()
        node.until(lambda status: status.health["voice"].condition == "ready")
        yield node
    finally:
        node.end()


def asked(node: RunningNode, text: str) -> dict[str, object]:
    code, body = node.ask("/api/command", {"do": "ask", "text": text})
    assert code == 200, body
    turn: dict[str, object] = json.loads(body)["turn"]
    return turn


def test_a_typed_question_is_answered_from_the_catalog(demo: RunningNode):
    turn = asked(demo, "折叠杯多少钱")
    assert (turn["intent"], turn["by"], turn["locale"]) == ("price", "node", "zh")
    assert "¥" in str(turn["answer"])


def test_a_question_of_safety_goes_to_staff(demo: RunningNode):
    turn = asked(demo, "孕妇能用吗")
    assert (turn["intent"], turn["by"], turn["waits"]) == ("suitable", "staff", True)


def test_an_answer_is_said_in_the_program(demo: RunningNode):
    asked(demo, "what is it made of")
    demo.until(lambda status: status.voice is not None and status.voice.speaking)
    demo.until(lambda status: status.voice is not None and not status.voice.speaking)


def test_no_word_of_a_question_is_kept_anywhere(demo: RunningNode, state: Path):
    asked(demo, f"{MARK} {MARK} 多少钱 {MARK}")
    asked(demo, f"{MARK} whatever {MARK}")
    asked(demo, f"{MARK} still not {MARK}")
    demo.until(lambda status: status.on_air)
    status, metrics = demo.ask("/status")[1], demo.ask("/healthz")[1]
    assert MARK.encode() not in status + metrics
    demo.stop()
    found = [
        str(path)
        for path in state.rglob("*")
        if path.is_file() and MARK.encode() in path.read_bytes()
    ]
    assert found == []
    log = state / "home" / "livesell" / "demo"
    turns = [one for one in events(log) if one.ev == "ask"]
    assert {one.where for one in turns} == {"node", "staff"}
