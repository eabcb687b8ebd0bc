"""The node's line to its controller: connects, proves that it lives, says and hears.

The show does not depend on it. A line that proves nothing for a while is built anew, at the next
broker if there are several; what must not be lost lies in the outbox and the inbox meanwhile.
"""

import asyncio
import logging
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from node.control.broker import Endpoint, Login
from node.control.messages import ContractError, TimeReply
from node.control.mqtt import REFUSED, Arrival, Connection, Will
from node.control.pump import Pump
from node.control.receiving import Kept, Receiver
from node.control.reporting import Reporter
from node.control.sections import Section
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
TIME_S: Final = 600.0
TIME_BURST_S: Final = 2.0
TIME_BURST: Final = 5
"""After a connect so many queries follow each other: the best round trip of them counts."""
PROBE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Who is told of what comes; called on the loop's thread."""

    commanded: Callable[[], None]
    desired: Callable[[Section, Kept], None]
    refused_section: Callable[[str, ContractError], None]
    alarm: Callable[[str], None]


class Link:
    """Component: the connection, and all that runs only with it.

    `receiver` and `reporter` are set once before `run`: they speak through this object.
    """

    name = "mqtt"

    receiver: Receiver
    reporter: Reporter

    def __init__(
        self,
        endpoints: tuple[Endpoint, ...],
        login: Login,
        *,
        org: str,
        postbox: Postbox,
        keeper: Timekeeper,
        neighbours: Neighbours,
    ) -> None:
        self._endpoints, self._login, self._org = endpoints, login, org
        self._postbox, self._keeper, self._neighbours = postbox, keeper, neighbours
        self._which = 0
        self._failures = 0
        self._bseq = 0
        self._connection: Connection | None = None
        self._pump: Pump | None = None
        self._up = asyncio.Event()
        self._queries: dict[str, float] = {}
        self._alive: dict[int, float] = {}
        self._trouble: asyncio.Future[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_refusing = False

    @property
    def is_up(self) -> bool:
        """Whether a broker has taken us."""
        return self._up.is_set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Hold the line until cancelled; raises `LinkError` or `DeviceError` to begin anew."""
        self._loop = asyncio.get_running_loop()
        self._trouble = self._loop.create_future()
        place = self._endpoints[self._which % len(self._endpoints)]
        with ThreadPoolExecutor(1, "mqtt-store") as pool:
            connection = Connection(place, self._login, self, subscriptions=self._subscriptions())
            self._pump = Pump(self._postbox, self._publish, pool)
            self._pool = pool
            self._connection = connection
            connection.open()
            try:
                await self._live(ready)
            finally:
                self._up.clear()
                self._connection = None
                await asyncio.shield(self._loop.run_in_executor(None, connection.close))

    async def _live(self, ready: Callable[[], None]) -> None:
        """All that belongs to one client; the first that fails ends the rest."""
        try:
            async with asyncio.TaskGroup() as group:
                for work in (
                    self._fail_if_told(),
                    self._prove(ready),
                    self._pump_out(),
                    self.reporter.run(),
                    self._keep_time(),
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
        self.reporter.born(self._bseq, self._keeper.view(), load, self.receiver.refused)

    # Side of the connection; on its thread.

    def will(self) -> Will:
        """Count this connection; the broker says with its number that it ended."""
        try:
            self._bseq = self._postbox.number("bseq") + 1
            self._postbox.put_number("bseq", self._bseq)
        except DeviceError:
            self._bseq += 1
        topic = str(address(self._org, self._login.client_id, "online"))
        return Will(topic, self.reporter.online(self._bseq, is_online=False), WILL_DELAY_S)

    def take(self, arrival: Arrival) -> bool:
        """Keep what came; false while the disk refuses."""
        return not self._is_refusing and self.receiver.take(arrival)

    # Listener of the receiver; on the connection's thread.

    def commanded(self) -> None:
        """A row or an answer was kept."""
        self._hop(self._neighbours.commanded)
        self._hop(self.said)

    def desired(self, section: Section, kept: Kept) -> None:
        """A section came."""
        self._hop(lambda: self._neighbours.desired(section, kept))

    def refused_section(self, section: str, error: ContractError) -> None:
        """A section came that cannot be used."""
        self._hop(lambda: self._neighbours.refused_section(section, error))

    def timed(self, reply: TimeReply, loop_s: float) -> None:
        """The controller answered."""
        self._hop(lambda: self._timed(reply, loop_s))

    def controller(self, *, is_online: bool) -> None:
        """The controller came or went: nothing waits for it."""
        log.debug("mqtt: the controller is %s", "there" if is_online else "away")

    def disk_refused(self, error: DeviceError) -> None:
        """Take nothing more until the disk works; the broker keeps what is not acknowledged."""
        self._is_refusing = True
        self._hop(lambda: self._neighbours.alarm(str(error)))

    # Side of the connection; on the loop's thread.

    def up(self) -> None:
        """Say who we are, and send what waits."""
        if self._connection is None or self._loop is None:
            return
        self._up.set()
        if self._pump is not None:
            self._pump.up()

    def down(self, why: str) -> None:
        """The connection ended, or none was to be had."""
        was_up = self._up.is_set()
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
        if at_s is not None and code < REFUSED and self._loop is not None:
            self.reporter.rtt_ms = round((self._loop.time() - at_s) * 1000)
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
            await self.rebirth()
            ready()
            while self._up.is_set():
                number += 1
                await self._round_trip(number)
                await self._wait_down(ALIVE_S)

    async def _round_trip(self, number: int) -> None:
        place = address(self._org, self._login.client_id, "tele", "alive")
        mid = self._publish(str(place), self.reporter.alive(number), ALIVE)
        if mid is None:
            return
        self._alive[mid] = asyncio.get_running_loop().time()
        await self._wait_down(PUBACK_S, until=lambda: mid not in self._alive)
        if mid in self._alive:
            self._failures += 1
            self._give_up(f"{self._place()}: no answer in {PUBACK_S:.0f} s")

    async def _wait_down(self, limit_s: float, until: Callable[[], bool] | None = None) -> None:
        """Wait, no longer than the connection holds or until something is so."""
        end_s = asyncio.get_running_loop().time() + limit_s
        while self._up.is_set() and asyncio.get_running_loop().time() < end_s:
            if until is not None and until():
                return
            await asyncio.sleep(0.1)

    async def _pump_out(self) -> None:
        if self._pump is not None:
            await self._pump.run()

    async def _keep_time(self) -> None:
        """Ask the controller what time it is, a few times in a row, then every 10 minutes."""
        while True:
            await self._up.wait()
            for _ in range(TIME_BURST):
                nonce = os.urandom(8).hex()
                self._queries = {nonce: asyncio.get_running_loop().time()}
                self.reporter.ask_time(nonce)
                await asyncio.sleep(TIME_BURST_S)
            await self._wait_down(TIME_S)

    def _timed(self, reply: TimeReply, loop_s: float) -> None:
        asked_s = self._queries.pop(reply.nonce, None)
        if asked_s is not None:
            self._keeper.hear(reply, asked_s=asked_s, came_s=loop_s)

    async def _probe(self) -> None:
        """Only a new connection brings what was not kept, once the disk takes it again."""
        while True:
            await asyncio.sleep(PROBE_S)
            if not self._is_refusing:
                continue
            try:
                await self._disk(lambda: self._postbox.put_number("probe", 1))
            except DeviceError as error:
                log.debug("mqtt: the disk still refuses: %s", error)
                continue
            self._is_refusing = False
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

    def _hop(self, work: Callable[[], None]) -> None:
        """Have something done on the loop's thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)
