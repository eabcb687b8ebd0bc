"""Has what will be said rendered ahead: the answers for the prices and offers of the moment."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from node.channels import State
from node.program.cards import running_offers
from node.program.show import Show
from node.voice.booth import Ways
from node.voice.foreseen import foreseen
from node.voice.moments import Moments
from node.voice.replies import Replies
from node.voice.speech import Speech

if TYPE_CHECKING:
    from node.catalog.products import Offer
    from node.program.rundown import Rundown


class Foresight:
    """Optional component: asks the dialogue beforehand whenever its answers may have changed."""

    name = "foresight"

    def __init__(
        self, state: State[Show], moments: Moments, replies: Callable[[], Replies], speech: Speech
    ) -> None:
        self._state, self._moments, self._replies = state, moments, replies
        self._prepare = speech.prepare

    async def run(self, ready: Callable[[], None]) -> None:
        """Look at each change until cancelled."""
        ready()
        rundown: Rundown | None = None
        running: list[Offer] = []
        async for show in self._state.watch():
            now = running_offers(show, show.now)  # with one more or less the answers differ
            if show.rundown is not rundown or now != running:
                rundown, running = show.rundown, now
                booth = self._moments.booth(show, asyncio.get_running_loop().time(), Ways())
                self._prepare(foreseen(self._replies(), booth))
