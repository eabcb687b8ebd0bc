"""A question on its way to the demo's cloud and back, by a real broker; nobody keeps its words."""

import asyncio

import pytest

from node.config_control import MqttConfig
from node.control import demo_cloud
from node.control.broker import Endpoint
from node.control.demo_cloud import DemoCloud, canned
from node.control.handover import HandOver
from node.control.performer import Outcome
from node.control.plane import Show, open_plane
from node.control.reporting import Self
from node.control.shelf import Shelf
from node.errors import LinkError
from node.program.handover import AskRequest, Guess
from node.supervise import Supervisor
from tests.fakes.chaos_node import NODE, ORG, SyncedClock, gauges, no_day
from tests.fakes.mosquitto import PROGRAM, Mosquitto

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
WORDS = "will it survive my dishwasher"
LONG_S = 120.0


class Replying:
    """Obeys replies alone."""

    def __init__(self, hand_over):
        self._hand_over = hand_over

    def is_repeatable(self, order):
        return True

    async def prepare(self, order):
        return

    async def perform(self, command):
        await self._hand_over.take(command.data)
        return Outcome({})

    def holds(self, command, *, is_same_boot):
        return False


async def until(is_so, limit_s=60.0):
    async with asyncio.timeout(limit_s):
        while not (found := is_so()):  # noqa: ASYNC110  # another thread changes it
            await asyncio.sleep(0.02)
    return found


class Booth:
    """A node's control plane with its hand-over, at a broker of its own."""

    def __init__(self, folder):
        self.folder, self.replies, self.refusal = folder / "node", [], ""
        self.folder.mkdir()
        self.broker = Mosquitto(folder / "broker")
        self.broker.start()
        shelf = Shelf(self.folder)
        shelf.load()
        self.hand_over = HandOver(
            lambda turn, request, left_ms: self.plane.reporter.ask(turn, request, left_ms),
            is_open=lambda: self.plane.link.is_up,
        )
        self.hand_over.replies = self.replied
        self.plane = open_plane(
            MqttConfig((f"mqtt://127.0.0.1:{self.broker.port}",), org=ORG, trust="none"),
            Self(ORG, NODE, "0.0.0", "booth", (), "none"),
            Show(Replying(self.hand_over), gauges(), no_day, lambda _: [], lambda _: None,
                 handover=self.hand_over),
            state_dir=self.folder, clock=SyncedClock(), shelf=shelf,
        )  # fmt: skip
        self.cloud = DemoCloud(
            Endpoint("127.0.0.1", self.broker.port, is_tls=False), org=ORG, node=NODE
        )

    def replied(self, reply):
        self.replies.append(reply)
        return self.refusal

    def ask(self, number, **given):
        due_s = asyncio.get_running_loop().time() + LONG_S
        self.hand_over.send(AskRequest(number, "en", due_s, **given))


@pytest.fixture
async def booth(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_cloud, "THINKS_S", 0.05)
    one = Booth(tmp_path)
    parts = (*one.plane.parts, one.cloud)
    task = asyncio.create_task(Supervisor().run(optional=parts))
    await until(lambda: one.hand_over.is_open)
    await until(lambda: one.cloud._connection._up_s)
    yield one
    task.cancel()
    await asyncio.wait([task])
    one.plane.close()
    one.broker.stop()


async def asked_until_answered(booth, **given):
    """Ask until the cloud hears: what it had not subscribed to in time is not kept for it."""
    for number in range(1, 12):
        booth.ask(number, **given)
        try:
            await until(lambda: booth.replies, 10.0)
        except TimeoutError:
            continue
        return booth.replies[0]
    raise AssertionError("nobody answers")


async def test_the_demos_cloud_answers_and_says_that_it_is_no_model(booth):
    assert booth.plane.handover is booth.hand_over
    reply = await asked_until_answered(booth, product="P17", guesses=(Guess("usage", 0.6),))
    assert reply.text == canned()
    assert (reply.product, reply.action) == ("P17", "card.show")


async def test_words_and_sound_of_a_question_lie_on_no_disk(booth):
    await asked_until_answered(booth, text=WORDS, audio=WORDS.encode())
    await asyncio.to_thread(booth.broker.stop)  # it writes all that it has
    files = [path for path in booth.folder.parent.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"control.db"}
    assert [path for path in files if WORDS.encode() in path.read_bytes()] == []


async def test_without_its_broker_a_question_goes_to_nobody(booth):
    booth.broker.kill()
    await until(lambda: not booth.hand_over.is_open)
    with pytest.raises(LinkError):
        booth.ask(1)
