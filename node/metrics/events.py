"""Facts as events, each written once: to the as-played log; the newest stay here for the pages.

The form is that of domain.md §5; `id` is node, boot and sequence, so that a repeat does no harm.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import msgspec

from node.chain import LONGEST_LINE
from node.errors import DeviceError
from node.metrics.asplayed import AsPlayed
from node.store.kept import Store

log = logging.getLogger(__name__)

WAITING_MAX = 5_000
"""Events that wait for a full disk; the oldest go first, counted."""
BATCH_S = 1.0
SEAL_BYTES = 1_024
"""Room that a line keeps for its id, its time and both hashes."""


EVENTS: Final[Mapping[str, str]] = {
    "show.start": "why",
    "show.stop": "why",
    "seg.start": "why by",
    "seg.end": "why by",
    "cue.fire": "late_frames late_ms offer product",
    "cue.skip": "why product",
    "beat.soon": "",
    "gate": "open why",
    "card.show": "product price cur offer why by",
    "card.hide": "product offer why by",
    "card.state": "product why",
    "offer.start": "offer product",
    "offer.sold": "offer product n why by",
    "offer.end": "offer why",
    "say.start": "",
    "say.end": "why ms",
    "say.cut": "why by ms",
    "listen.open": "why",
    "listen.close": "why by",
    "seller.show": "why",
    "seller.hide": "why",
    "rundown.edit": "by",
    "view.join": "sid k",
    "view.first_frame": "sid ms",
    "view.leave": "sid k why ms",
    "tap": "sid product",
    "scan": "product k n by",
    "like": "sid n",
    "message": "sid k",
    "ask": "intent conf where ms product",
    "button": "name n by",
    "asset.failed": "why",
    "sys.alert": "part why",
    "fault": "part why n",
}
"""Every `ev` there is, and what it tells beside time, show, place and, of the program, `out`.

`show`: from the first frame (why: start) or the start of a day (day) to its end (day) or that of
the process (shutdown). `why` says the reason in a word or two, `by` the way in of a command.
"""


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One fact; empty fields are left out of the line.

    `rd` is the rundown's hash, `pos` the position in its segment in seconds and `frame` in program
    frames, `by` who asked for it (empty: the rundown), `late_frames` how late a cue fired.
    `sid` is the random id of one viewer's session, and never says who or where; `k` the way by
    which a visitor came (qr, tap, link), a viewer watches (web, kiosk), or a message fared. `out`
    names the outputs that carried the program, `name` is what was pressed. A question's `intent` is
    empty where none was understood, `conf` from 0 to 1 how surely; `where` node, cloud or staff
    answered it, `ms` after it was finished. Its words stand nowhere.
    """

    v: int = 1
    id: str = ""
    ts: str = ""
    mono: float = 0.0
    show: str = ""
    rd: str = ""
    loop: int = 0
    variant: str = ""
    seg: str = ""
    pos: float = 0.0
    frame: int = 0
    cue: str = ""
    beat: str = ""
    ev: str
    product: str = ""
    price: str = ""
    cur: str = ""
    why: str = ""
    offer: str = ""
    open: bool | None = None
    by: str = ""
    late_frames: int = 0
    late_ms: float = 0.0
    part: str = ""
    ms: float = 0.0
    n: int = 0
    sid: str = ""
    k: str = ""
    name: str = ""
    intent: str = ""
    conf: float = 0.0
    where: str = ""
    out: tuple[str, ...] = ()


class Events:
    """Component: takes events from anyone by `note` and writes them in batches.

    When the disk refuses, `run` raises `DeviceError` and the events wait, bounded. `relay` is given
    each batch that was written, on the events' own thread; it never fails.
    """

    name = "events"

    def __init__(
        self, store: Store, played: AsPlayed, *, node: str, stamp: Callable[[], str]
    ) -> None:
        self._store, self._played = store, played
        self._node = node
        self._stamp = stamp
        self._pool = ThreadPoolExecutor(1, "events")
        self._waiting: deque[Event] = deque()
        self._arrived = asyncio.Event()
        self._boot = 0
        self._number = 0
        self.latest: deque[Event] = deque(maxlen=100)
        self.relay: Callable[[Sequence[Event]], None] | None = None
        self.lost = 0

    def note(self, event: Event) -> None:
        """Take a fact; never waits, never fails."""
        self._number += 1
        whole = msgspec.structs.replace(
            _writable(event),
            id=f"{self._node}-{self._boot}-{self._number:06d}",
            ts=self._stamp(),
            mono=round(asyncio.get_running_loop().time(), 3),
        )
        self.latest.append(whole)
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(whole)
        self._arrived.set()

    async def begin(self) -> None:
        """Count this start, so that ids never repeat, and find the end of the log.

        A disk that refuses leaves boot 0; a log that is torn or broken is itself an event.
        """
        try:
            kept = await self._store.kept("boot")
            self._boot = int(kept or b"0") + 1
            await self._store.keep("boot", str(self._boot).encode())
        except (DeviceError, ValueError) as error:
            log.warning("events: start not counted: %s", error)
        try:
            loop = asyncio.get_running_loop()
            opened = await loop.run_in_executor(self._pool, self._played.open)
        except DeviceError as error:
            log.warning("events: %s", error)
        else:
            if opened.fault:
                self.note(Event(ev="fault", part="log", why=opened.fault))

    async def run(self, ready: Callable[[], None]) -> None:
        """Write what arrives, a batch a second; cancelled, write at once, others may end late."""
        try:
            while True:
                await self._write()
                ready()
                self._arrived.clear()
                await self._arrived.wait()
                await asyncio.sleep(BATCH_S)
        except asyncio.CancelledError:
            await self._write_last()
            raise

    async def finish(self) -> None:
        """Write what still waits and let go of the log, at the end of the process."""
        await self._write_last()
        await asyncio.get_running_loop().run_in_executor(self._pool, self._played.close)
        self._pool.shutdown()

    async def _write_last(self) -> None:
        try:
            await self._write()
        except DeviceError as error:
            log.warning("events: %d not written: %s", len(self._waiting), error)

    async def _write(self) -> None:
        """Write all that waits; a cancelled write is seen to its end, or it would come twice."""
        work = asyncio.ensure_future(self._drain())
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.wait([work])
            raise

    async def _drain(self) -> None:
        while self._waiting:
            batch = list(self._waiting)
            await asyncio.get_running_loop().run_in_executor(self._pool, self._append, batch)
            for event in batch:
                if self._waiting and self._waiting[0] is event:  # else it went while we wrote
                    self._waiting.popleft()
            if self.lost:
                log.warning("events: %d lost, the disk refused too long", self.lost)
                lost, self.lost = self.lost, 0
                self.note(Event(ev="fault", part="events", why="lost", n=lost))

    def _append(self, batch: Sequence[Event]) -> None:
        """Thread: the events' own."""
        self._played.append([msgspec.to_builtins(event) for event in batch])
        if self.relay is not None:
            self.relay(batch)


def _writable(event: Event) -> Event:
    """The event, or a fault in its place if no line can hold it."""
    try:
        size = len(msgspec.json.encode(event))
    except UnicodeEncodeError:  # half a character, as in a file name of another system
        size = LONGEST_LINE
    if size + SEAL_BYTES < LONGEST_LINE:
        return event
    return Event(ev="fault", part="events", why=f"not written: {event.ev[:40]!a}")
