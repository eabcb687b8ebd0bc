"""Waits at the controller for questions, has each answered in time, and sends the answers."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from node.control.messages import JsonObject
from node.errors import CommandError, LinkError
from tools.responder.answerers import Answerer
from tools.responder.questions import Answer, Asks, Question

log = logging.getLogger(__name__)

WAIT_S: Final = 5
"""One request waits so long; a Ctrl-C is heard no later."""
AT_ONCE: Final = 4
MARGIN_S: Final = 0.7
"""For the way back, of the time that is left for an answer."""
AGAIN_S: Final = 2.0
NOT_LET_IN: Final = frozenset({"no_token", "not_allowed"})
Tell = Callable[[str], None]


class Desk(Protocol):
    """The controller as `tools.fleet.cli.client.Controller` asks it."""

    def get(self, path: str, **query: str) -> JsonObject:
        """Ask; raises `LinkError` where nobody answers, `CommandError` where it says no."""
        ...

    def post(self, path: str, content: Mapping[str, object]) -> JsonObject:
        """Order; raises as `get`."""
        ...


class Responder:
    """Answers until cancelled; `tell` gets one line for each question, without its words."""

    def __init__(self, controller: Desk, answerer: Answerer, *, limit_s: float, tell: Tell) -> None:
        self._controller, self._answerer = controller, answerer
        self._limit_s, self._tell = limit_s, tell
        self._room = asyncio.Semaphore(AT_ONCE)
        self._start, self._after = "", 0

    async def run(self) -> None:
        """Wait and answer; a controller that is away is asked again.

        Raises:
            CommandError: the controller does not let us in.
        """
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    for question in await self._next():
                        group.create_task(self._see_to(question))
        except* CommandError as refused:
            raise CommandError("not_allowed", str(refused.exceptions[0])) from refused

    async def _next(self) -> tuple[Question, ...]:
        try:
            return await self._wait()
        except (LinkError, CommandError) as error:
            if getattr(error, "code", "") in NOT_LET_IN:
                raise
            log.warning("responder: %s", error)
            await asyncio.sleep(AGAIN_S)
            return ()

    async def _wait(self) -> tuple[Question, ...]:
        """Questions that are new; raises `LinkError`, `CommandError` where we are not let in."""
        query = {"after": str(self._after), "wait": str(WAIT_S)}
        told = await asyncio.to_thread(lambda: self._controller.get("/v1/asks", **query))
        try:
            found = msgspec.convert(told, Asks)
        except msgspec.ValidationError as error:
            raise LinkError(f"the controller speaks another tongue: {error}") from error
        if found.start != self._start:  # another controller's numbers
            is_first, self._start = not self._start, found.start
            if not is_first:
                self._after = 0
                return ()
        self._after = max([self._after, *(one.n for one in found.asks)])
        return found.asks

    async def _see_to(self, question: Question) -> None:
        loop = asyncio.get_running_loop()
        began_s = loop.time()
        end_s = began_s + question.left_ms / 1000 - MARGIN_S
        async with self._room:
            outcome = await self._answered(question, min(self._limit_s, end_s - loop.time()))
        took_ms = (loop.time() - began_s) * 1000
        self._tell(f"{question.node} {question.turn}: {outcome}, {took_ms:.0f} ms")

    async def _answered(self, question: Question, limit_s: float) -> str:
        """What became of a question, in a word."""
        if limit_s <= 0:
            return "late"
        try:
            async with asyncio.timeout(limit_s):
                answer = await self._answerer.answer(question, limit_s)
            await self._send(question, answer)
        except CommandError as error:
            return error.code
        except TimeoutError:
            return "late"
        except LinkError as error:
            log.warning("responder: %s", error)
            return "no answer"
        return "answered"

    async def _send(self, question: Question, answer: Answer) -> None:
        path = f"/v1/asks/{question.node}/{question.turn}"
        body = msgspec.to_builtins(answer)
        await asyncio.to_thread(lambda: self._controller.post(path, body))
