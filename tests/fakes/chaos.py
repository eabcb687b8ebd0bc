"""Commands to a node that is killed without end, by a broker that is killed too; then the count.

The controller here is the shortest that keeps control-plane.md §1.5: one command at a time in a
strict stream, the same bytes again until it is answered.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from node.control.messages import TERMINAL, Ack, Seq, WireCommand, uuid7
from node.control.topics import address
from tests.fakes.chaos_node import NODE, ORG, READY
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto

EARLY = 0.2
"""So often a node is killed while it still starts."""
LONG, LONGER = 0.1, 10
"""So often, and so many times as long, it lives once it was killed often: a slow machine does
nothing in a short life."""
OFTEN = 5
START_LIMIT_S = 60.0
ROOT = Path(__file__).parents[2]


@dataclass
class Sent:
    """A command and what was said of it."""

    n: int
    id: str
    body: bytes
    exp: int
    sends: int = 0
    statuses: list[str] = field(default_factory=list)
    result: dict[str, object] = field(default_factory=dict)
    sent_s: float = 0.0
    accepted_s: float = 0.0
    ended_s: float = 0.0

    @property
    def end(self) -> str:
        """Its terminal status, or empty."""
        return next((one for one in self.statuses if one in TERMINAL), "")

    def is_heard(self) -> bool:
        """Whether the node has said anything of it."""
        return bool(self.statuses)

    def has_ended(self) -> bool:
        """Whether it has a terminal status."""
        return bool(self.end)


class Commander:
    """A controller on paho's thread; `sent` and `effects` grow."""

    def __init__(self, port: int, keys: Keys, *, resend_s: float = 2.0) -> None:
        self._keys, self._resend_s = keys, resend_s
        self._epoch = int(time.time())
        self._changed = threading.Condition()
        self.sent: dict[str, Sent] = {}
        self.effects: list[int] = []
        self.effect_copies = 0
        self._seen: set[str] = set()
        self.births = 0
        self.is_trusted = False
        """Whether the node has said that it took our keys."""
        client = Client(
            CallbackAPIVersion.VERSION2, client_id="ctl", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.reconnect_delay_set(0.05, 0.2)  # type: ignore[arg-type]
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        session = _properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = 3600
        client.connect_async("127.0.0.1", port, 20, clean_start=False, properties=session)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def run(self, count: int, *, kind: str = "sys.identify", stream: str = "main",
            rate: float = 10.0, limit_s: float = 120.0) -> None:  # fmt: skip
        """Send `count` commands, each when the one before is accepted or has ended."""
        end_s = time.monotonic() + limit_s
        for n in range(1, count + 1):
            began_s = time.monotonic()
            one = self.command(n, kind, stream)
            self._until(one, one.is_heard, end_s)
            time.sleep(max(0.0, 1 / rate - (time.monotonic() - began_s)))
        for one in self.sent.values():
            self._until(one, one.has_ended, end_s)

    def wait_effects(self, limit_s: float = 60.0) -> None:
        """Wait for the events of all that is done: they go out behind the answers."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.effects) >= self.done, limit_s)

    @property
    def done(self) -> int:
        """How many commands are done."""
        return sum(one.end == "done" for one in self.sent.values())

    def command(self, n: int, kind: str, stream: str, data: dict[str, object] | None = None,
                ttl_s: int = 600) -> Sent:  # fmt: skip
        """Sign a command."""
        now = int(time.time() * 1000)
        wire = WireCommand(
            1, uuid7(now, os.urandom(10)), kind, NODE, now, now + ttl_s * 1000,
            Seq(stream, self._epoch, n) if stream else None, data=data or {},
        )  # fmt: skip
        one = Sent(n, wire.id, self._keys.signed(msgspec.json.encode(wire)), wire.exp)
        one.sent_s = time.monotonic()
        self.sent[one.id] = one
        self.send(one, kind)
        return one

    def send(self, one: Sent, kind: str) -> None:
        """Send it once more."""
        one.sends += 1
        properties = _properties(PacketTypes.PUBLISH)
        properties.MessageExpiryInterval = max(1, (one.exp - int(time.time() * 1000)) // 1000)
        topic = str(address(ORG, NODE, "cmd", kind))
        one.result.setdefault("kind", kind)
        self._client.publish(topic, one.body, 1, properties=properties)

    def _until(self, one: Sent, is_so: Callable[[], bool], end_s: float) -> None:
        while not is_so():
            with self._changed:
                heard = self._changed.wait_for(is_so, self._resend_s)
            if not heard:
                assert time.monotonic() < end_s, f"no answer to n = {one.n}: {one.statuses}"
                self.send(one, str(one.result["kind"]))

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(f"ls/v1/{ORG}/nodes/+/up/#", 1)
        keys = self._keys.section(NODE, "keys", 1, self._keys.keys)
        client.publish(str(address(ORG, NODE, "desired", "keys")), keys, 1, retain=True)

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        with self._changed:
            if "/up/ack" in message.topic:
                ack = msgspec.json.decode(message.payload, type=Ack)
                one = self.sent.get(ack.id)
                if one is not None:
                    self._heard(one, ack)
            elif "/up/event/effect" in message.topic:
                event = json.loads(message.payload)
                if event["id"] in self._seen:
                    self.effect_copies += 1
                else:
                    self._seen.add(event["id"])
                    self.effects.append(event["data"]["n"])
            elif message.topic.endswith("/up/birth"):
                self.births += 1
            elif message.topic.endswith("/up/reported/keys"):
                self.is_trusted |= msgspec.json.decode(message.payload)["status"] == "applied"
            self._changed.notify_all()

    def _heard(self, one: Sent, ack: Ack) -> None:
        now_s = time.monotonic()
        one.accepted_s = one.accepted_s or now_s
        if ack.status in TERMINAL and not one.end:
            one.ended_s = now_s
        if not ack.dup or ack.status not in one.statuses:
            one.statuses.append(ack.status)

    def wait_born(self, limit_s: float = 60.0) -> None:
        """Wait for the node's first birth, and until it trusts our keys."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.births > 0 and self.is_trusted, limit_s), (
                "the node never came"
            )


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]


class KilledNode:
    """A node process that is started again whenever it ends."""

    def __init__(self, state: Path, port: int, root: Path, *fault: str) -> None:
        self._words = [sys.executable, "-m", "tests.fakes.chaos_node", str(state), str(port),
                       str(root), *fault]  # fmt: skip
        self._state = state
        self._log = (state.parent / "node.log").open("ab")
        self._process = self._started()
        self._is_over = threading.Event()
        self.kills = 0
        self._thread: threading.Thread | None = None

    def keep_alive(self, least_s: float = 0.0, most_s: float = 0.0) -> None:
        """Start it again whenever it ends; kill it after a random while, if one is given."""
        self._thread = threading.Thread(target=self._watch, args=(least_s, most_s))
        self._thread.start()

    def stop(self) -> None:
        """End for good."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        self._process.kill()
        self._process.wait()
        self._log.close()

    def _watch(self, least_s: float, most_s: float) -> None:
        while not self._is_over.is_set():
            if most_s and random.random() > EARLY:  # noqa: S311
                self._wait(START_LIMIT_S, lambda: (self._state / READY).exists())
            life_s = random.uniform(least_s, most_s) if most_s else 3600.0  # noqa: S311
            if self.kills > OFTEN and random.random() < LONG:  # noqa: S311
                life_s *= LONGER
            self._wait(life_s, lambda: False)
            if self._is_over.is_set():
                return
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self.kills += 1
            (self._state / READY).unlink(missing_ok=True)
            self._process = self._started()

    def _wait(self, limit_s: float, until: Callable[[], bool]) -> None:
        """Wait until something is so, the process has ended, or all is over."""
        end_s = time.monotonic() + limit_s
        while self._process.poll() is None and time.monotonic() < end_s and not until():
            if self._is_over.wait(0.02):
                return

    def _started(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._words, cwd=ROOT, stdout=self._log, stderr=self._log)


class BrokerKiller:
    """Kills the broker every so often and starts it again at once."""

    def __init__(self, broker: Mosquitto, every_s: float) -> None:
        self._broker, self._every_s = broker, every_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._is_over.wait(self._every_s):
            self._broker.kill()
            self._broker.start()

    def stop(self) -> None:
        """Leave it alone."""
        self._is_over.set()
        self._thread.join()
