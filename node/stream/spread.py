"""Tells many viewers the same, a few in a row, so that no frame of the program waits for it."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from node.stream.viewer import Notice

IN_A_ROW: Final = 8
"""Viewers told between two turns of the loop: 1.6 ms of it at 0.2 ms each, what a message costs
in aiortc's SCTP and DTLS (measured: 1000 messages between two connections)."""
WAITING_MAX: Final = 256
"""Beyond, the oldest goes: a viewer's page lacks a message, its picture nothing."""


class Listener(Protocol):
    """Whoever is told."""

    def tell(self, notice: Notice) -> None:
        """Send a message; never waits."""
        ...


class Spread:
    """`put` never waits; `run` tells what was put to all who listen then, in order.

    `dropped` counts messages that waited for too long.
    """

    def __init__(self, listeners: Callable[[], Iterable[Listener]]) -> None:
        self._listeners = listeners
        self._waiting: deque[Notice] = deque()
        self._arrived = asyncio.Event()
        self.dropped = 0

    def put(self, notice: Notice) -> None:
        """Have it told soon."""
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
            self.dropped += 1
        self._waiting.append(notice)
        self._arrived.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting:
                await self._tell(self._waiting.popleft())

    async def _tell(self, notice: Notice) -> None:
        for number, listener in enumerate(tuple(self._listeners()), 1):
            listener.tell(notice)
            if number % IN_A_ROW == 0:
                await asyncio.sleep(0)
        await asyncio.sleep(0)
