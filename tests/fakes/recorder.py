"""Everything that is said on a broker, held against the contract's document."""

import base64
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import jsonschema
import yaml
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

import node.control

Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as it was published; `expiry_s` is what the broker says is left."""

    topic: str
    qos: int
    retain: bool
    expiry_s: int | None
    body: bytes


class Recorder:
    """Hears all of `ls/v1/#` on paho's thread, from when it was made."""

    def __init__(self, port: int) -> None:
        self._changed = threading.Condition()
        self._listens = False
        self.heard: list[Heard] = []
        client = Client(
            CallbackAPIVersion.VERSION2, client_id="recorder", protocol=MQTTProtocolVersion.MQTTv5
        )
        client.on_message = self._on_message
        client.on_subscribe = self._on_subscribe
        client.connect("127.0.0.1", port)
        client.subscribe("ls/v1/#", options=SubscribeOptions(qos=2, retainAsPublished=True))
        client.loop_start()
        self._client = client
        self.wait(lambda: self._listens)

    def wait(self, is_so: Callable[[], bool], limit_s: float = 60.0) -> None:
        """Wait until what was heard makes something so; not on a loop's thread."""
        with self._changed:
            assert self._changed.wait_for(is_so, limit_s), sorted({one.topic for one in self.heard})

    def has(self, topic: str) -> bool:
        """Whether something was said there."""
        return any(one.topic == topic for one in self.heard)

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._client.loop_stop()

    def _on_subscribe(self, *_: object) -> None:
        with self._changed:
            self._listens = True
            self._changed.notify_all()

    def _on_message(self, _client: Client, _userdata: object, message: MQTTMessage) -> None:
        expiry_s = getattr(message.properties, "MessageExpiryInterval", None)
        one = Heard(message.topic, message.qos, message.retain, expiry_s, bytes(message.payload))
        with self._changed:
            self.heard.append(one)
            self._changed.notify_all()


class Contract:
    """The document, asked whether a message fits."""

    def __init__(self) -> None:
        path = Path(node.control.__path__[0]) / "asyncapi.yaml"
        self._document: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
        self.channels = cast("dict[str, Json]", self._document["channels"])
        self._topics = {name: _pattern(channel) for name, channel in self.channels.items()}
        operations = cast("dict[str, Json]", self._document["operations"])
        self._ways = {_channel(one): _way(one) for one in operations.values()}

    def channel_of(self, topic: str) -> str:
        """The channel of a topic; empty where there is none."""
        found = [name for name, one in self._topics.items() if one.fullmatch(topic)]
        assert len(found) < 2, f"{topic} belongs to {found}"
        return found[0] if found else ""

    def message_of(self, topic: str) -> str:
        """The name of the message that a topic carries."""
        names = list(cast("Json", self.channels[self.channel_of(topic)]["messages"]))
        leaf = topic.rpartition("/")[2]
        return next((name for name in names if name.endswith(f".{leaf}")), names[0])

    def faults(self, heard: Heard) -> list[str]:
        """In what a message is not as the document says."""
        name = self.channel_of(heard.topic)
        if not name:
            return ["a topic of no channel"]
        way = self._ways[name]
        faults = [
            f"{word}: {there} instead of {way[word]}"
            for word, there in (("qos", heard.qos), ("retain", heard.retain))
            if there != way[word]
        ]
        faults += _expiry_faults(way.get("messageExpiryInterval"), heard.expiry_s)
        if heard.body or not heard.retain:  # nothing, retained, clears the topic
            faults += self._body_faults(self.message_of(heard.topic), heard.body)
        return faults

    def _body_faults(self, name: str, body: bytes) -> list[str]:
        components = cast("Json", self._document["components"])
        message = cast("Json", cast("Json", components["messages"])[name])
        schema = {**cast("Json", message["payload"]), "components": components}
        signed = cast("Json", message.get("x-jws", {}))
        try:
            value = _unsealed(body, signed) if signed else json.loads(body)
        except ValueError as error:
            return [f"{name}: {error}"]
        validator = jsonschema.Draft7Validator(schema)
        return [f"{name}: {error.json_path}: {error.message}" for error in
                validator.iter_errors(value)]  # fmt: skip


def _unsealed(body: bytes, signed: Json) -> object:
    """The JSON inside of a compact JWS; its signature is the node's business."""
    parts = body.split(b".")
    if len(parts) != 3:
        raise ValueError("no compact JWS")
    header, payload = (
        json.loads(base64.urlsafe_b64decode(part + b"=" * (-len(part) % 4))) for part in parts[:2]
    )
    if (header["alg"], header["typ"]) != (signed["alg"], signed["typ"]):
        raise ValueError(f"header {header}")
    return payload


def _pattern(channel: Json) -> re.Pattern[str]:
    """The topics of a channel: what a parameter may be stands in its enumeration."""
    parameters = cast("dict[str, Json]", channel["parameters"])

    def choices(found: re.Match[str]) -> str:
        words = cast("list[str]", parameters[found[1]].get("enum", []))
        return f"({'|'.join(map(re.escape, words))})" if words else "[^/]+"

    return re.compile(re.sub(r"\{(\w+)\}", choices, str(channel["address"])))


def _channel(operation: Json) -> str:
    return str(cast("Json", operation["channel"])["$ref"]).rpartition("/")[2]


def _way(operation: Json) -> Json:
    return cast("Json", cast("Json", operation["bindings"])["mqtt"])


def _expiry_faults(wanted: object, there: int | None) -> list[str]:
    if wanted is None:
        return [] if there is None else [f"expiry {there} s on what stays"]
    most = wanted["maximum"] if isinstance(wanted, dict) else cast("int", wanted)
    if there is None or not 0 <= there <= cast("int", most):
        return [f"expiry {there} s, not up to {most}"]
    return []
