"""The operator's orders to the voice, and what status and view tell of the ear."""

from collections.abc import AsyncIterator

import pytest
from aiohttp.test_utils import TestClient, TestServer

from node.config import WebConfig
from node.program.commands import Ask, HushVoice, Misheard, MuteEar, Talk
from node.program.listening import Listening, Turn
from node.web.access import Access
from node.web.operator import OperatorFace
from node.web.server import Web
from node.web.voiceview import ear_view, questions_view
from tests.fakes.fake_show import FakeShow
from tests.fakes.fake_voice import PRICE, PRICE_SAID, FakeVoice
from tests.unit.web.conftest import Client


@pytest.fixture
def voice() -> FakeVoice:
    return FakeVoice()


@pytest.fixture
async def heard(show: FakeShow, access: Access, voice: FakeVoice) -> AsyncIterator[Client]:
    face = OperatorFace(submit=show.submit, snapshot=show.snapshot, changed=show.changed,
                        access=access, voice=voice.obey)  # fmt: skip
    async with TestClient(TestServer(Web(WebConfig(), [face])._application())) as client:
        yield client


async def test_a_typed_question_is_answered_with_its_turn(heard: Client, show: FakeShow):
    answer = await heard.post("/api/command", json={"do": "ask", "text": "多少钱"})
    told = await answer.json()
    assert (answer.status, told["ok"]) == (200, True)
    assert told["turn"]["answer"] == PRICE_SAID
    assert told["turn"]["by"] == "node"
    assert show.commands == []


@pytest.mark.parametrize(
    ("order", "command"),
    [
        ({"do": "talk"}, Talk()),
        ({"do": "talk", "may_send": True}, Talk(may_send=True)),
        ({"do": "ear.mute"}, MuteEar()),
        ({"do": "ear.mute", "is_muted": False}, MuteEar(is_muted=False)),
        ({"do": "hush"}, HushVoice()),
        ({"do": "ask", "text": "price?", "locale": "en"}, Ask("price?", "en")),
    ],
)
async def test_each_order_reaches_the_voice(heard: Client, voice: FakeVoice, order, command):
    assert (await heard.post("/api/command", json=order)).status == 200
    assert voice.commands == [command]


async def test_a_turn_is_rejected_by_its_number(heard: Client, voice: FakeVoice):
    number = voice.hear().number
    assert (await heard.post("/api/command", json={"do": "misheard", "number": number})).ok
    assert voice.commands == [Misheard(number)]
    assert voice.listening.value.turns[0].is_rejected
    refused = await heard.post("/api/command", json={"do": "misheard", "number": 99})
    assert (refused.status, (await refused.json())["code"]) == (409, "unknown_turn")


@pytest.mark.parametrize("order", [{"do": "talk"}, {"do": "ask", "text": "x"}, {"do": "hush"}])
async def test_a_node_without_a_voice_says_so(client: Client, show: FakeShow, order):
    answer = await client.post("/api/command", json=order)
    assert (answer.status, (await answer.json())["code"]) == (409, "no_voice")
    assert show.commands == []


@pytest.mark.parametrize("text", ["", "x" * 201])
async def test_a_question_has_words_but_not_too_many(heard: Client, voice: FakeVoice, text):
    assert (await heard.post("/api/command", json={"do": "ask", "text": text})).status == 400
    assert voice.commands == []


def test_the_status_tells_the_ear_without_any_question():
    turn = Turn(1, 5.0, "voice", "zh", "price", PRICE, PRICE_SAID, "node")
    listening = Listening("armed", "full", -31.27, microphone="desk", turns=(turn,))
    view = ear_view(listening, may_send=True)
    assert (view.ear, view.duplex, view.level_db, view.may_send) == ("armed", "full", -31.3, True)
    assert not hasattr(view, "turns")
    rests = ear_view(Listening("resting", again_s=42, clipped_percent=31))
    assert (rests.ear, rests.again_s, rests.clipped_percent) == ("resting", 42, 31)
    assert ear_view(Listening(trouble="desk: is gone", is_lost=True)).lost
    assert [turn.age_s for turn in questions_view(listening, 9.04)] == [4.0]
