"""The demo's own broker, really started: by whom it may be reached, and how it ends."""

import asyncio
import os
import signal
import socket
import sys
import time
from contextlib import suppress

import pytest

from node.control import demo_broker
from node.control.demo_broker import BrokerProgram, DemoBroker, find_program
from node.errors import DeviceError
from tests.fakes.mosquitto import PROGRAM, free_port
from tests.fakes.plain_peer import PlainPeer
from tests.fakes.running import RunningNode, livesell

mosquitto = pytest.mark.skipif(not PROGRAM, reason="no mosquitto here")


def is_reachable(host: str, port: int) -> bool:
    with suppress(OSError), socket.create_connection((host, port), 1):
        return True
    return False


def own_address() -> str:
    """This machine's address on a network, if it has one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, suppress(OSError):
        one.connect(("192.0.2.1", 9))
        return str(one.getsockname()[0])
    return ""


@mosquitto
async def test_it_listens_on_this_machine_only_and_ends_with_its_task(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_broker, "LISTEN_LIMIT_S", 60.0)
    port, ready = free_port(), asyncio.Event()
    broker = DemoBroker(find_program(), tmp_path, port)
    task = asyncio.create_task(broker.run(ready.set))
    await ready.wait()
    assert broker.url == f"mqtt://127.0.0.1:{port}"
    assert is_reachable("127.0.0.1", port)
    assert not is_reachable(own_address() or "127.0.0.2", port)
    task.cancel()
    await asyncio.wait([task])
    assert not is_reachable("127.0.0.1", port)


@mosquitto
async def test_one_that_cannot_listen_is_a_fault_to_be_tried_again(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        with pytest.raises(DeviceError, match="does not listen"):
            await DemoBroker(find_program(), tmp_path, other.getsockname()[1]).run(lambda: None)


async def test_a_program_that_is_not_there_is_a_fault(tmp_path, monkeypatch):
    monkeypatch.setattr(demo_broker, "_bound_to_us", list)
    broker = DemoBroker(BrokerProgram("mosquitto", "/nowhere/mosquitto"), tmp_path, 1)
    with pytest.raises(DeviceError, match="/nowhere/mosquitto"):
        await broker.run(lambda: None)


def test_the_wheel_stands_in_for_mosquitto(monkeypatch):
    monkeypatch.setattr(demo_broker.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(demo_broker, "find_spec", lambda _: object())
    assert find_program() == BrokerProgram("iotcore")
    monkeypatch.setattr(demo_broker, "find_spec", lambda _: None)
    assert find_program() is None


DEMO = ("demo", "--headless", "--port", "0", "--size", "640x360")


@pytest.fixture
def environ(tmp_path):
    return {"XDG_STATE_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}


@mosquitto
@pytest.mark.skipif(sys.platform != "linux", reason="a signal of Linux's")
@pytest.mark.timeout(300)
def test_the_demo_has_a_broker_says_so_and_leaves_none_behind(tmp_path, environ):
    node = RunningNode(DEMO, tmp_path, environ=environ)
    try:
        node.wait_on_air()
        line = node.status().broker
        place, _, trust = line.partition(", ")
        assert trust == "trust none (demo)"
        port = int(place.removeprefix("127.0.0.1:"))
        assert line in livesell("status", "--url", node.url).out
        assert line in node.err
    finally:
        os.kill(node.process.pid, signal.SIGKILL)
        node.process.wait()
    end_s = time.monotonic() + 60
    while is_reachable("127.0.0.1", port):
        assert time.monotonic() < end_s, "the broker outlived its demo"
        time.sleep(0.05)


@mosquitto
@pytest.mark.timeout(300)
def test_an_unsigned_command_reaches_the_demo(tmp_path, environ):
    node = RunningNode(DEMO, tmp_path, environ=environ)
    try:
        node.wait_on_air()
        port = int(node.status().broker.partition(",")[0].rpartition(":")[2])
        with PlainPeer(port) as peer:
            peer.subscribe("ls/v1/demo/nodes/demo/up/ack")
            answer: dict[str, object] = {"status": "expired"}
            while answer["status"] == "expired":  # it counts for 15 s: a busy machine may try again
                peer.tell(
                    "ls/v1/demo/nodes/demo/cmd/card.hide",
                    lambda: peer.command("demo", "card.hide", {}, stream="card", n=1),
                    life_s=60,
                )
                answer = peer.end_of("ls/v1/demo/nodes/demo/up/ack")
        assert answer["status"] == "done", answer
    finally:
        node.process.terminate()
        node.process.wait()
