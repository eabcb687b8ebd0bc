"""Questions that booths hand over, until each is answered or its time is up: in memory alone.

A question may hold a visitor's words and voice: it stands in no file, log or audit, and goes when
its time is up.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from node.control.messages import JsonObject
from node.errors import CommandError

OPEN_MAX: Final = 200
OF_NODE_MAX: Final = 8
"""A node has no more that wait; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The `n`th question since start; `due_at` is Unix ms of the controller's clock."""

    n: int
    node: str
    turn: str
    due_at: int
    ask: JsonObject = field(repr=False)


class Asks:
    """Belongs to the loop."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], Asked] = {}
        self._came = asyncio.Event()
        self._n = 0
        self.start = os.urandom(4).hex()
        """Numbers count from here: whoever waits behind one of another start begins anew."""

    def put(self, node: str, ask: JsonObject, now: int) -> None:
        """A node asks; `ask` is the wire's `Ask`, checked."""
        turn, left_ms = str(ask["turn"]), int(str(ask["left_ms"]))
        self._n += 1
        self._open.pop((node, turn), None)
        self._open[(node, turn)] = Asked(self._n, node, turn, now + left_ms, ask)
        self._bound(node, now)
        self._came.set()
        self._came = asyncio.Event()

    def after(self, n: int, now: int) -> tuple[Asked, ...]:
        """Questions behind the `n`th that can still be answered, oldest first."""
        return tuple(one for one in self._alive(now) if one.n > n)

    async def wait(self, n: int, now: int, limit_s: float) -> None:
        """Until there is a question behind the `n`th, or a time is up."""
        if self.after(n, now):
            return
        came = self._came
        try:
            async with asyncio.timeout(limit_s):
                await came.wait()
        except TimeoutError:
            return

    def take(self, node: str, turn: str, now: int) -> Asked:
        """A question that is being answered: nobody else shall; raises `CommandError`."""
        asked = self._open.pop((node, turn), None)
        if asked is None or asked.due_at <= now:
            raise CommandError("unknown_turn", f"{node}: no question {turn!r} waits")
        return asked

    def give_back(self, asked: Asked) -> None:
        """Nobody answered it after all."""
        self._open.setdefault((asked.node, asked.turn), asked)

    def _alive(self, now: int) -> Iterator[Asked]:
        for key, one in list(self._open.items()):
            if one.due_at <= now:
                del self._open[key]
            else:
                yield one

    def _bound(self, node: str, now: int) -> None:
        alive = list(self._alive(now))
        own = [one for one in alive if one.node == node]
        for one in (*own[:-OF_NODE_MAX], *alive[:-OPEN_MAX]):
            self._open.pop((one.node, one.turn), None)
