"""Home Assistant's line: a connection of its own, to a broker on the booth's own network."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import msgspec

from node.control import discovery
from node.control.broker import Endpoint, Login
from node.control.discovery import Device, Present
from node.control.messages import JsonObject
from node.control.mqtt import Arrival, Connection, Will
from node.control.orders import Order
from node.control.topics import Delivery
from node.errors import NodeError

log = logging.getLogger(__name__)

LOOK_S: Final = 1.0
REPEAT_S: Final = (1.0, 10.0)
"""So long after Home Assistant has started everything is said again; not all devices at once."""
WILL_DELAY_S: Final = 5
WAITING_MAX: Final = 8
"""Presses that wait for one that is being obeyed; more are dropped."""
KEPT: Final = Delivery(1, retain=True, expiry_s=None)


@dataclass(frozen=True, slots=True)
class Booth:
    """What Home Assistant is shown of the booth, asked anew each second, and who obeys it."""

    device: Callable[[], Device]
    present: Callable[[], Present]
    perform: Callable[[Order], Awaitable[None]]


class HomeAssistant:
    """Optional component. Without a connection it waits for one; nothing waits for it.

    A device that is not `is_shown` is taken away from where it was shown before.
    """

    name = "home assistant"

    def __init__(
        self, place: Endpoint, login: Login, prefix: str, booth: Booth, *, is_shown: bool
    ) -> None:
        self._place, self._login, self._prefix = place, login, prefix
        self._booth, self._is_shown = booth, is_shown
        self._device = booth.device()
        self._said: dict[str, bytes] = {}
        self._changed = asyncio.Event()
        self._orders: asyncio.Queue[Order] = asyncio.Queue(WAITING_MAX)
        self._repeat_at_s = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self.dropped = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Show and obey until cancelled; raises `LinkError` for a certificate of no use."""
        self._loop = asyncio.get_running_loop()
        self._connection = Connection(
            self._place,
            self._login,
            self,
            subscriptions=((self._device.topic("set/#"), 1), (f"{self._prefix}/status", 1)),
            session_s=0,
        )
        self._connection.open()
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._obey())
                group.create_task(self._tell())
        finally:
            with ThreadPoolExecutor(1, "home-assistant") as pool:
                await asyncio.shield(self._loop.run_in_executor(pool, self._connection.close))

    async def _tell(self) -> None:
        """Say what is new, as it comes and each second."""
        while True:
            loop_s = asyncio.get_running_loop().time()
            if self._repeat_at_s and loop_s >= self._repeat_at_s:
                self._repeat_at_s = 0.0
                self._said.clear()
            self._say_all()
            self._changed.clear()
            try:
                async with asyncio.timeout(LOOK_S):
                    await self._changed.wait()
            except TimeoutError:
                continue

    def _say_all(self) -> None:
        """Say what is not said yet; of a device that is not to be shown, that there is none."""
        if not self._is_shown:
            self._say(self._device.config_topic(self._prefix), b"")
            return
        self._say_config()
        self._say(self._device.topic("online"), discovery.ONLINE)
        self._say_json(self._device.topic("state"), discovery.state(self._booth.present()))

    def _say_config(self) -> None:
        """Announce the device; what it no longer has is first taken from it by name."""
        before, self._device = self._device, self._booth.device()
        topic = self._device.config_topic(self._prefix)
        if before != self._device:
            self._say_json(topic, discovery.without(before, self._device))
        self._say_json(topic, discovery.config(self._device))

    def _say_json(self, topic: str, content: JsonObject) -> None:
        self._say(topic, msgspec.json.encode(content))

    def _say(self, topic: str, body: bytes) -> None:
        """Publish what was not said on this connection."""
        is_said = self._said.get(topic) == body
        if not is_said and self._connection.publish(topic, body, KEPT) is not None:
            self._said[topic] = body

    async def _obey(self) -> None:
        while True:
            order = await self._orders.get()
            try:
                await self._booth.perform(order)
            except NodeError as error:
                log.warning("home assistant: %s: %s", type(order).__name__, error)
            self._changed.set()

    def will(self) -> Will | None:
        """Offline, once the broker has missed the node. Thread: paho's."""
        if not self._is_shown:
            return None
        return Will(self._device.topic("online"), discovery.OFFLINE, WILL_DELAY_S)

    def take(self, arrival: Arrival) -> bool:
        """Hand a press over; a retained one is old: nobody presses now. Thread: paho's."""
        loop = self._loop
        if loop is not None and not arrival.is_retained and not loop.is_closed():
            loop.call_soon_threadsafe(self._heard, arrival.topic, arrival.body)
        return True

    def up(self) -> None:
        """Say everything on this new connection."""
        self._said.clear()
        self._changed.set()

    def down(self, why: str) -> None:
        """The connection is gone, or was not to be had."""
        log.debug("home assistant: %s", why)

    def sent(self, mid: int, code: int) -> None:
        """A message arrived, or was refused: the next second does not repeat it."""
        if code >= 0x80:  # noqa: PLR2004  # MQTT 5 §2.4: failures
            log.debug("home assistant: message %d refused: %#x", mid, code)

    def _heard(self, topic: str, body: bytes) -> None:
        if topic == f"{self._prefix}/status":
            if body == discovery.ONLINE:
                wait_s = random.uniform(*REPEAT_S)  # noqa: S311  # no secret
                self._repeat_at_s = asyncio.get_running_loop().time() + wait_s
            return
        order = discovery.order_of(self._device, topic, body)
        if order is None or self._orders.full() or not self._is_shown:
            self.dropped += 1
            log.info("home assistant: nothing is done for %d bytes on %r", len(body), topic[:80])
            return
        self._orders.put_nowait(order)
