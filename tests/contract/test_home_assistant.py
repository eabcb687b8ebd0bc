"""Home Assistant's line at a real broker, with somebody there in place of Home Assistant."""

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from node.control import home_assistant
from node.control.broker import Endpoint, Login
from node.control.discovery import Device, Present
from node.control.home_assistant import Booth, HomeAssistant
from node.control.orders import CueGo, LiveStop
from node.errors import CommandError
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tests.fakes.plain_peer import PlainPeer

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="no mosquitto here"),
    pytest.mark.timeout(300),
]
CONFIG, STATE, ONLINE = "homeassistant/device/ls_n1/config", "lsha/n1/state", "lsha/n1/online"


class FakeBooth:
    """A booth whose state a test sets."""

    def __init__(self):
        self.device = Device("n1", "Booth", "1.0", "PC", {"ep1": "Episode"})
        self.present = Present(is_live=False, segment="ep1", card="", viewers=0)
        self.orders = []

    async def perform(self, order):
        self.orders.append(order)
        if isinstance(order, CueGo):
            raise CommandError("not_ready", "told")


@pytest.fixture
def booth():
    return FakeBooth()


@pytest.fixture
def broker(tmp_path):
    one = Mosquitto(tmp_path / "broker")
    one.start()
    yield one
    one.stop()


@pytest.fixture
def peer(broker):
    with PlainPeer(broker.port) as one:
        one.subscribe("homeassistant/device/#", "lsha/#")
        yield one


@asynccontextmanager
async def line(broker, booth, *, is_shown=True):
    """The node's side, running."""
    told = Booth(lambda: booth.device, lambda: booth.present, booth.perform)
    place = Endpoint("127.0.0.1", broker.port, is_tls=False)
    part = HomeAssistant(place, Login("ls-n1-home"), "homeassistant", told, is_shown=is_shown)
    task = asyncio.create_task(part.run(lambda: None))
    try:
        yield part
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def heard(peer, topic):
    return await asyncio.to_thread(peer.next, topic)


async def heard_until(peer, topic, is_so):
    """What was said before may come once more: all of it is, on each new connection."""
    while not is_so(one := await heard(peer, topic)):
        pass
    return one


async def until(holds):
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110  # other threads make it so
            await asyncio.sleep(0.02)


async def test_the_device_appears_with_its_state(broker, booth, peer):
    async with line(broker, booth):
        assert (await heard(peer, CONFIG)).json["dev"]["ids"] == ["ls_n1"]
        assert (await heard(peer, ONLINE)).body == b"online"
        assert (await heard(peer, STATE)).json["seg"] == "ep1"
        booth.present = replace(booth.present, segment="desk", is_live=True)
        await heard_until(peer, STATE, lambda one: one.json["live"] == "ON")
    await heard_until(peer, ONLINE, lambda one: one.body == b"offline")


async def test_all_of_it_is_retained(broker, booth, peer):
    async with line(broker, booth):
        await heard(peer, STATE)
        with PlainPeer(broker.port) as late:
            late.subscribe("homeassistant/device/#", "lsha/n1/state", "lsha/n1/online")
            found = {}
            while len(found) < 3:
                one = await heard_until(late, "", lambda one: one.is_retained)
                found[one.topic] = one.qos
    assert found == {CONFIG: 1, STATE: 1, ONLINE: 1}


async def test_it_is_said_again_when_home_assistant_has_started(broker, booth, peer, monkeypatch):
    monkeypatch.setattr(home_assistant, "REPEAT_S", (0.01, 0.02))
    async with line(broker, booth):
        await heard(peer, STATE)
        peer.say("homeassistant/status", b"offline")
        peer.say("homeassistant/status", b"online")
        for topic in (CONFIG, ONLINE, STATE):
            await heard(peer, topic)


async def test_presses_are_obeyed_and_refusals_end_nothing(broker, booth, peer):
    async with line(broker, booth):
        await heard(peer, STATE)
        peer.say("lsha/n1/set/take", b"ep1")
        peer.say("lsha/n1/set/stop", b"1")
        await until(lambda: len(booth.orders) == 2)
    assert booth.orders == [CueGo("ep1"), LiveStop()]


async def test_a_retained_press_is_nobodys(broker, booth, peer):
    peer.say("lsha/n1/set/stop", b"1", is_retained=True)
    async with line(broker, booth) as part:
        await heard(peer, STATE)
        peer.say("lsha/n1/set/start", b"1")
        await until(lambda: part.dropped == 1)
    assert booth.orders == []


async def test_a_button_that_is_gone_is_taken_away(broker, booth, peer):
    async with line(broker, booth):
        await heard(peer, STATE)
        booth.device = replace(booth.device, takes={})
        await heard_until(
            peer, CONFIG, lambda one: one.json["cmps"].get("take_ep1") == {"p": "button"}
        )
        assert "take_ep1" not in (await heard(peer, CONFIG)).json["cmps"]


async def test_one_that_is_no_longer_shown_is_taken_away(broker, booth, peer):
    peer.say(CONFIG, b"{}", is_retained=True)
    await heard(peer, CONFIG)
    async with line(broker, booth, is_shown=False):
        assert (await heard(peer, CONFIG)).body == b""
        said = [peer.heard.get() for _ in range(peer.heard.qsize())]
        assert [one for one in said if (one.topic, one.body) != (CONFIG, b"")] == []


async def test_a_broker_that_comes_back_hears_everything_again(broker, booth, peer):
    async with line(broker, booth):
        await heard(peer, STATE)
        peer.say(CONFIG, b"", is_retained=True)
        broker.kill()
        broker.start()
        with PlainPeer(broker.port) as again:
            again.subscribe("homeassistant/device/#")
            while not (one := await heard(again, CONFIG)).body:
                pass
            assert json.loads(one.body)["o"]["name"] == "livesell"
