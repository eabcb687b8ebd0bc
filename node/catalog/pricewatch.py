"""Notes in the price ledger whenever the prices in force have changed."""

import asyncio
import logging
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from node.catalog.ledger import Ledger
from node.catalog.products import Catalog, Offer

log = logging.getLogger(__name__)

EVERY_S = 1.0


class PriceWatch:
    """Optional component `prices`; when the disk refuses, no price is noted and the show goes on.

    `catalog` and `running` give what is for sale now and the offers that hold now; `alarm` is told
    once of each fault for which no price may be struck.
    """

    name = "prices"

    def __init__(
        self,
        ledger: Ledger,
        *,
        catalog: Callable[[], Catalog],
        running: Callable[[], Collection[Offer]],
        now: Callable[[], datetime],
        alarm: Callable[[str], None],
    ) -> None:
        self._ledger = ledger
        self._catalog, self._running, self._now = catalog, running, now
        self._alarm = alarm
        self._alarmed = ""
        self._noted: tuple[str, ...] = ()

    async def run(self, ready: Callable[[], None]) -> None:
        """Note changes until cancelled; raises `DeviceError` when the disk refuses."""
        try:
            with ThreadPoolExecutor(1, "prices") as pool:
                while True:
                    await self._note(pool)
                    ready()
                    await asyncio.sleep(EVERY_S)
        finally:
            self._ledger.close()

    async def _note(self, pool: ThreadPoolExecutor) -> None:
        catalog, running, now = self._catalog(), self._running(), self._now()
        is_known = self._ledger.knows(now)
        behind = "" if is_known else "the clock stands before the last line of the ledger"
        self._tell(behind or self._ledger.fault)
        asked = (catalog.sha256, *(offer.id for offer in running))
        if is_known and asked != self._noted:
            source = f"catalog sha256:{catalog.sha256}"
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(
                pool, self._ledger.note_prices, catalog, source, now, running
            )
            self._noted = asked

    def _tell(self, fault: str) -> None:
        if fault and fault != self._alarmed:
            log.error("prices: nothing is struck: %s", fault)
            self._alarm(fault)
        self._alarmed = fault
