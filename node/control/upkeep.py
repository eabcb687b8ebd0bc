"""Keeps the time that is certainly past, and no more ids of commands than are needed."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from node.control.timekeeper import Timekeeper
from node.store.postbox import Postbox

EVERY_S: Final = 60.0
KEPT_MS: Final = 7 * 86_400_000
"""Ids are kept so long beyond their `exp`: what came before then is refused by the floor."""
FLOOR: Final = "floor"
"""The name of its number in the postbox."""


class Upkeep:
    """Component: moves the floor, forgets old ids."""

    name = "upkeep"

    def __init__(self, postbox: Postbox, keeper: Timekeeper) -> None:
        self._postbox, self._keeper = postbox, keeper

    async def run(self, ready: Callable[[], None]) -> None:
        """Once a minute until cancelled; raises `DeviceError` when the disk refuses."""
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1, "upkeep") as pool:
            while True:
                floor = self._keeper.advance()
                await loop.run_in_executor(pool, self._postbox.put_number, FLOOR, floor)
                await loop.run_in_executor(pool, self._postbox.forget, floor - KEPT_MS)
                ready()
                await asyncio.sleep(EVERY_S)
