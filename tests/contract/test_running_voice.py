"""The demo as a visitor meets it: questions, answers, and what is never kept."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from node.web.status import Status
from tests.fakes.running import RunningNode, events

pytestmark = pytest.mark.timeout(300)

TRIES = 20
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
    while not is_seen_to_speak(demo, "what is it made of"):
        pass  # a test that stood still meanwhile has another try
    demo.until(lambda status: not speaks(status))


def speaks(status: Status) -> bool:
    return status.voice is not None and status.voice.speaking


def is_seen_to_speak(node: RunningNode, question: str) -> bool:
    """Whether the answer was looked at while it was said, and not behind its end."""
    before = ends_of_speech(node)
    asked(node, question)
    return speaks(node.until(lambda now: speaks(now) or bool(ends_of_speech(node) - before)))


def ends_of_speech(node: RunningNode) -> set[str]:
    """When something was said to its end, of what happened last."""
    shown = json.loads(node.ask("/api/show")[1])["events"]
    return {one["ts"] for one in shown if one["ev"] == "say.end"}


def test_a_visitor_who_asks_aloud_is_understood_and_answered(demo: RunningNode):
    voice = demo.status().voice
    if voice is None or voice.trouble:
        pytest.skip(f"no ear on this machine: {voice and voice.trouble}")
    for _ in range(TRIES):  # in real time, on a machine that may be busy with other tests
        demo.ask("/api/fault", {"ask": "price_zh"})
        if _turn_of(demo, "voice", "price") is not None:
            break
    turn = _turn_of(demo, "voice", "price")
    assert turn is not None, "the recorded question was never understood"
    assert (turn["by"], turn["locale"]) == ("node", "zh")


def _turn_of(node: RunningNode, way: str, intent: str) -> dict[str, object] | None:
    """A turn as the operator's page has it, waited for as long as a question takes."""
    for _ in range(80):
        show = json.loads(node.ask("/api/show")[1])
        turns = [one for one in show.get("questions", ()) if one["way"] == way]
        if found := next((one for one in turns if one["intent"] == intent), None):
            return found
        time.sleep(0.1)
    return None


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
