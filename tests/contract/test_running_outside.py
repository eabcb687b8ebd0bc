"""A real node whose day comes from an asset server, and that Home Assistant sees."""

import hashlib
import http.server
import json
import threading
import time
from contextlib import contextmanager
from datetime import date
from functools import partial

import msgspec
import pytest

from node.catalog.assets import FORMAT, EntryForm, ManifestForm
from tests.fakes.mosquitto import PROGRAM, Mosquitto
from tests.fakes.plain_peer import PlainPeer
from tests.fakes.running import RunningNode
from tests.fakes.small_day import Part

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="no mosquitto here"),
    pytest.mark.timeout(300),
]
P = "ls/v1/booth/nodes/small"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder; knows no ranges."""

    def log_message(self, *_):
        """Say nothing."""


@contextmanager
def asset_server(folder):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{one.server_address[1]}"
        finally:
            one.shutdown()
            thread.join()


def put(folder, content: bytes) -> str:
    """Serve content under its hash."""
    name = hashlib.sha256(content).hexdigest()
    (folder / name).write_bytes(content)
    return f"sha256:{name}"


def publish(files, folder, names) -> str:
    """Serve a folder's files and their manifest, unsigned."""
    entries = {}
    for name in names:
        content = (folder / name).read_bytes()
        sha256 = put(files, content)[7:]
        entries[name] = EntryForm(sha256, len(content), approver="Li", approved=date(2026, 1, 2))
    return put(files, msgspec.json.encode(ManifestForm(FORMAT, entries)))


def desired(peer, section: str, ver: int, data: dict) -> dict:
    """Want a section, and wait for what it came to."""
    body = {"v": 1, "aud": "small", "section": section, "ver": ver, "iat": 0, "data": data}
    peer.say(f"{P}/desired/{section}", json.dumps(body).encode(), is_retained=True)
    while True:
        told = peer.next(f"{P}/up/reported/{section}", 60).json
        if told["ver"] == ver and told["status"] != "applying":
            return told


def kept(peer, topic: str, holds) -> None:
    """Wait until what the broker keeps there is so, whether it has been said already or not."""
    end_s = time.monotonic() + 60
    while True:
        peer.subscribe(topic)  # once more: the broker says again what it keeps
        if holds(peer.next(topic).json):
            return
        assert time.monotonic() < end_s, topic
        time.sleep(0.1)


@pytest.fixture
def stage(tmp_path, make_day, clips):
    """Broker, files, a node that has `one` alone, and a peer that hears everything."""
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    files = tmp_path / "served"
    files.mkdir()
    with asset_server(files) as url:
        day = make_day(
            play=("one",), parts=(Part("one", 40, clips["one"]), Part("desk", 600, kind="live"))
        )
        with day.config.open("a") as config:
            endpoint = f"mqtt://127.0.0.1:{broker.port}"
            config.write(
                f'\n[mqtt]\nendpoints = ["{endpoint}"]\ntrust = "none"\nassets_url = "{url}"\n'
                f'[home_assistant]\nendpoint = "{endpoint}"\ntakes = ["two", "desk"]\n'
            )
        node = RunningNode(["run", "--config", str(day.config)], tmp_path)
        try:
            node.wait_on_air()
            with PlainPeer(broker.port) as peer:
                peer.subscribe(f"{P}/up/#", "lsha/#", "homeassistant/#")
                yield node, day, files, peer
        finally:
            node.process.terminate()
            node.process.wait()
            broker.stop()


def test_a_home_sets_the_volume_and_has_the_booth_show_its_name(stage):
    node, _, _, peer = stage
    assert {"vol", "identify"} <= peer.next("homeassistant/device/ls_small/config").json[
        "cmps"
    ].keys()
    peer.say("lsha/small/set/vol", b"40")
    while peer.next("lsha/small/state").json["vol"] != 40:
        pass
    peer.say("lsha/small/set/identify", b"1")
    node.until(lambda status: status.booth.shows_name)


def test_a_day_from_afar_plays_files_that_came_with_it(stage, make_day, clips):
    _, day, files, peer = stage
    later = make_day(
        play=("one", "two"),
        parts=(Part("one", 40, clips["one"]), Part("two", 20, clips["two"]),
               Part("desk", 600, kind="live")),
    )  # fmt: skip
    rundown = put(files, later.rundown.read_bytes())
    early = desired(peer, "show", 1, {"rundown": rundown})
    assert early["status"] == "failed", early  # its file is not here yet
    names = (later.clip("one").name, later.clip("two").name, "pause.png", "bowl.png")
    manifest = publish(files, later.folder, names)
    told = desired(peer, "assets", 1, {"manifest": manifest})
    assert told["status"] == "applied", told
    assert told["data"]["files"] == len(names)
    kept(peer, f"{P}/up/reported/show", lambda told: told["status"] == "applied")
    assert not day.clip("one").with_stem("two").exists()
    kept(peer, "homeassistant/device/ls_small/config", lambda told: "take_two" in told["cmps"])
    peer.say("lsha/small/set/take", b"two")
    while peer.next("lsha/small/state").json["seg"] != "two":
        pass
    peer.say("lsha/small/set/take", b"desk")  # a camera: not from here
    peer.say("lsha/small/set/stop", b"1")
    while (seg := peer.next("lsha/small/state").json["seg"]) != "pause":
        assert seg != "desk"
