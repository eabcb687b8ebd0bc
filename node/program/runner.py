"""The show's one writer: takes commands at frame boundaries, turns ticks into shows and facts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from node.channels import State
from node.errors import CommandError
from node.program import course
from node.program.commands import (
    Busy,
    Command,
    LockCamera,
    Scanned,
    SetStock,
    ShowCard,
    SpeechCommand,
    Take,
    TakeLive,
)
from node.program.deck import Deck
from node.program.rundown import Rundown, Segment
from node.program.show import Fact, Moment, Show, Source

Note = Callable[[Show, tuple[Fact, ...]], None]

ANSWER_LIMIT_S = 2.0
"""A command not applied by then is answered with an error: the mixer does not run."""


@dataclass(frozen=True, slots=True)
class _Edit:
    """A rundown that waits for the next frame."""

    rundown: Rundown


class ShowRunner:
    """Writes `state`, alone; `submit` is the only way in.

    `now` gives the wall clock; `note` is told what happened, once `state` is so; `products` are
    those of the catalog. Without `can_lock_camera` a command to lock it is refused.
    """

    def __init__(
        self,
        state: State[Show],
        *,
        deck: Deck,
        now: Callable[[], datetime],
        note: Note,
        products: frozenset[str],
        can_lock_camera: bool = False,
    ) -> None:
        self.state = state
        self._deck = deck
        self._now = now
        self._note = note
        self._products = products
        self._can_lock_camera = can_lock_camera
        self._waiting: list[tuple[Command | SpeechCommand | _Edit, str, asyncio.Future[Show]]] = []
        self._source: Source = "fine"
        self._pulled_number = -1
        self._is_begun = False

    async def submit(self, command: Command | SpeechCommand, by: str = "") -> Show:
        """Have a command of `by` applied at the next frame; raises `CommandError` with the reason.

        `by` names the way in that goes into the log (operator, button, cloud), never a person.
        """
        await self._check(command)
        return await self._applied(command, by)

    async def replace(
        self, rundown: Rundown, products: frozenset[str] | None = None, by: str = ""
    ) -> Show:
        """Have another rundown of `by`, judged correct, at the next frame; see `course.replaced`.

        `products` are those of its catalog, where they change. Raises `CommandError` if the
        program does not advance.
        """
        show = await self._applied(_Edit(rundown), by)
        if products is not None:
            self._products = products
        return show

    async def _applied(self, command: Command | SpeechCommand | _Edit, by: str) -> Show:
        answer: asyncio.Future[Show] = asyncio.get_running_loop().create_future()
        self._waiting.append((command, by, answer))
        try:
            await asyncio.wait([answer], timeout=ANSWER_LIMIT_S)
        finally:
            answer.cancel()  # if there is none yet; whoever stops waiting is obeyed all the same
        if answer.cancelled():
            self._waiting = [one for one in self._waiting if one[2] is not answer]
            raise CommandError("no_answer", "the program does not advance")
        return answer.result()

    def turn(self, tick: int) -> Show:
        """The show of this tick; called once a tick, before its picture is composed."""
        if not self._is_begun:
            self._begin()
        show = self._obeyed(self.state.value, tick)
        airing, segment = show.airing, show.segment
        source = self._source if airing.number == self._pulled_number else "fine"
        moment = Moment(
            tick=tick,
            now=self._now().astimezone(show.rundown.timezone),
            position=self._deck.position(segment, airing, tick),
            source=source,
        )
        show, facts = course.at(show, moment)
        self._tell(show, facts)
        self._deck.follow(show.segment, show.airing, show.held)
        return show

    def end(self) -> None:
        """Say that nothing is on air from now on: the node ends."""
        if self._is_begun:
            self._is_begun, show = False, self.state.value
            why = "shutdown"
            self._tell(show, (show.fact("seg.end", why=why), show.fact("show.stop", why=why)))

    def report(self, show: Show, source: Source) -> None:
        """Say how the source on air did in this tick."""
        self._source, self._pulled_number = source, show.airing.number

    def coming(self) -> list[Segment]:
        """The segments to hold ready: the next one, and what stands in for a busy host."""
        show = self.state.value
        following = course.following(show)
        live = [show.base.segment, *([following] if show.is_busy else [])]
        names = [following, *(show.named(name).on_busy for name in live)]
        return [show.named(name) for name in names if name]

    async def _check(self, command: Command | SpeechCommand) -> None:
        show = self.state.value
        segments = show.rundown.segments
        match command:
            case LockCamera() if not self._can_lock_camera:
                raise CommandError("no_camera_lock", "the camera here has nothing to lock")
            case ShowCard(product=product) if product not in self._products:
                raise CommandError("unknown_product", f"the catalog has no product {product!r}")
            case Take(segment=name) if name in segments and name != show.airing.segment:
                await self._deck.ready(show.named(name))
            case TakeLive() if show.live and show.live != show.airing.segment:
                await self._deck.ready(show.named(show.live))
            case SetStock(product=product) | Scanned(product=product) if (
                product not in self._products
            ):
                raise CommandError("unknown_product", f"the catalog has no product {product!r}")
            case Busy(is_busy=True) if show.segment.on_busy in segments:
                await self._deck.ready(segments[show.segment.on_busy])
            case _:
                return

    def _begin(self) -> None:
        show, why = self.state.value, "start"
        self._is_begun = True
        self._tell(show, (show.fact("show.start", why=why), show.fact("seg.start", why=why)))

    def _obeyed(self, show: Show, tick: int) -> Show:
        waiting, self._waiting = self._waiting, []
        for command, by, answer in waiting:
            try:
                if isinstance(command, _Edit):
                    show, facts = course.replaced(show, command.rundown)
                else:
                    show, facts = course.after(show, command, tick)
            except CommandError as error:
                if not answer.done():
                    answer.set_exception(error)
                continue
            self._tell(show, tuple(replace(fact, by=by) for fact in facts))
            if not answer.done():
                answer.set_result(show)
        return show

    def _tell(self, show: Show, facts: tuple[Fact, ...]) -> None:
        self.state.set(show)  # first: whoever is told a fact reads there what it made
        if facts:
            self._note(show, facts)
