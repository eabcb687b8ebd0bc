"""A real node on a line to a controller: its program under commands, floods and lost brokers."""

import os
import signal
import time
from contextlib import suppress

import pytest

from tests.bench.bench_flood import UNBOUNDED, flood
from tests.fakes.keys import Keys
from tests.fakes.lined import Desk, lined, order
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tests.fakes.running import NeverError, events, running

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
NODE = "small"
SCAN = {"product": "P1"}


@pytest.fixture
def line(make_day, tmp_path):
    """A day whose node has a line, its broker, who sits at the desk, and the keys."""
    keys, broker = Keys(), Mosquitto(tmp_path / "broker", extra=UNBOUNDED)
    broker.start()
    day = make_day(play=("one",), camera="")  # `two` never comes by itself
    lined(day.config, broker.port, keys)
    desk = Desk(broker.port, NODE, keys)
    yield day, broker, desk, keys
    desk.close()
    broker.stop()


def until(is_so, limit_s=60.0):
    end_s = time.monotonic() + limit_s
    while not is_so():
        if time.monotonic() > end_s:
            raise NeverError("it never came")
        time.sleep(0.05)


def trusted(desk):
    until(lambda: "reported/keys" in desk.heard)


def start_again(broker, desk):
    """With the desk there again."""
    before = desk.times_there
    broker.start()
    until(lambda: desk.times_there > before)


def take_two(node, desk, keys):
    """Order it until it is there: an order counts for 15 s, and a busy machine may need longer."""
    end_s = time.monotonic() + 120
    while node.status().segment != "two":
        assert time.monotonic() < end_s, desk.acks()
        desk.send("cue.go", order(keys, NODE, "cue.go", {"segment": "two"}, stream="cue"))
        with suppress(NeverError):
            node.until(lambda status: status.segment == "two", 15)


def test_a_take_from_afar_is_on_air_and_in_the_log_and_told(line):
    day, _, desk, keys = line
    with running(day.config) as node:
        trusted(desk)
        take_two(node, desk, keys)
        until(lambda: "done" in desk.acks())
        until(lambda: any(one["data"]["seg"] == "two"
                          for one in desk.heard.get("event/seg.start", [])))  # fmt: skip
    starts = [one for one in events(day.state_dir) if one.ev == "seg.start" and one.seg == "two"]
    assert {one.by for one in starts} == {"cloud"}
    assert starts[0].id in desk.events()


def test_what_is_forged_is_never_on_air(line):
    day, _, desk, _ = line
    with running(day.config) as node:
        trusted(desk)
        desk.send("cue.go", order(Keys(), NODE, "cue.go", {"segment": "two"}, stream="cue"))
        until(lambda: "rejected" in desk.acks())
        assert node.status().segment == "one"


def test_under_a_flood_of_commands_the_show_goes_on_and_a_stop_gets_through(line):
    day, _, desk, keys = line
    with running(day.config) as node:
        trusted(desk)
        before = node.status()
        bodies = [order(keys, NODE, "scan.note", SCAN, ttl_s=300) for _ in range(6000)]
        flood(desk, bodies, 5000, 1.2)
        desk.send("live.stop", order(keys, NODE, "live.stop", {}, ttl_s=300), 300)
        during = node.status()
        node.until(lambda status: status.segment == "pause")
        after = node.until(
            lambda status: (
                status.frames.out > during.frames.out + 30
                and status.health["mqtt"].condition == "ready"
            )
        )
        assert after.frames.black == before.frames.black
        until(lambda: desk.acks().count("done") > 20)
        assert node.stop()[0] == 0
    assert "Traceback" not in node.err


@pytest.mark.timeout(400)
def test_without_its_broker_the_show_goes_on_and_what_happened_is_told_later(line):
    day, broker, desk, _ = line
    with running(day.config) as node:
        trusted(desk)
        broker.kill()
        assert node.command("take", segment="two")[0] == 200
        node.until(lambda status: status.segment == "two")
        node.send(signal.SIGSTOP)  # what it tells before the desk is back is for nobody
        start_again(broker, desk)
        node.send(signal.SIGCONT)
        until(lambda: any(one["data"]["seg"] == "two"
                          for one in desk.heard.get("event/seg.start", [])), 180)  # fmt: skip


def test_a_node_that_was_killed_tells_what_its_log_has_and_its_outbox_not(line):
    day, broker, desk, _ = line
    with running(day.config) as node:
        trusted(desk)
        broker.kill()
        for name in ("two", "one", "two"):
            assert node.command("take", segment=name)[0] == 200
        until(lambda: [one.seg for one in events(day.state_dir) if one.ev == "seg.start"][1:]
                      == ["two", "one", "two"])  # fmt: skip
        node.process.kill()
        node.process.wait()
    (day.state_dir / "control.db").unlink()  # as if nothing of it had come there
    start_again(broker, desk)
    with running(day.config):
        logged = [one.id for one in events(day.state_dir)]
        until(lambda: desk.events() >= set(logged))


def test_a_restart_is_done_once_the_node_is_there_again(line):
    day, _, desk, keys = line
    body = order(keys, NODE, "sys.reboot", {"what": "node"}, stream="main", ttl_s=300)
    with running(day.config, environ={"INVOCATION_ID": "as systemd gives it"}) as node:
        trusted(desk)
        desk.send("sys.reboot", body, 300)
        until(lambda: "running" in desk.acks())
        assert node.wait() == 0
    assert "done" not in desk.acks()
    with running(day.config):
        until(lambda: "done" in desk.acks())
    assert desk.acks().count("done") == 1


def test_a_machine_that_did_not_start_again_is_not_said_to_have(line, tmp_path):
    day, _, desk, keys = line
    systemctl = tmp_path / "bin" / "systemctl"
    systemctl.parent.mkdir()
    systemctl.write_text('#!/bin/sh\necho "$@" >"$0.asked"\nkill "$PPID"\n')  # the node alone ends
    systemctl.chmod(0o755)
    with day.config.open("a", encoding="utf-8") as file:
        file.write("may_reboot = true\n")
    body = order(keys, NODE, "sys.reboot", {"what": "machine"}, stream="main", ttl_s=300)
    with running(day.config, environ={"PATH": f"{systemctl.parent}:{os.environ['PATH']}"}) as node:
        trusted(desk)
        desk.send("sys.reboot", body, 300)
        assert node.wait() == 0
    assert systemctl.with_name("systemctl.asked").read_text() == "reboot\n"
    with running(day.config):
        until(lambda: "failed" in desk.acks())
    (end,) = [one for one in desk.heard["ack"] if one["status"] == "failed"]
    assert end["reason"]["code"] == "interrupted"


def test_a_machine_that_may_not_be_restarted_is_not(line):
    day, _, desk, keys = line
    body = order(keys, NODE, "sys.reboot", {"what": "machine"}, stream="main", ttl_s=300)
    with running(day.config) as node:
        trusted(desk)
        desk.send("sys.reboot", body, 300)
        until(lambda: "failed" in desk.acks())
        assert node.process.poll() is None
    assert "may_reboot" in str(desk.heard["ack"][-1])
