"""Questions of booths at the controller: waited for over HTTP, answered by a signed command."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.control.demo_cloud import canned
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM
from tools.fleet.cli.client import Controller as FleetController
from tools.responder.answerers import Canned
from tools.responder.serving import Responder

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
TURN = "4f1c2a9b-12"
WORDS = "will it survive my dishwasher"
LONG_MS = 120_000


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


async def test_a_question_is_waited_for_and_answered_once(desk: FleetDesk):
    node = await desk.node("n0001")
    waiting = asyncio.create_task(desk.ask("GET", "/v1/asks?after=0&wait=30"))
    node.ask(TURN, product="P17", text=WORDS, left_ms=LONG_MS)
    found = await waiting
    if not found["asks"]:  # a slow machine: the wait was over first
        found = await desk.ask("GET", "/v1/asks?after=0&wait=30")
    (asked,) = found["asks"]
    assert (asked["node"], asked["turn"], asked["text"]) == ("n0001", TURN, WORDS)
    assert 0 < asked["left_ms"] <= LONG_MS
    answer = {"text": {"en": "By hand, please."}, "product": "P17", "action": "card.show"}
    told = await desk.ask("POST", f"/v1/asks/n0001/{TURN}", answer)
    (entry,) = await desk.ended(str(told["batch"]))
    assert entry.status == "done"
    data = node.obeyed[-1].data
    assert (data.turn, data.text, data.action) == (TURN, {"en": "By hand, please."}, "card.show")
    await desk.ask("POST", f"/v1/asks/n0001/{TURN}", answer, status=409)


async def test_an_answer_that_the_contract_does_not_have_leaves_the_question(desk: FleetDesk):
    node = await desk.node("n0001")
    node.ask(TURN, left_ms=LONG_MS)
    await until(lambda: desk.controller.asks.after(0, desk.now()), "the question comes")
    path, words = f"/v1/asks/n0001/{TURN}", {"en": "Yes."}
    for wrong in (
        {"text": {}}, {"text": words, "action": "offer.start"}, {"text": words, "audio": "x"},
        {"text": {"en": "x" * 501}}, {"text": words, "take": "ep2"},
    ):  # fmt: skip
        await desk.ask("POST", path, wrong, status=422)
    await desk.ask("POST", path, {"text": words})


@pytest.mark.parametrize("query", ["after=x&wait=-1", "after=.", "after=" + "9" * 400, "wait=NaN",
                                   "after=1e9", "after=%C2%B2", "after=0.5&wait=0.1"])  # fmt: skip
async def test_what_is_no_number_in_the_query_waits_for_nothing(desk: FleetDesk, query: str):
    assert (await desk.ask("GET", f"/v1/asks?{query}"))["asks"] == []


async def test_words_of_visitors_are_for_operators_and_stand_in_no_file(desk: FleetDesk):
    viewer = await desk.ask("POST", "/v1/people", {"name": "eye", "role": "viewer"})
    node = await desk.node("n0001")
    node.ask(TURN, text=WORDS, left_ms=LONG_MS)
    await until(lambda: desk.controller.asks.after(0, desk.now()), "the question comes")
    await desk.ask("GET", "/v1/asks", token=str(viewer["token"]), status=403)
    await desk.ask("POST", f"/v1/asks/n0001/{TURN}", {"text": {"en": "By hand."}})
    views = (await desk.ask("GET", "/v1/nodes/n0001"), await desk.ask("GET", "/v1/events"))
    assert WORDS not in str(views)
    files = [path for path in desk.folder.rglob("*") if path.is_file()]
    assert [path.name for path in files if WORDS.encode() in path.read_bytes()] == []


async def test_the_responder_answers_at_a_real_controller(desk: FleetDesk):
    node = await desk.node("n0001")
    said: list[str] = []
    at = FleetController(desk.url, desk.token)
    task = asyncio.create_task(
        Responder(at, Canned(canned()), limit_s=30.0, tell=said.append).run()
    )
    node.ask(TURN, product="P17", left_ms=LONG_MS)
    await until(lambda: [one for one in node.obeyed if one.type == "ask.reply"], "it is answered")
    assert node.obeyed[-1].data.text == canned()
    await until(lambda: said, "it is told")
    assert f"n0001 {TURN}: answered" in said[0]
    task.cancel()
    await asyncio.wait([task])
