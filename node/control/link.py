"""The node's line to its controller: connects, proves that it lives, says and hears.

The show does not depend on it. A line that proves nothing for a while is built anew, at the next
broker if there are several; what must not be lost lies in the outbox and the inbox meanwhile.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from node.control.asking import Asking
from node.control.broker import Endpoint, Login
from node.control.hearing import Hearing
from node.control.mqtt import REFUSED, Arrival, Connection, Will
from node.control.pump import Pump
from node.control.receiving import Receiver
from node.control.reporting import Reporter
from node.control.sluice import Sluice
from node.control.timekeeper import Timekeeper
from node.control.topics import ALIVE, WILL_DELAY_S, Channel, Delivery, address, subscriptions
from node.errors import DeviceError, LinkError
from node.store.letters import Load, Post
from node.store.postbox import Postbox

T = TypeVar("T")

log = logging.getLogger(__name__)

ALIVE_S: Final = 30.0
PUBACK_S: Final = 15.0
"""An `alive` not confirmed by then: the line is dead, whatever the library thinks."""
UP_S: Final = 90.0
"""A client that was not connected for so long is built anew: its thread may have ended."""
FAILURES_MAX: Final = 3
"""So many in a row, and the next endpoint is tried."""
CLOCK_S: Final = 30.0
"""So long the first connection by TLS waits for a time server: a certificate seems not yet valid
to a machine that believes itself in the past."""
PROBE_S: Final = 1.0
LOOK_S: Final = 0.1


class Link:
    """Component: the connection, and all that runs only with it."""

    name = "mqtt"

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        login: Login,
        *,
        org: str,
        postbox: Postbox,
        keeper: Timekeeper,
        hearing: Hearing,
        receiver: Receiver,
        reporter: Reporter,
    ) -> None:
        self._endpoints, self._login, self._org = endpoints, login, org
        self._postbox, self._keeper, self._hearing = postbox, keeper, hearing
        self._receiver, self._reporter = receiver, reporter
        self._which = 0
        self._failures = 0
        self._bseq = 0
        self._connection: Connection | None = None
        self._pump: Pump | None = None
        self._up = asyncio.Event()
        self._asking = Asking(keeper, reporter.ask_time)
        self._alive: dict[int, float] = {}
        self._trouble: asyncio.Future[None] | None = None
        self._changes = 0
        self._has_waited = False
        self._sluice = Sluice()

    @property
    def is_up(self) -> bool:
        """Whether a broker has taken us."""
        return self._up.is_set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Hold the line until cancelled; raises `LinkError` or `DeviceError` to begin anew."""
        loop = asyncio.get_running_loop()
        self._trouble = loop.create_future()
        self._hearing.bind(loop, said=self.said, timed=self._asking.hear)
        place = self._endpoints[self._which % len(self._endpoints)]
        if place.is_tls:
            await self._wait_for_clock()
        with ThreadPoolExecutor(1, "mqtt-store") as pool:
            connection = Connection(place, self._login, self, subscriptions=self._subscriptions())
            pump = self._pump = Pump(self._postbox, self._publish, pool)
            self._pool = pool
            self._connection = connection
            connection.open()
            try:
                await self._live(ready, pump)
            finally:
                self._up.clear()
                self._connection = None
                await asyncio.shield(loop.run_in_executor(pool, connection.close))

    async def _wait_for_clock(self) -> None:
        """Once, and not for ever: where no time server is, the controller tells the time."""
        loop = asyncio.get_running_loop()
        end_s = loop.time() + (0.0 if self._has_waited else CLOCK_S)
        while loop.time() < end_s and self._keeper.reading().state == "unsynced":  # noqa: ASYNC110  # no event tells it
            await asyncio.sleep(LOOK_S)
        self._has_waited = True

    async def _live(self, ready: Callable[[], None], pump: Pump) -> None:
        """All that belongs to one client; the first that fails ends the rest."""
        try:
            async with asyncio.TaskGroup() as group:
                for work in (
                    self._fail_if_told(),
                    self._prove(ready),
                    pump.run(),
                    self._reporter.run(),
                    self._asking.run(self._up),
                    self._probe(),
                ):
                    group.create_task(work)
        except* (LinkError, DeviceError) as group_error:
            first = group_error.exceptions[0]
            kind = DeviceError if isinstance(first, DeviceError) else LinkError
            raise kind(str(first)) from group_error

    def _subscriptions(self) -> tuple[tuple[str, int], ...]:
        return tuple(subscriptions(self._org, self._login.client_id))

    # What others say through the line.

    def use(self, login: Login) -> None:
        """Connect anew as this one, the same node by another certificate."""
        self._login = login
        self._give_up("another certificate is to be used")

    def say(self, channel: Channel, leaf: str, body: bytes) -> bool:
        """Publish at a topic of this node; false where there is no connection."""
        place = address(self._org, self._login.client_id, channel, leaf)
        return self._publish(str(place), body, place.delivery) is not None

    def said(self) -> None:
        """There may be something in the outbox. Thread: the loop's."""
        if self._pump is not None:
            self._pump.wake.set()

    async def keep(self, posts: list[Post]) -> None:
        """Put messages into the outbox; raises `DeviceError`."""
        await self._disk(lambda: self._postbox.send(posts))
        self.said()

    def ask_desired(self) -> None:
        """Have all desired sections sent again, as after new keys."""
        if self._connection is not None and self.is_up:
            own = [one for one, _ in self._subscriptions() if one.endswith("/desired/#")]
            self._connection.ask_again(tuple(own))

    async def rebirth(self) -> None:
        """Say online, birth and everything reported again."""
        try:
            load = await self._disk(self._postbox.load)
        except DeviceError as error:
            log.debug("mqtt: the outbox cannot be read: %s", error)
            load = Load(0, 0, 0, 0, 0)
        self._reporter.born(self._bseq, self._keeper.view(), load, self._receiver.refused)

    # Side of the connection; on its thread.

    def will(self) -> Will:
        """Count this connection; the broker says with its number that it ended."""
        try:
            self._bseq = self._postbox.number("bseq") + 1
            self._postbox.put_number("bseq", self._bseq)
        except DeviceError:
            self._bseq += 1
        topic = str(address(self._org, self._login.client_id, "online"))
        return Will(topic, self._reporter.online(self._bseq, is_online=False), WILL_DELAY_S)

    def take(self, arrival: Arrival) -> bool:
        """Keep what came; false while the disk refuses."""
        if not self._sluice.admits(arrival.topic):
            self._receiver.refused["too_many"] += 1
            return True
        return not self._hearing.is_refusing and self._receiver.take(arrival)

    # Side of the connection; on the loop's thread.

    def up(self) -> None:
        """Say who we are, and send what waits."""
        self._changes += 1
        self._up.set()
        if self._pump is not None:
            self._pump.up()

    def down(self, why: str) -> None:
        """The connection ended, or none was to be had."""
        was_up = self._up.is_set()
        self._changes += 1
        self._up.clear()
        self._alive.clear()
        if self._pump is not None:
            self._pump.down()
        log.log(logging.INFO if was_up else logging.DEBUG, "mqtt: down: %s", why)
        self._failures += 1
        if self._failures >= FAILURES_MAX and len(self._endpoints) > 1:
            self._give_up(f"{self._place()}: {why}")

    def sent(self, mid: int, code: int) -> None:
        """The broker answered a message: also the proof that the line lives."""
        at_s = self._alive.pop(mid, None)
        if at_s is not None and code < REFUSED:
            self._reporter.rtt_ms = round((asyncio.get_running_loop().time() - at_s) * 1000)
            self._failures = 0
        elif self._pump is not None:
            self._pump.sent(mid, code)

    # Work of its own.

    async def _prove(self, ready: Callable[[], None]) -> None:
        """Greet at each connect; then a round trip every 30 s."""
        number = 0
        while True:
            try:
                async with asyncio.timeout(UP_S):
                    await self._up.wait()
            except TimeoutError as error:
                self._which += 1
                raise LinkError(f"{self._place()}: not connected for {UP_S:.0f} s") from error
            changes = self._changes
            await self.rebirth()
            ready()
            while changes == self._changes:
                number += 1
                await self._round_trip(number, changes)
                await self._wait(changes, ALIVE_S)

    async def _round_trip(self, number: int, changes: int) -> None:
        place = address(self._org, self._login.client_id, "tele", "alive")
        mid = self._publish(str(place), self._reporter.alive(number), ALIVE)
        if mid is None:
            return
        self._alive[mid] = asyncio.get_running_loop().time()
        await self._wait(changes, PUBACK_S, until=lambda: mid not in self._alive)
        if mid in self._alive:
            self._failures += 1
            self._give_up(f"{self._place()}: no answer in {PUBACK_S:.0f} s")

    async def _wait(
        self, changes: int, limit_s: float, until: Callable[[], bool] = lambda: False
    ) -> None:
        """Wait, no longer than this connection holds or until something is so."""
        end_s = asyncio.get_running_loop().time() + limit_s
        while changes == self._changes and asyncio.get_running_loop().time() < end_s:
            if until():
                return
            await asyncio.sleep(LOOK_S)

    async def _probe(self) -> None:
        """Only a new connection brings what was not kept, once the disk takes it again."""
        while True:
            await asyncio.sleep(PROBE_S)
            if not self._hearing.is_refusing:
                continue
            try:
                await self._disk(lambda: self._postbox.put_number("probe", 1))
            except DeviceError as error:
                log.debug("mqtt: the disk still refuses: %s", error)
                continue
            self._hearing.is_refusing = False
            raise LinkError("the disk works again: what was not kept is sent again")

    async def _fail_if_told(self) -> None:
        if self._trouble is not None:
            await self._trouble

    def _give_up(self, why: str) -> None:
        if self._failures >= FAILURES_MAX:
            self._which += 1
            self._failures = 0
        if self._trouble is not None and not self._trouble.done():
            self._trouble.set_exception(LinkError(why))

    def _place(self) -> str:
        place = self._endpoints[self._which % len(self._endpoints)]
        return f"{place.host}:{place.port}"

    async def _disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _publish(self, topic: str, body: bytes, way: Delivery) -> int | None:
        connection = self._connection
        return None if connection is None else connection.publish(topic, body, way)
