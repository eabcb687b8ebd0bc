"""Has what will be said rendered ahead: the answers for the prices and offers of the moment."""

import asyncio
from collections.abc import Callable

from node.channels import State
from node.program.show import Show
from node.voice.booth import Ways
from node.voice.foreseen import foreseen
from node.voice.moments import Moments
from node.voice.replies import Replies
from node.voice.speech import Speech


class Foresight:
    """Optional component: asks the dialogue beforehand whenever its answers may have changed."""

    name = "foresight"

    def __init__(
        self, state: State[Show], moments: Moments, replies: Replies, speech: Speech
    ) -> None:
        self._state, self._moments, self._replies = state, moments, replies
        self._prepare = speech.prepare

    async def run(self, ready: Callable[[], None]) -> None:
        """Look at each change until cancelled."""
        ready()
        known: object = None
        async for show in self._state.watch():
            now = (id(show.rundown), _running(show))
            if now != known:
                known = now
                booth = self._moments.booth(show, asyncio.get_running_loop().time(), Ways())
                self._prepare(foreseen(self._replies, booth))


def _running(show: Show) -> frozenset[str]:
    """The offers whose price holds: with one more or less the answers differ."""
    offers = show.rundown.offers
    return frozenset(
        name for name, offer in offers.items() if show.trade.is_running(offer, show.now)
    )
