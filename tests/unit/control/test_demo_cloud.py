"""The demo's cloud: what it hears is read or passed over, and it never says that it is a model."""

import asyncio

import msgspec
import pytest

from node.control import demo_cloud
from node.control.broker import Endpoint
from node.control.demo_cloud import DemoCloud, canned
from node.control.messages import WireCommand, typed
from node.control.mqtt import Arrival
from node.control.telemetry import Ask
from tests.unit.control.samples import NODE, NOW, ORG

TURN = "4f1c2a9b-3"


@pytest.fixture
def cloud(monkeypatch):
    monkeypatch.setattr(demo_cloud, "THINKS_S", 0.0)
    one = DemoCloud(Endpoint("127.0.0.1", 1, is_tls=False), org=ORG, node=NODE)
    one.said = []
    monkeypatch.setattr(
        one._connection, "publish",
        lambda topic, body, way, expiry_s: one.said.append((topic, body, way.qos, expiry_s)),
    )  # fmt: skip
    return one


async def heard(cloud, body):
    cloud._loop, cloud._answer = asyncio.get_running_loop(), canned()
    assert cloud.take(Arrival("t", body, is_dup=False, is_retained=False, expiry_s=60, loop_s=0.0))
    for _ in range(3):
        await asyncio.sleep(0)
    await asyncio.sleep(0.001)


@pytest.mark.parametrize(("product", "action"), [("P17", "card.show"), ("", "")])
async def test_a_question_is_answered_by_a_command_of_the_contract(cloud, product, action):
    await heard(cloud, msgspec.json.encode(Ask(1, NODE, NOW, TURN, "zh", NOW, 8000, product)))
    ((topic, body, qos, expiry_s),) = cloud.said
    command = typed(msgspec.json.decode(body, type=WireCommand))
    assert topic == f"ls/v1/{ORG}/nodes/{NODE}/cmd/ask.reply"
    assert (qos, expiry_s, command.exp - command.iat) == (1, 10, 10_000)
    assert (command.data.turn, command.data.product, command.data.action) == (
        TURN, product, action,
    )  # fmt: skip
    assert command.data.text == canned()


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 60_000, b'{"v":NaN}', b"x" * 70_000])
async def test_what_is_no_question_is_passed_over(cloud, body):
    await heard(cloud, body)
    assert cloud.said == []


def test_the_sentence_says_in_each_language_that_it_is_no_models():
    assert "no model" in canned()["en"]
    assert "没有接模型" in canned()["zh"]
