"""Facts as events: one JSON line each, kept on disk, the newest in memory for the pages.

The form is that of domain.md §5; `id` is node, boot and sequence, so that a repeat does no harm.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

import msgspec

from node.errors import DeviceError
from node.store import Store

log = logging.getLogger(__name__)

WAITING_MAX = 5_000
"""Events that wait for a full disk; the oldest go first, counted."""
BATCH_S = 1.0


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One fact. Positions and durations in seconds; empty fields are left out of the line."""

    v: int = 1
    id: str = ""
    ts: str = ""
    mono: float = 0.0
    show: str = ""
    rd: str = ""
    loop: int = 0
    seg: str = ""
    pos: float = 0.0
    cue: str = ""
    beat: str = ""
    ev: str
    product: str = ""
    why: str = ""
    late_frames: int = 0
    part: str = ""
    ms: float = 0.0
    n: int = 0


class Events:
    """Component: takes events from anyone by `note` and writes them in batches.

    When the disk refuses, `run` raises `DeviceError` and the events wait, bounded.
    """

    name = "events"

    def __init__(self, store: Store, *, node: str, stamp: Callable[[], str]) -> None:
        self._store = store
        self._node = node
        self._stamp = stamp
        self._waiting: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._boot = 0
        self._number = 0
        self.latest: deque[Event] = deque(maxlen=100)
        self.lost = 0

    def note(self, event: Event) -> None:
        """Take a fact; never waits, never fails."""
        self._number += 1
        whole = msgspec.structs.replace(
            event,
            id=f"{self._node}-{self._boot}-{self._number:06d}",
            ts=self._stamp(),
            mono=round(asyncio.get_running_loop().time(), 3),
        )
        self.latest.append(whole)
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
            self.lost += 1
        self._waiting.append(msgspec.json.encode(whole).decode())
        self._arrived.set()

    async def begin(self) -> None:
        """Count this start, so that ids never repeat; a disk that refuses leaves boot 0."""
        try:
            kept = await self._store.kept("boot")
            self._boot = int(kept or b"0") + 1
            await self._store.keep("boot", str(self._boot).encode())
        except (DeviceError, ValueError) as error:
            log.warning("events: start not counted: %s", error)

    async def run(self, ready: Callable[[], None]) -> None:
        """Write what arrives, a batch a second."""
        while True:
            await self._write()
            ready()
            self._arrived.clear()
            await self._arrived.wait()
            await asyncio.sleep(BATCH_S)

    async def flush(self) -> None:
        """Write what still waits, at the end of the process."""
        try:
            await self._write()
        except DeviceError as error:
            log.warning("events: %d not written: %s", len(self._waiting), error)

    async def _write(self) -> None:
        if self.lost:
            log.warning("events: %d lost, the disk refused too long", self.lost)
            self._waiting.append(msgspec.json.encode(Event(ev="fault", part="events",
                                                           n=self.lost)).decode())  # fmt: skip
            self.lost = 0
        batch = list(self._waiting)
        if batch:
            await self._store.append(batch)
            for line in batch:
                if self._waiting and self._waiting[0] is line:  # else it went while we wrote
                    self._waiting.popleft()
