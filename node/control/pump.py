"""Empties the outbox: answers first, a few at a time, each forgotten once the broker has it."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

from node.control.mqtt import INFLIGHT_MAX, REFUSED
from node.control.topics import Delivery, parse
from node.store.letters import Post
from node.store.postbox import Postbox

log = logging.getLogger(__name__)

RETRY_S: Final = 60.0
"""A message that the broker refused is offered again after so long."""
EVENT: Final = Delivery(1, retain=False, expiry_s=7 * 86_400)

Publish = Callable[[str, bytes, Delivery], int | None]
"""Hands a message to the network; its number, or None where there is no connection."""


class Pump:
    """Runs while a `publish` works; `wake` is set when there may be something to send."""

    def __init__(self, postbox: Postbox, publish: Publish, pool: Executor) -> None:
        self._postbox, self._publish, self._pool = postbox, publish, pool
        self.wake = asyncio.Event()
        self._on_way: dict[int, int] = {}
        self._confirmed: list[int] = []
        self._later: dict[int, float] = {}
        self._is_up = False
        self.refused = 0

    def up(self) -> None:
        """A connection is made: what was on its way in another one goes again."""
        self._is_up = True
        self._on_way.clear()
        self._later.clear()
        self.wake.set()

    def down(self) -> None:
        """There is no connection."""
        self._is_up = False

    def sent(self, mid: int, code: int) -> bool:
        """The broker answered a message; false if it is none of the outbox."""
        place = self._on_way.pop(mid, None)
        if place is None:
            return False
        if code < REFUSED:
            self._confirmed.append(place)
        else:
            self.refused += 1
            level = logging.WARNING if self.refused == 1 else logging.DEBUG
            log.log(level, "mqtt: the broker refuses a message (0x%02x); it stays", code)
            self._later[place] = asyncio.get_running_loop().time() + RETRY_S
        self.wake.set()
        return True

    async def run(self) -> None:
        """Send until cancelled; raises `DeviceError` when the disk refuses."""
        while True:
            self.wake.clear()
            await self._forget()
            if self._is_up:
                await self._fill()
            try:
                async with asyncio.timeout(RETRY_S if self._later else None):
                    await self.wake.wait()
            except TimeoutError:
                continue

    async def _forget(self) -> None:
        done, self._confirmed = self._confirmed, []
        if done:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._pool, self._postbox.sent, done)

    async def _fill(self) -> None:
        room = INFLIGHT_MAX - len(self._on_way)
        if room <= 0:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._later = {place: at for place, at in self._later.items() if at > now}
        besides = {*self._on_way.values(), *self._confirmed, *self._later}
        posts = await loop.run_in_executor(
            self._pool, lambda: self._postbox.next_posts(room, besides=besides)
        )
        for post in posts:
            if not self._is_up or (mid := self._publish(post.topic, post.body, _way(post))) is None:
                return
            self._on_way[mid] = post.k


def _way(post: Post) -> Delivery:
    place = parse(post.topic)
    return EVENT if place is None else place.delivery
