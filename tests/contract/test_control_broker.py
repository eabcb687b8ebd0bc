"""The node's line at a real broker: what it says and hears, and what a bad broker does to it."""

import asyncio
import contextlib
import json
import time

import msgspec
import pytest

from node.control.messages import Birth, Online, TimeReply
from node.control.sections import Reported, SoftwareWanted
from node.control.topics import address
from node.supervise import Supervisor
from tests.fakes.chaos import Commander
from tests.fakes.chaos_node import NODE, ORG, Fault, counting_plane
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto

pytestmark = pytest.mark.timeout(300)


class Listener(Commander):
    """A controller that remembers every message."""

    def __init__(self, port, keys):
        self.heard = []
        super().__init__(port, keys)

    def _on_message(self, client, userdata, message):
        self.heard.append((message.topic, message.qos, message.retain, message.payload,
                           getattr(message.properties, "MessageExpiryInterval", None)))  # fmt: skip
        super()._on_message(client, userdata, message)

    def bodies(self, leaf, kind):
        where = f"ls/v1/{ORG}/nodes/{NODE}/up/{leaf}"
        return [
            msgspec.json.decode(one[3], type=kind) for one in list(self.heard) if one[0] == where
        ]

    def publish(self, channel, leaf, body, *, retain=False):
        where = str(address(ORG, NODE, channel, leaf))
        return self._client.publish(where, body, 1, retain=retain)


async def until(is_so, limit_s=60.0):
    async with asyncio.timeout(limit_s):
        while not (found := is_so()):  # noqa: ASYNC110  # another thread hears it
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
async def stage(tmp_path):
    """A broker, a controller, and the node's control plane in this process."""
    keys, broker = Keys(), Mosquitto(tmp_path / "broker")
    root = keys.write_root(tmp_path)
    (tmp_path / "state").mkdir()
    broker.start()
    controller = Listener(broker.port, keys)
    plane = counting_plane(tmp_path / "state", broker.port, root, Fault("", 0))
    task = asyncio.create_task(Supervisor().run(optional=plane.parts))
    yield controller, broker, plane
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    plane.close()
    controller.close()
    broker.stop()


async def test_a_node_says_that_it_is_there_and_how_far_it_is(stage):
    controller, _, _ = stage
    (birth, *_) = await until(lambda: controller.bodies("birth", Birth))
    (online, *_) = await until(lambda: controller.bodies("online", Online))
    assert (online.online, online.bseq) == (True, birth.bseq)
    assert (birth.node, birth.trust, birth.clock.state) == (NODE, "jws", "synced")
    (keys, *_) = await until(lambda: controller.bodies("reported/keys", Reported))
    assert (keys.ver, keys.status) == (1, "applied")


async def test_each_message_travels_as_its_topic_says(stage):
    controller, _, _ = stage
    await until(lambda: controller.bodies("reported/keys", Reported))
    one = controller.command(1, "sys.identify", "main")
    await until(one.has_ended)
    await until(lambda: controller.effects)
    for topic, qos, _, _, expiry in controller.heard:
        way = address(ORG, NODE, *topic.split("/up/")[1].partition("/")[::2]).delivery
        assert qos == way.qos, topic
        assert expiry is None if way.expiry_s is None else 0 < expiry <= way.expiry_s, topic


async def test_what_cannot_be_trusted_is_counted_and_told_at_the_next_birth(stage):
    controller, _, plane = stage
    await until(lambda: controller.bodies("reported/keys", Reported))
    controller.publish("cmd", "cue.go", b"garbage")
    controller.publish("cmd", "cue.go", b"x" * 70_000)
    controller.publish("cmd", "no.such", Keys().signed(b"{}"))
    controller.publish("desired", "software", b"\xff\xfe", retain=True)
    one = controller.command(1, "sys.identify", "main")
    await until(one.has_ended)
    births = len(controller.bodies("birth", Birth))
    await plane.link.rebirth()
    await until(lambda: len(controller.bodies("birth", Birth)) > births)
    refused = controller.bodies("birth", Birth)[-1].refused
    assert refused["too_large"] == 1
    assert refused["bad_signature"] >= 2
    (told, *_) = await until(lambda: controller.bodies("reported/software", Reported))
    assert (told.status, told.reason.code) == ("failed", "bad_signature")


async def test_desired_state_that_cannot_be_had_is_reported_with_its_reason(stage):
    controller, _, _ = stage
    await until(lambda: controller.bodies("reported/keys", Reported))
    wanted = SoftwareWanted("9.9", "", "sha256:" + "a" * 64)
    section = controller._keys.section(NODE, "software", 4, wanted)
    controller.publish("desired", "software", section, retain=True)
    (told, *_) = await until(lambda: controller.bodies("reported/software", Reported))
    assert (told.ver, told.status, told.reason.code) == (4, "failed", "precondition")


async def test_sections_that_came_before_the_keys_come_again_after_them(tmp_path):
    keys, broker = Keys(), Mosquitto(tmp_path / "broker")
    root = keys.write_root(tmp_path)
    (tmp_path / "state").mkdir()
    broker.start()
    controller = Listener(broker.port, keys)
    wanted = SoftwareWanted("0.0.0", "", "sha256:" + "a" * 64)
    section = keys.section(NODE, "software", 1, wanted)
    await until(controller._client.is_connected)
    await until(controller.publish("desired", "software", section, retain=True).is_published)
    plane = counting_plane(tmp_path / "state", broker.port, root, Fault("", 0))
    task = asyncio.create_task(Supervisor().run(optional=plane.parts))
    told = await until(
        lambda: [one for one in controller.bodies("reported/software", Reported)
                 if one.status == "applied"]
    )  # fmt: skip
    assert told[0].ver == 1
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    plane.close()
    controller.close()
    broker.stop()


async def test_the_controller_tells_the_time(stage):
    controller, _, plane = stage
    await until(lambda: controller.bodies("reported/keys", Reported))
    answered = set()
    before = plane.keeper.floor
    year_on = int(time.time() * 1000) + 365 * 86_400_000

    def is_told():  # a node believes the answer to its last question alone
        asked = [json.loads(one[3]) for one in list(controller.heard) if "timeq" in one[0]]
        for query in [one for one in asked if one["nonce"] not in answered]:
            answered.add(query["nonce"])
            reply = TimeReply(1, NODE, query["nonce"], query["t0"], year_on, year_on)
            signed = controller._keys.signed(msgspec.json.encode(reply), "ls-time+jws")
            controller.publish("time", "", signed)
        return plane.keeper.floor >= year_on

    await until(is_told)
    assert before < year_on
    assert plane.keeper.reading().now >= year_on


async def test_events_written_while_the_broker_is_away_come_when_it_is_back(stage):
    controller, broker, plane = stage
    await until(lambda: controller.bodies("birth", Birth))
    broker.kill()
    await until(lambda: not plane.link.is_up)
    posts = [plane.reporter.event(f"e{n}", "effect", {"n": n}, "2026-01-01T00:00:00Z")
             for n in range(100)]  # fmt: skip
    await asyncio.get_running_loop().run_in_executor(None, plane.postbox.send, posts)
    broker.start()
    await until(lambda: len(controller.effects) == 100)
    assert controller.effects == list(range(100))
    first = controller.bodies("birth", Birth)[0].bseq
    await until(lambda: controller.bodies("birth", Birth)[-1].bseq > first)
