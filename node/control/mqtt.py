"""One MQTT 5 connection on paho's thread, whose callbacks cannot kill it (paho-mqtt 2.2).

Measured traps of that library, and what stands against them here: an exception in a callback ends
its thread while `is_connected()` stays true, so every callback is wrapped; `publish` holds a mutex
that `on_publish` is called under, so there is no lock of our own; the delay before it connects
again has no jitter, so it gets a new one each time; an `ack` after a lost session confirms another
message, so it is sent only from within the callback that delivered the message.
"""

import asyncio
import contextlib
import logging
import random
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, Final, ParamSpec, Protocol

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from node.control.broker import Endpoint, Login, tls_context
from node.control.topics import KEEPALIVE_S, RECEIVE_MAXIMUM, SESSION_EXPIRY_S, Delivery

log = logging.getLogger(__name__)

INFLIGHT_MAX: Final = 10
"""Of our own: paho ignores the server's Receive Maximum."""
SLOWEST_S: Final = 60.0
CALM_S: Final = 60.0
"""A connection that held so long begins the delays anew."""
REFUSED: Final = 0x80
"""Reason codes from here on are failures (MQTT 5 §2.4)."""

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that came; `loop_s` is its time on the loop's clock, `expiry_s` what is left."""

    topic: str
    body: bytes
    is_dup: bool
    is_retained: bool
    expiry_s: int | None
    loop_s: float


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker says for a client that vanished, `delay_s` after."""

    topic: str
    body: bytes
    delay_s: int


class Side(Protocol):
    """Who is on our side of the connection."""

    def will(self) -> Will | None:
        """The will of the connection that is about to be made. Thread: paho's."""
        ...

    def take(self, arrival: Arrival) -> bool:
        """Keep a message; true once it is safe and may be acknowledged. Thread: paho's."""
        ...

    def up(self) -> None:
        """The broker took us. Thread: the loop's."""
        ...

    def down(self, why: str) -> None:
        """The connection ended, was not to be had, or is of no use. Thread: the loop's."""
        ...

    def sent(self, mid: int, code: int) -> None:
        """The broker answered a message of QoS 1; from `REFUSED` on it did not take it."""
        ...


def _shielded(
    callback: Callable[Concatenate["Connection", P], None],
) -> Callable[Concatenate["Connection", P], None]:
    """A callback that never raises: paho's thread would end, and nobody would know."""

    def shielded(self: "Connection", /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(self, *args, **kwargs)
        except Exception:  # the callback edge
            log.exception("mqtt: a callback failed")

    return shielded


class Connection:
    """A client that connects again by itself until it is closed; used once."""

    def __init__(
        self,
        place: Endpoint,
        login: Login,
        side: Side,
        *,
        subscriptions: tuple[tuple[str, int], ...],
        session_s: int = SESSION_EXPIRY_S,
    ) -> None:
        self._place, self._login, self._side = place, login, side
        self._subscriptions = subscriptions
        self._session_s = session_s
        self._attempt = 0
        self._up_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None

    def open(self) -> None:
        """Begin to connect; raises `LinkError` for keys or certificates that cannot be used."""
        self._loop = asyncio.get_running_loop()
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._login.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        client.suppress_exceptions = True
        client.max_inflight_messages_set(INFLIGHT_MAX)
        if self._place.is_tls:
            client.tls_set_context(tls_context(self._login))
        if self._login.username:
            client.username_pw_set(self._login.username, self._login.password or None)
        client.on_socket_open = _on_socket_open
        client.on_pre_connect = self._on_pre_connect
        client.on_connect = self._on_connect
        client.on_connect_fail = self._on_connect_fail
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        self._pause(client)
        session = _properties(PacketTypes.CONNECT)
        session.SessionExpiryInterval = self._session_s
        session.ReceiveMaximum = RECEIVE_MAXIMUM
        client.connect_async(
            self._place.host, self._place.port, KEEPALIVE_S, clean_start=False, properties=session
        )
        self._client = client
        client.loop_start()

    def close(self, *, with_will: bool = True) -> None:
        """End the connection and its thread; the broker says the will unless told otherwise.

        Blocks until the thread has ended, up to 6 s while it tries to connect. Thread: any but it.
        """
        client, self._client = self._client, None
        if client is None:
            return
        words = "Disconnect with will message" if with_will else "Normal disconnection"
        client.drop_out_messages()
        client.disconnect(ReasonCode(PacketTypes.DISCONNECT, words))
        client.loop_stop()

    def publish(
        self, topic: str, body: bytes, way: Delivery, expiry_s: int | None = None
    ) -> int | None:
        """Hand a message to the network; its number, or None where there is no connection.

        `expiry_s` takes the place of that of `way`. Thread: the loop's.
        """
        client = self._client
        if client is None or not client.is_connected():
            return None
        properties = _properties(PacketTypes.PUBLISH)
        life_s = way.expiry_s if expiry_s is None else expiry_s
        if life_s:
            properties.MessageExpiryInterval = life_s
        told = client.publish(topic, body, way.qos, way.retain, properties)
        return told.mid if told.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def ask_again(self, filters: tuple[str, ...]) -> None:
        """Subscribe anew, so that the broker sends what is retained there once more."""
        if self._client is not None:
            wanted = [one for one in self._subscriptions if one[0] in filters]
            self._client.subscribe(_options(wanted))

    @_shielded
    def _on_pre_connect(self, client: Client, _userdata: object) -> None:
        will = self._side.will()
        if will is not None:
            delay = _properties(PacketTypes.WILLMESSAGE)
            delay.WillDelayInterval = will.delay_s
            client.will_set(will.topic, will.body, qos=1, retain=True, properties=delay)

    @_shielded
    def _on_connect(
        self,
        client: Client,
        _userdata: object,
        _flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            self._tell(lambda: self._side.down(f"the broker refuses: {reason}"))
            return
        self._up_s = time.monotonic()
        client.drop_out_messages()  # what was on its way lies in the outbox
        if self._subscriptions:
            client.subscribe(_options(self._subscriptions))
        self._tell(self._side.up)

    @_shielded
    def _on_connect_fail(self, client: Client, _userdata: object) -> None:
        self._pause(client)
        self._tell(lambda: self._side.down("no connection"))

    @_shielded
    def _on_disconnect(
        self,
        client: Client,
        _userdata: object,
        _flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if self._up_s and time.monotonic() - self._up_s > CALM_S:
            self._attempt = 0
        self._up_s = 0.0
        self._pause(client)
        self._tell(lambda: self._side.down(str(reason)))

    @_shielded
    def _on_subscribe(
        self, _client: Client, _userdata: object, _mid: int, reasons: list[ReasonCode], *_: object
    ) -> None:
        refused = [str(one) for one in reasons if one.is_failure]
        if refused:  # connected and deaf: as good as no connection
            self._tell(lambda: self._side.down(f"the broker refuses to tell us: {refused[0]}"))

    @_shielded
    def _on_message(self, client: Client, _userdata: object, message: MQTTMessage) -> None:
        properties = message.properties
        arrival = Arrival(
            topic=_topic(message),
            body=bytes(message.payload),
            is_dup=message.dup,
            is_retained=message.retain,
            expiry_s=getattr(properties, "MessageExpiryInterval", None),
            loop_s=time.monotonic(),
        )
        if self._side.take(arrival) and message.qos:
            client.ack(message.mid, message.qos)

    @_shielded
    def _on_publish(
        self, _client: Client, _userdata: object, mid: int, reason: ReasonCode, *_: object
    ) -> None:
        code = int(reason.value)
        self._tell(lambda: self._side.sent(mid, code))

    def _pause(self, client: Client) -> None:
        """Draw the next delay: a fleet must not come back in step."""
        longest = min(SLOWEST_S, 2.0 ** (self._attempt + 2))
        self._attempt = min(self._attempt + 1, 10)
        delay_s = random.uniform(1, longest)  # noqa: S311  # no secret
        client.reconnect_delay_set(delay_s, delay_s)  # type: ignore[arg-type]  # it only adds it to a time

    def _tell(self, work: Callable[[], None]) -> None:
        """Have something done on the loop; a loop that has ended does not care."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)


def _options(subscriptions: list[tuple[str, int]] | tuple[tuple[str, int], ...]) -> list[
    tuple[str, SubscribeOptions]
]:  # fmt: skip
    return [(topic, SubscribeOptions(qos=qos)) for topic, qos in subscriptions]


def _on_socket_open(_client: Client, _userdata: object, opened: object) -> None:
    """Have each message leave at once: waiting for more costs 40 ms (Nagle, delayed ACK)."""
    if isinstance(opened, socket.socket):  # TLS too; anything else has no Nagle
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # so it is in paho 2.2


def _topic(message: MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return ""
