"""Anybody else at a broker: hears and says what a test has it, with no code of the node's line."""

import json
import os
import queue
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from node.control.messages import uuid7

LIMIT_S = 60.0
NOBODY_HEARS = 0x10
"""The broker's answer to what nobody has subscribed to (MQTT 5 §3.4.2.1)."""
ENDED = frozenset({"done", "failed", "rejected", "expired", "superseded", "cancelled"})


@dataclass(frozen=True)
class Heard:
    """A message as it came."""

    topic: str
    body: bytes
    is_retained: bool
    qos: int

    @property
    def json(self) -> dict[str, object]:
        """Its body as an object."""
        found: dict[str, object] = json.loads(self.body)
        return found


class PlainPeer:
    """Connected while entered; `heard` has what came and was not asked for yet."""

    def __init__(
        self, port: int, client_id: str = "", tls: ssl.SSLContext | None = None, host: str = "",
    ) -> None:  # fmt: skip
        self.heard: queue.Queue[Heard] = queue.Queue()
        self._place = (host or ("localhost" if tls else "127.0.0.1"), port)
        self._answered: queue.Queue[int] = queue.Queue()
        self.client = Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTProtocolVersion.MQTTv5
        )
        if tls is not None:
            self.client.tls_set_context(tls)
        self.client.on_message = lambda _client, _data, message: self._take(message)
        self.connects = 0
        self.client.on_connect = lambda *words: self._connect(int(words[3].value))
        self.client.on_publish = lambda *words: self._answered.put(int(words[3].value))
        self.client.on_subscribe = lambda *words: self._answered.put(int(words[3][0].value))

    def __enter__(self) -> "PlainPeer":
        assert self._connected() == MQTTErrorCode.MQTT_ERR_SUCCESS
        self.client.loop_start()
        code = self._answered.get(timeout=LIMIT_S)
        assert code == 0, f"refused: {code:#x}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _connected(self) -> MQTTErrorCode:
        """Wait for a broker that is about to listen."""
        end_s = time.monotonic() + LIMIT_S
        while True:
            try:
                return self.client.connect(*self._place)
            except ConnectionRefusedError:
                assert time.monotonic() < end_s, "nobody listens"
                time.sleep(0.05)

    def subscribe(self, *filters: str) -> None:
        """Hear what is said there, from when this returns."""
        for one in filters:
            self.client.subscribe(one, 1)
            self._answered.get(timeout=LIMIT_S)

    def say(self, topic: str, body: bytes, *, is_retained: bool = False, life_s: int = 0) -> int:
        """Publish with QoS 1; the broker's reason code."""
        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if life_s:
            properties.MessageExpiryInterval = life_s
        self.client.publish(topic, body, 1, is_retained, properties)
        return self._answered.get(timeout=LIMIT_S)

    def tell(self, topic: str, make: Callable[[], bytes], life_s: int) -> None:
        """Publish what is made then, once there is somebody who has subscribed."""
        end_s = time.monotonic() + LIMIT_S
        while self.say(topic, make(), life_s=life_s) == NOBODY_HEARS:
            assert time.monotonic() < end_s, f"nobody hears {topic}"
            time.sleep(0.05)

    def next(self, topic: str = "", limit_s: float = LIMIT_S) -> Heard:
        """The next message, of a topic if one is given; others in between are dropped."""
        end_s = time.monotonic() + limit_s
        while True:
            one = self.heard.get(timeout=max(0.01, end_s - time.monotonic()))
            if topic in ("", one.topic):
                return one

    def command(self, node: str, type_: str, data: object, **seq: object) -> bytes:
        """An unsigned command's body; `seq` are stream and n."""
        now = int(time.time() * 1000)
        body = {
            "v": 1, "id": uuid7(now, os.urandom(10)), "type": type_, "aud": node,
            "iat": now, "exp": now + 15_000, "data": data,
        }  # fmt: skip
        if seq:
            body["seq"] = {"epoch": now // 1000, **seq}
        return json.dumps(body).encode()

    def _connect(self, code: int) -> None:
        self.connects += 1
        if self.connects == 1:  # nobody asks for the answers to later ones
            self._answered.put(code)

    def _take(self, message: MQTTMessage) -> None:
        self.heard.put(Heard(message.topic, bytes(message.payload), message.retain, message.qos))

    def end_of(self, ack_topic: str, limit_s: float = LIMIT_S) -> dict[str, object]:
        """The answer that ends the next command."""
        while True:
            answer = self.next(ack_topic, limit_s).json
            if answer["status"] in ENDED:
                return answer
