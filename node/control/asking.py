"""Asks the controller what time it is: a few times after a connect, then every ten minutes."""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from node.control.messages import TimeReply
from node.control.timekeeper import BEST_OF, Timekeeper

EVERY_S: Final = 600.0
BETWEEN_S: Final = 2.0


class Asking:
    """`ask` sends a query that carries a nonce; only the answer to the last one counts."""

    def __init__(self, keeper: Timekeeper, ask: Callable[[str], None]) -> None:
        self._keeper, self._ask = keeper, ask
        self._nonce = ""
        self._asked_s = 0.0

    async def run(self, is_up: asyncio.Event) -> None:
        """Ask while there is a connection, until cancelled."""
        while True:
            for _ in range(BEST_OF):
                await is_up.wait()
                self._nonce = os.urandom(8).hex()
                self._asked_s = asyncio.get_running_loop().time()
                self._ask(self._nonce)
                await asyncio.sleep(BETWEEN_S)
            await asyncio.sleep(EVERY_S)

    def hear(self, reply: TimeReply, came_s: float) -> None:
        """Take an answer that came at a loop time."""
        if reply.nonce == self._nonce:
            self._nonce = ""
            self._keeper.hear(reply, asked_s=self._asked_s, came_s=came_s)
