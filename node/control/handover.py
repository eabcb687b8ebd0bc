"""Hands questions over to the controller, and its replies back to whoever hears and speaks.

A question goes by telemetry, which nobody keeps: neither the outbox, nor the broker, nor the
controller's disk. Its reply is a signed command, and has an effect once: for a turn that waits.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.control import orders
from node.errors import AssetError, CommandError, DeviceError, LinkError
from node.program.handover import (
    AUDIO_MAX_BYTES,
    GUESSES_MAX,
    TEXT_MAX,
    AskReply,
    AskRequest,
)

SOUND_WAIT_S: Final = 1.5
"""Words wait no longer for their recording: a visitor stands there."""
WAITING_MAX: Final = 8
"""More turns never wait; the oldest is let go."""

Tell = Callable[[str, AskRequest, int], bool]
"""Sends a turn's name, the question, and the ms left for it; false where there is no connection."""
Fetch = Callable[[str, str, int], Awaitable[Path]]
"""Brings a file by its hash, address and size; see `desired.Fetcher.fetch`."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    number: int
    due_s: float


class HandOver:
    """The seam: `send` takes questions, `replies` is called with what was answered.

    `replies` says in a word why it refuses a reply, or nothing where it is said. `is_open` tells
    whether a question could leave now. Belongs to the loop.
    """

    def __init__(
        self,
        tell: Tell,
        *,
        is_open: Callable[[], bool],
        fetch: Fetch | None = None,
        loop_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._tell, self._is_open, self._fetch = tell, is_open, fetch
        self._loop_s = loop_s
        self._start = os.urandom(4).hex()  # turns of an earlier start are none of this one's
        self._waiting: dict[str, _Waiting] = {}
        self.replies: Callable[[AskReply], str] = _nobody

    @property
    def is_open(self) -> bool:
        """Whether there is a line to the controller."""
        return self._is_open()

    def send(self, request: AskRequest) -> None:
        """Hand a question over; the reply comes to `replies` before `due_s`, or never.

        Raises:
            LinkError: no line to the controller.
            CommandError: it is too late for an answer, or more than a message holds.
        """
        left_ms = int((request.due_s - self._loop_s()) * 1000)
        if left_ms <= 0:
            raise CommandError("late", "there is no time left for an answer")
        if (
            len(request.audio) > AUDIO_MAX_BYTES
            or len(request.text) > TEXT_MAX
            or len(request.guesses) > GUESSES_MAX
        ):
            raise CommandError("too_large", "the question is larger than a message")
        turn = f"{self._start}-{request.number}"
        if not self._tell(turn, request, left_ms):
            raise LinkError("there is no connection to the controller")
        self._waiting[turn] = _Waiting(request.number, request.due_s)
        while len(self._waiting) > WAITING_MAX:
            del self._waiting[next(iter(self._waiting))]

    def withdraw(self, number: int) -> None:
        """Nobody waits for the reply to this turn any more."""
        self._waiting.pop(f"{self._start}-{number}", None)

    async def take(self, order: orders.AskReply) -> None:
        """Give a proven reply to who asked, once.

        Raises:
            CommandError: no such turn waits, it is too late, or the words are refused.
        """
        waiting = self._waiting.pop(order.turn, None)
        if waiting is None:
            raise CommandError("unknown_turn", "no such turn waits for an answer")
        left_s = waiting.due_s - self._loop_s()
        if left_s <= 0:
            raise CommandError("late", f"{-left_s:.1f} s too late")
        sound = await self._sound(order.audio, left_s)
        reply = AskReply(waiting.number, order.text, order.product, order.action, sound)
        refusal = self.replies(reply)
        if refusal:
            raise CommandError("refused", f"the reply is refused: {refusal}")

    async def _sound(self, sha256: str, left_s: float) -> Path | None:
        """The recording, if it comes in time: the words are there without it."""
        if not sha256 or self._fetch is None:
            return None
        try:
            async with asyncio.timeout(min(SOUND_WAIT_S, left_s / 2)):
                return await self._fetch(sha256, "", 0)
        except (TimeoutError, AssetError, CommandError, DeviceError, LinkError):
            return None


def _nobody(_reply: AskReply) -> str:
    return "away"
