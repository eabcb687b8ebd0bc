"""A day in place of the one that is played: judged, put on air at a frame boundary, remembered."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace

from node.catalog.products import Catalog
from node.catalog.strikes import Ledger
from node.errors import CommandError, DeviceError
from node.findings import Finding
from node.graphics.artwork import Artwork
from node.program.cards import PRICE_GAP_S, price_now, stocks_of
from node.program.commands import CardReason, HideCard, SetStock, ShowCard
from node.program.days import Days
from node.program.looks import card_left_s, looks_of
from node.program.rundown import Rundown, Segment
from node.program.runner import ShowRunner
from node.program.show import Show
from node.web.cards import CardBook

BY = "edit"
"""The way in that the log names."""


class Editing:
    """Takes edited days, one at a time; `pool` reads and writes their files.

    `taken` is told each day that goes on air.
    """

    def __init__(
        self,
        days: Days,
        ledger: Ledger,
        runner: ShowRunner,
        cards: CardBook,
        artwork: Artwork,
        *,
        pool: Executor | None = None,
        taken: Callable[[Rundown], None] = lambda _: None,
    ) -> None:
        self._pool, self._taken = pool, taken
        self._days, self._ledger = days, ledger
        self._runner, self._cards, self._artwork = runner, cards, artwork
        self._one = asyncio.Lock()

    async def edit(self, files: Mapping[str, bytes]) -> tuple[Finding, ...]:
        """Judge files by plain name, a rundown or its catalog or both, and play the day they make.

        Returns every finding; where one is an error, nothing has changed.

        Raises:
            CommandError: the program does not advance, or the disk refuses; nothing has changed,
                unless the message says that the day is on air and only is not remembered.
        """
        loop = asyncio.get_running_loop()
        async with self._one:
            try:
                day = await loop.run_in_executor(self._pool, self._days.judge, files, self._ledger)
            except DeviceError as error:
                raise CommandError("disk", str(error)) from error
            if day.reading.rundown is None or day.reading.catalog is None:
                return day.reading.findings
            await self.replace(day.reading.rundown, day.reading.catalog)
            try:
                await loop.run_in_executor(self._pool, self._days.keep, day)
            except DeviceError as error:
                why = f"it is on air, but will not be after a restart: {error}"
                raise CommandError("disk", why) from error
            return day.reading.findings

    async def replace(self, rundown: Rundown, catalog: Catalog) -> None:
        """Play another day, judged correct, from the next frame on.

        A card whose price it changes goes and comes again: it never morphs. One whose product it
        no longer has goes. Raises `CommandError` if the program does not advance.
        """
        runner, cards, artwork = self._runner, self._cards, self._artwork
        card = await self._hidden(rundown, catalog)
        show = await runner.replace(rundown, frozenset(catalog.products), BY)
        cards.follow(catalog)
        self._taken(rundown)
        artwork.follow(rundown.locales)
        for product, count in stocks_of(catalog.products).items():
            if product not in show.trade.stock:
                await runner.submit(SetStock(product, count), BY)
        draw_ahead(artwork, show)
        if card is not None:
            await asyncio.sleep(PRICE_GAP_S)
            await runner.submit(card, BY)

    async def _hidden(self, rundown: Rundown, catalog: Catalog) -> ShowCard | None:
        """Hide a card that the new day makes untrue; returns how it comes again, if it does."""
        show = self._runner.state.value
        if show.card is None:
            return None
        product = catalog.products.get(show.card.product)
        if product is not None:
            now = self._cards.price_of(product.id), self._cards.catalog.currency
            then = price_now(product, replace(show, rundown=rundown), catalog.currency)
            if (then, catalog.currency) == now:
                return None
        left_s = card_left_s(show)
        why: CardReason = "edited" if product is None else "price_changed"
        await self._runner.submit(HideCard(why), BY)
        is_again = product is not None and left_s > PRICE_GAP_S
        return ShowCard(show.card.product, left_s - PRICE_GAP_S, why) if is_again else None


def redraw(artwork: Artwork, show: Show) -> None:
    """Have everything drawn anew: other pictures may be shown than before."""
    artwork.follow(show.rundown.locales)
    draw_ahead(artwork, show)


def draw_ahead(artwork: Artwork, show: Show) -> None:
    """Have every graphic of the day drawn, in the order of the rundown; cards in each state."""
    for one in show.rundown.segments.values():
        draw_segment(artwork, show, one)


def draw_segment(artwork: Artwork, show: Show, segment: Segment) -> None:
    """Have every graphic of one segment drawn, and the seller's panel, which may begin with it."""
    if show.rundown.seller is not None:
        artwork.seller(show.rundown.seller)
    if segment.kind == "slate":
        artwork.slate(segment.id, segment.text, segment.asset)
    if segment.ai_label:
        artwork.label(segment.ai_label)
    for cue in segment.cues:
        if cue.do in ("lower_third", "say"):
            artwork.lower_third(cue.text)
        for look in looks_of(show, cue):
            artwork.prepare(look)
