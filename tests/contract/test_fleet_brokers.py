"""The broker's files as they are shipped: who may what by mutual TLS, and two brokers joined."""

import json
import queue
import signal
import time
from contextlib import contextmanager, suppress

import msgspec
import pytest

from node.control.messages import WireCommand, uuid7
from tests.fakes.authority import Authority
from tests.fakes.fleet_brokers import FleetBroker
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import PROGRAM
from tests.fakes.plain_peer import PlainPeer
from tests.fakes.running import RunningNode
from tests.fakes.small_day import Part

pytestmark = [
    pytest.mark.skipif(not PROGRAM, reason="no mosquitto here"),
    pytest.mark.timeout(300),
]
NODES = "ls/v1/acme/nodes"
NOT_AUTHORIZED = 0x87
START_LIMIT_S = 180.0
"""For a node to start, to find its broker, and to be heard over two of them."""


@pytest.fixture
def pki(tmp_path):
    one = Authority(tmp_path / "pki")
    for name in ("server", "ctl", "n0001", "n0002", "site-sz"):
        one.issue(name)
    return one


@pytest.fixture
def broker(tmp_path, pki):
    one = FleetBroker(tmp_path / "broker", pki)
    one.start()
    yield one
    one.stop()


def peer_of(broker, pki, name, client_id="") -> PlainPeer:
    return PlainPeer(broker.port, client_id or name, pki.context(name))


def test_acl_a_node_hears_what_is_for_it_and_nothing_else(broker, pki):
    with peer_of(broker, pki, "ctl") as ctl, peer_of(broker, pki, "n0001") as node:
        node.subscribe("#", f"{NODES}/n0002/#", f"{NODES}/+/desired/#", "$SYS/#")
        for other in ("n0002", "n0001"):
            for leaf in ("cmd/cue.go", "desired/show", "time", "up/online"):
                assert ctl.say(f"{NODES}/{other}/{leaf}", other.encode(), is_retained=True) == 0
        ctl.say("ls/v1/acme/all/cmd/live.stop", b"all")
        ctl.say("ls/v1/acme/ctl/online", b"here")
        heard = {}
        while "ls/v1/acme/ctl/online" not in heard:
            one = node.next()
            heard[one.topic] = one.body
        with pytest.raises(queue.Empty):
            node.next(limit_s=0.3)
    mine = {f"{NODES}/n0001/{leaf}" for leaf in ("cmd/cue.go", "desired/show", "time")}
    assert set(heard) == {*mine, "ls/v1/acme/all/cmd/live.stop", "ls/v1/acme/ctl/online"}
    assert b"n0002" not in heard.values()


@pytest.mark.parametrize(
    "topic",
    [
        f"{NODES}/n0002/up/online",
        f"{NODES}/n0001/cmd/cue.go",
        f"{NODES}/n0001/desired/show",
        f"{NODES}/n0001/time",
        "ls/v1/acme/all/cmd/live.stop",
        "ls/v1/acme/ctl/online",
        "homeassistant/status",
        "$SYS/broker/version",
    ],
)
def test_acl_a_node_says_only_what_is_its_own(broker, pki, topic):
    with peer_of(broker, pki, "n0001") as node:
        assert node.say(f"{NODES}/n0001/up/online", b"{}") in (0, 0x10)
        assert node.say(topic, b"{}") == NOT_AUTHORIZED


def test_tls_lets_in_only_who_shows_a_good_certificate(broker, pki, tmp_path):
    foreign = Authority(tmp_path / "foreign", "elsewhere")
    foreign.issue("n0001")
    pki.issue("n0003", days=-1)
    assert broker.takes(pki.context("n0001"))
    assert not broker.takes(pki.context())
    assert not broker.takes(foreign.context("n0001", trusting=pki))
    assert not broker.takes(pki.context("n0003"))


def test_tls_a_revoked_certificate_stays_out_from_the_next_reading_on(broker, pki):
    assert broker.takes(pki.context("n0002"))
    pki.revoke("n0002")
    broker.reread()
    end_s = time.monotonic() + 60
    while broker.takes(pki.context("n0002")):
        assert time.monotonic() < end_s, broker.log
    assert broker.takes(pki.context("n0001"))


def test_tls_a_client_id_is_that_of_the_certificate(broker, pki):
    with peer_of(broker, pki, "n0001") as node, peer_of(broker, pki, "ctl") as ctl:
        node.subscribe(f"{NODES}/n0001/cmd/#")
        with peer_of(broker, pki, "n0002", client_id="n0001"):
            ctl.say(f"{NODES}/n0001/cmd/cue.go", b"still here")
            assert node.next().body == b"still here"
            assert node.client.is_connected()


class Controller:
    """Signs as a controller does, on the fleet's broker."""

    def __init__(self, peer, keys):
        self._peer, self._keys, self._n = peer, keys, 0

    def name_keys(self):
        self._peer.subscribe(f"{NODES}/+/up/#")
        body = self._keys.section("n0001", "keys", 1, self._keys.keys)
        self._peer.say(f"{NODES}/n0001/desired/keys", body, is_retained=True)

    def arm(self, segment, ttl_s=120):
        """Have a segment armed, said again every 4 s until it has ended; how it ended."""
        self._n += 1
        now = int(time.time() * 1000)
        wire = {
            "v": 1, "id": uuid7(now, self._n.to_bytes(10, "big")), "type": "cue.arm",
            "aud": "n0001", "iat": now, "exp": now + ttl_s * 1000, "data": {"segment": segment},
            "seq": {"stream": "main", "epoch": 1, "n": self._n},
        }  # fmt: skip
        msgspec.convert(wire, WireCommand)
        body = self._keys.signed(json.dumps(wire).encode())
        while time.time() * 1000 < wire["exp"]:
            self._peer.say(f"{NODES}/n0001/cmd/cue.arm", body, life_s=ttl_s)
            with suppress(queue.Empty):
                while True:
                    answer = self._peer.end_of(f"{NODES}/n0001/up/ack", 4)
                    if answer["id"] == wire["id"]:
                        return answer["status"]
        return "no answer"


@pytest.fixture
def joined(tmp_path, pki):
    """The fleet's broker and a site's, joined by the shipped bridge."""
    fleet = FleetBroker(tmp_path / "fleet", pki)
    site = FleetBroker(tmp_path / "site", pki, bridged_to=fleet)
    fleet.start()
    yield fleet, site
    site.stop()
    fleet.stop()


@pytest.mark.timeout(900)
def test_bridge_a_node_at_its_site_obeys_a_controller_at_the_fleets_broker(
    joined, pki, tmp_path, make_day, clips
):
    fleet, site = joined
    keys, day = Keys(), node_day(make_day, clips, site, pki)
    keys.write_root(day.folder)
    with peer_of(fleet, pki, "ctl") as ctl:
        controller = Controller(ctl, keys)
        controller.name_keys()  # retained, before there is a bridge
        site.start()
        with running(day, tmp_path) as node:
            keys_topic = f"{NODES}/n0001/up/reported/keys"
            while ctl.next(keys_topic, START_LIMIT_S).json["status"] != "applied":
                pass
            assert controller.arm("two") == "done"
            fleet.stop(signal.SIGKILL)  # the line out of the building is cut
            assert node.process.poll() is None
            fleet.start()
            while ctl.connects < 2:
                time.sleep(0.05)
            ctl.subscribe(f"{NODES}/+/up/#")
            assert controller.arm("two") == "done"
        while ctl.next(f"{NODES}/n0001/up/online", START_LIMIT_S).json["online"]:
            pass


@contextmanager
def running(day, tmp_path):
    node = RunningNode(["run", "--config", str(day.config)], tmp_path)
    try:
        yield node
    finally:
        node.process.terminate()
        node.process.wait()


def test_bridge_what_is_left_of_a_commands_life_goes_with_it(joined, pki):
    fleet, site = joined
    site.start()
    with peer_of(fleet, pki, "ctl") as ctl, peer_of(site, pki, "n0001") as node:
        left: queue.Queue[object] = queue.Queue()
        node.client.on_message = lambda _client, _data, message: left.put(
            getattr(message.properties, "MessageExpiryInterval", None)
        )
        node.subscribe(f"{NODES}/n0001/cmd/#")
        end_s = time.monotonic() + 60
        while left.empty():  # until the bridge stands
            assert time.monotonic() < end_s, site.log
            ctl.say(f"{NODES}/n0001/cmd/cue.go", b"x", life_s=100)
            time.sleep(0.1)
        expiry_s = left.get()
    assert expiry_s is not None
    assert 40 <= expiry_s <= 100


def node_day(make_day, clips, site, pki):
    """A small day of a node that knows the site's broker."""
    parts = (Part("one", 40, clips["one"]), Part("two", 20, clips["two"]))
    day = make_day(play=("one", "two"), parts=parts)
    text = day.config.read_text().replace('node = "small"', 'node = "n0001"')
    day.config.write_text(
        f'{text}\n[mqtt]\nendpoints = ["mqtts://localhost:{site.port}"]\norg = "acme"\n'
        f'root_key_file = "root.jwk"\nca_file = "{pki.ca}"\n'
        f'cert_file = "{pki.folder}/n0001.crt"\nkey_file = "{pki.folder}/n0001.key"\n'
    )
    return day
