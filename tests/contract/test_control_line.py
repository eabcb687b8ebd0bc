"""The node's line at brokers that do not behave, at none, and at several."""

import asyncio
import contextlib
import logging

import pytest

from node.config_control import MqttConfig
from node.control import link as module
from node.control import mqtt
from node.control.broker import Endpoint
from node.control.link import Link
from node.control.timekeeper import Timekeeper
from node.errors import LinkError
from tests.fakes import bad_broker, chaos_node
from tests.fakes.bad_broker import BadBroker, answers_after
from tests.fakes.chaos import Commander
from tests.fakes.chaos_node import Fault, counting_plane
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto, free_port
from tests.fakes.supervised import supervised

pytestmark = pytest.mark.timeout(300)


async def until(is_so, limit_s=120.0):
    async with asyncio.timeout(limit_s):
        while not (found := is_so()):  # noqa: ASYNC110  # another thread changes it
            await asyncio.sleep(0.02)
    return found


@pytest.fixture
def quick(monkeypatch, caplog):
    """Seconds where a real line waits for minutes."""
    caplog.set_level(logging.CRITICAL)
    monkeypatch.setattr(mqtt, "SLOWEST_S", 1.0)
    monkeypatch.setattr(module, "PUBACK_S", 2.0)
    monkeypatch.setattr(module, "ALIVE_S", 0.2)
    monkeypatch.setattr(module, "UP_S", 4.0)


@contextlib.asynccontextmanager
async def line(folder, *ports, keys=None):
    """A node's control plane in this process: the plane, and the health of its parts."""
    root = (keys or Keys()).write_root(folder)
    (folder / "state").mkdir(exist_ok=True)

    def several(first, **fields):
        urls = tuple(f"mqtt://127.0.0.1:{port}" for port in ports)
        return MqttConfig(urls, **fields)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chaos_node, "MqttConfig", several)
        plane = counting_plane(folder / "state", ports[0], root, Fault("", 0))
    async with supervised(plane) as health:
        yield plane, health


@pytest.mark.parametrize("behave", [
    bad_broker.refuses, bad_broker.hangs_up_after_subscribe, bad_broker.babbles,
    bad_broker.closes_at_once, bad_broker.stalls_after_connect, bad_broker.tells_nothing,
])  # fmt: skip
async def test_a_bad_broker_ends_nothing_and_is_asked_again(tmp_path, quick, behave):
    async with BadBroker(behave) as broker, line(tmp_path, broker.port) as (_, health):
        await until(lambda: broker.visits >= 3)
        await until(lambda: health.value["control"].condition == "ready")
        assert health.value["control"].failures == 0


async def test_a_broker_that_confirms_nothing_is_left(tmp_path, quick):
    async with (
        BadBroker(answers_after(0, confirms=False)) as broker,
        line(tmp_path, broker.port) as (_, health),
    ):
        await until(lambda: "no answer in" in health.value["mqtt"].last_error)
        await until(lambda: broker.visits >= 2)


async def test_a_slow_broker_is_kept(tmp_path, quick, monkeypatch):
    monkeypatch.setattr(module, "PUBACK_S", 60.0)
    monkeypatch.setattr(module, "UP_S", 60.0)
    async with (
        BadBroker(answers_after(0.1)) as broker,
        line(tmp_path, broker.port) as (plane, health),
    ):
        await until(lambda: (plane.reporter.rtt_ms or 0) >= 100)
        assert (broker.visits, health.value["mqtt"].failures) == (1, 0)


@pytest.mark.parametrize("behave", [bad_broker.refuses, bad_broker.stalls_after_connect,
                                    answers_after(0, confirms=False), None])  # fmt: skip
async def test_the_next_broker_is_taken_when_the_first_is_of_no_use(tmp_path, quick, behave):
    keys, good = Keys(), Mosquitto(tmp_path / "broker")
    good.start()
    controller = Commander(good.port, keys)
    try:
        async with contextlib.AsyncExitStack() as stack:
            first = free_port()
            if behave is not None:
                first = (await stack.enter_async_context(BadBroker(behave))).port
            await stack.enter_async_context(line(tmp_path, first, good.port, keys=keys))
            await until(lambda: controller.births)
            one = controller.command(1, "sys.identify", "main")
            await until(one.has_ended)
            assert one.end == "done"
    finally:
        controller.close()
        good.stop()


class Unsynced:
    """A machine whose clock nobody sets until `at_s` of the loop's clock."""

    def __init__(self, at_s):
        self.at_s, self.asked = at_s, 0

    def sync(self):
        self.asked += 1
        return "synced" if asyncio.get_running_loop().time() >= self.at_s else "unsynced"


@pytest.mark.parametrize(("at_s", "is_tls", "asked"), [
    (0.5, True, True), (99.0, True, True), (99.0, False, False),
])  # fmt: skip
async def test_tls_alone_waits_for_a_clock_once_and_not_for_ever(monkeypatch, at_s, is_tls, asked):
    monkeypatch.setattr(module, "CLOCK_S", 2.0)
    monkeypatch.setattr("node.control.timekeeper.SYNC_ASKED_S", 0.0)
    loop = asyncio.get_running_loop()
    began_s = loop.time()
    clock = Unsynced(began_s + at_s)
    keeper = Timekeeper(wall=lambda: 0, sync=clock.sync, loop_s=loop.time)
    opened = []

    class Refusing:
        def __init__(self, *_, **__):
            opened.append(clock.asked)

        def open(self):
            raise LinkError("no keys")

        def close(self):
            pass

    monkeypatch.setattr(module, "Connection", Refusing)
    place = Endpoint("127.0.0.1", 1, is_tls)
    parts = dict.fromkeys(("postbox", "hearing", "receiver", "reporter"), _Silent())
    login = mqtt.Login("n0001")
    one = Link((place,), login, org="acme", keeper=keeper, **parts)
    for _ in range(2):  # the second time it does not wait
        with pytest.raises(LinkError):
            await one.run(lambda: None)
    assert (opened[0] > 0) == asked
    assert opened[1] == opened[0]


class _Silent:
    def __getattr__(self, _name):
        return lambda *_, **__: None
