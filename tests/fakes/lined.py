"""A real node on a line: its folder gets the table `[mqtt]`, and there are words for it."""

import json
import os
import time
from pathlib import Path

import msgspec
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from node.control.messages import Seq, WireCommand, uuid7
from node.control.topics import address
from tests.fakes.keys import Keys

ORG = "acme"


def lined(config: Path, port: int, keys: Keys) -> None:
    """Have the node of that configuration obey these keys at a broker of this machine."""
    root = keys.write_root(config.parent)
    with config.open("a", encoding="utf-8") as file:
        file.write(f'[mqtt]\nendpoints = ["mqtt://127.0.0.1:{port}"]\norg = "{ORG}"\n'
                   f'root_key_file = "{root.name}"\n')  # fmt: skip


def order(keys: Keys, node: str, kind: str, data: dict[str, object], *, stream: str = "",
          n: int = 1, ttl_s: int = 15) -> bytes:  # fmt: skip
    """A signed command."""
    now = int(time.time() * 1000)
    seq = Seq(stream, now // 1000, n) if stream else None
    wire = WireCommand(1, uuid7(now, os.urandom(10)), kind, node, now, now + ttl_s * 1000, seq,
                       data=data)  # fmt: skip
    return keys.signed(msgspec.json.encode(wire))


class Desk:
    """Hears all that one node says, by leaf of its topic, and speaks to it."""

    def __init__(self, port: int, node: str, keys: Keys) -> None:
        self._node, self._keys = node, keys
        self.heard: dict[str, list[dict[str, object]]] = {}
        self.times_there = 0
        """So many times a broker has promised to tell what comes."""
        client = Client(
            CallbackAPIVersion.VERSION2, client_id="ctl", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.connect("127.0.0.1", port)
        client.loop_start()
        self._client = client

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def send(self, kind: str, body: bytes, expiry_s: int = 15) -> None:
        """Publish a command."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        properties.MessageExpiryInterval = expiry_s
        topic = str(address(ORG, self._node, "cmd", kind))
        self._client.publish(topic, body, 1, properties=properties)

    def acks(self, id_: str = "") -> list[str]:
        """Statuses, of one command or of all."""
        return [str(one["status"]) for one in self.heard.get("ack", []) if id_ in ("", one["id"])]

    def events(self) -> set[object]:
        """The ids of all events heard."""
        leaves = list(self.heard.items())  # in one step: paho's thread adds to it
        return {one["id"] for leaf, all_ in leaves if leaf.startswith("event/") for one in all_}

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(f"ls/v1/{ORG}/nodes/{self._node}/up/#", 1)
        section = self._keys.section(self._node, "keys", 1, self._keys.keys)
        client.publish(str(address(ORG, self._node, "desired", "keys")), section, 1, retain=True)

    def _on_subscribe(self, *_: object) -> None:
        self.times_there += 1

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        leaf = message.topic.split("/up/")[1]
        self.heard.setdefault(leaf, []).append(json.loads(message.payload))
