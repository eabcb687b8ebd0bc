"""The controller's line to the broker: what nodes say comes in, kept before it is acknowledged.

Last words and events are on disk before MQTT is acknowledged; all else may be said again. The
connection is the node's own (`node.control.mqtt`): its traps are the same here.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

import msgspec

from node.control.broker import Endpoint, Login
from node.control.messages import TERMINAL, Ack, ContractError, ControllerOnline
from node.control.mqtt import Arrival, Connection, Will
from node.control.telemetry import CloudEvent
from node.control.topics import WILL_DELAY_S, Address, address, controller_subscriptions
from node.errors import DeviceError
from tools.fleet.logbook import Logbook
from tools.fleet.reading import Word, read
from tools.fleet.wall import now_ms

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears what comes in. Thread: the loop's."""

    def heard(self, address: Address, word: Word, now: int, *, is_retained: bool) -> None:
        """A node said something; `now` is when it came here, Unix ms."""
        ...

    def line_up(self) -> None:
        """The broker took us."""
        ...

    def line_down(self, why: str) -> None:
        """The connection ended."""
        ...


class Line:
    """Connects by itself until it is closed; belongs to the loop but for `take` and `will`."""

    def __init__(
        self, org: str, place: Endpoint, login: Login, listener: Listener, logbook: Logbook
    ) -> None:
        self._org, self._listener, self._logbook = org, listener, logbook
        self._connection = Connection(
            place, login, self, subscriptions=controller_subscriptions(org)
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self.is_up = False
        self.refused: Counter[str] = Counter()

    def open(self) -> None:
        """Begin to connect; raises `LinkError` for certificates that cannot be used."""
        self._loop = asyncio.get_running_loop()
        self._connection.open()

    def close(self) -> None:
        """Say that the controller goes, and end. Blocks for up to 6 s."""
        self._connection.close(with_will=True)

    def publish(self, where: Address, body: bytes, *, expiry_s: int | None = None) -> bool:
        """Hand a message to the network; whether there was one."""
        way = where.delivery
        return self._connection.publish(str(where), body, way, expiry_s) is not None

    def will(self) -> Will:
        """The controller is gone."""
        return Will(str(self._own), self._online(is_online=False), WILL_DELAY_S)

    def take(self, arrival: Arrival) -> bool:
        """Keep what must not be lost, then pass it on. Thread: paho's."""
        now = now_ms()
        if not arrival.body:  # a retained message that was cleared
            return True
        try:
            where, word = read(arrival.topic, arrival.body, self._org)
        except ContractError as error:
            self.refused[error.code] += 1
            log.debug("refused from %s: %s", arrival.topic, error)
            return True
        try:
            if not self._is_new(where, word, now):
                return True
        except DeviceError:
            log.exception("fleet: nothing can be kept; the broker holds it back")
            return False
        self._tell(lambda: self._listener.heard(where, word, now, is_retained=arrival.is_retained))
        return True

    def up(self) -> None:
        """Say that the controller is there."""
        self.is_up = True
        self.publish(self._own, self._online(is_online=True))
        self._listener.line_up()

    def down(self, why: str) -> None:
        """The connection ended; it is made again by itself."""
        self.is_up = False
        self._listener.line_down(why)

    def sent(self, mid: int, code: int) -> None:
        """The broker answered; what it refuses is sent again by the rules of `dispatch`."""
        if code >= 0x80:  # noqa: PLR2004  # MQTT 5 §2.4: failures from here on
            self.refused["broker"] += 1
            log.warning("fleet: the broker refuses message %s: 0x%02x", mid, code)

    @property
    def _own(self) -> Address:
        return address(self._org, "", "ctl")

    def _is_new(self, where: Address, word: Word, now: int) -> bool:
        if isinstance(word, Ack) and word.status in TERMINAL:
            self._logbook.file_answer(word, now)
        if isinstance(word, CloudEvent):
            return self._logbook.file_event(where.node, word, now)
        return True

    def _online(self, *, is_online: bool) -> bytes:
        return msgspec.json.encode(ControllerOnline(1, is_online, now_ms()))

    def _tell(self, work: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)
