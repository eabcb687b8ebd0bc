"""The show's one writer: takes commands at frame boundaries, turns ticks into shows and facts."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from node.channels import State
from node.errors import CommandError
from node.program import course
from node.program.commands import Command, ShowCard, Take, TakeLive
from node.program.deck import Deck
from node.program.rundown import Segment
from node.program.show import Fact, Moment, Show, Source

Note = Callable[[Show, tuple[Fact, ...]], None]

ANSWER_LIMIT_S = 2.0
"""A command not applied by then is answered with an error: the mixer does not run."""


class ShowRunner:
    """Writes `state`, alone; `submit` is the only way in.

    `now` gives the wall clock; `note` is told what happened; `products` are those of the catalog.
    """

    def __init__(
        self,
        state: State[Show],
        *,
        deck: Deck,
        now: Callable[[], datetime],
        note: Note,
        products: frozenset[str],
    ) -> None:
        self.state = state
        self._deck = deck
        self._now = now
        self._note = note
        self._products = products
        self._waiting: list[tuple[Command, asyncio.Future[Show]]] = []
        self._source: Source = "fine"
        self._pulled_number = -1

    async def submit(self, command: Command) -> Show:
        """Have a command applied at the next frame; raises `CommandError` with the reason."""
        await self._check(command)
        answer: asyncio.Future[Show] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, answer))
        try:
            async with asyncio.timeout(ANSWER_LIMIT_S):
                return await answer
        except TimeoutError as error:
            raise CommandError("no_answer", "the program does not advance") from error

    def turn(self, tick: int) -> Show:
        """The show of this tick; called once a tick, before its picture is composed."""
        show = self._obeyed(self.state.value, tick)
        airing, segment = show.airing, show.segment
        source = self._source if airing.number == self._pulled_number else "fine"
        moment = Moment(
            tick=tick,
            minute=self._minute(show),
            position=self._deck.position(segment, airing, tick),
            source=source,
        )
        show, facts = course.at(show, moment)
        self._tell(show, facts)
        self._deck.follow(show.segment, show.airing, show.held)
        self.state.set(show)
        return show

    def report(self, show: Show, source: Source) -> None:
        """Say how the source on air did in this tick."""
        self._source, self._pulled_number = source, show.airing.number

    def coming(self) -> list[Segment]:
        """The segments to hold ready."""
        show = self.state.value
        return [show.rundown.segments[course.following(show)]]

    async def _check(self, command: Command) -> None:
        show = self.state.value
        segments = show.rundown.segments
        match command:
            case ShowCard(product=product) if product not in self._products:
                raise CommandError("unknown_product", f"the catalog has no product {product!r}")
            case Take(segment=name) if name in segments and name != show.airing.segment:
                await self._deck.ready(segments[name])
            case TakeLive() if show.live and show.live != show.airing.segment:
                await self._deck.ready(segments[show.live])
            case _:
                return

    def _obeyed(self, show: Show, tick: int) -> Show:
        waiting, self._waiting = self._waiting, []
        for command, answer in waiting:
            try:
                show, facts = course.after(show, command, tick)
            except CommandError as error:
                if not answer.done():
                    answer.set_exception(error)
                continue
            self._tell(show, facts)
            if not answer.done():
                answer.set_result(show)
        return show

    def _tell(self, show: Show, facts: tuple[Fact, ...]) -> None:
        if facts:
            self._note(show, facts)

    def _minute(self, show: Show) -> int:
        local = self._now().astimezone(show.rundown.timezone)
        return local.hour * 60 + local.minute
