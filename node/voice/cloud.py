"""Questions on their way to the cloud, and its replies: what may leave does, nothing else."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from node.encode.utterance import ogg_opus
from node.errors import CommandError, LinkError
from node.media import SPEECH_RATE_HZ, Pcm
from node.program.handover import TEXT_MAX, AskReply, AskRequest, Guess
from node.voice.accepting import Reply
from node.voice.acts import HandOver

log = logging.getLogger(__name__)

LONGEST_S: Final = 8.0
"""Of an utterance: nobody is listened to for longer; 24 kB as Opus."""


class Seam(Protocol):
    """The controller's line, as far as questions go by it."""

    replies: Callable[[AskReply], str]

    @property
    def is_open(self) -> bool:
        """Whether a question could leave now."""
        ...

    def send(self, request: AskRequest) -> None:
        """Hand over; raises `LinkError` or `CommandError`."""
        ...

    def withdraw(self, number: int) -> None:
        """Nobody waits any more."""
        ...


class Cloud:
    """Without a `seam` nothing is ever sent. `judge` takes replies. Loop thread only."""

    def __init__(self, judge: Callable[[Reply], str]) -> None:
        self._judge = judge
        self._seam: Seam | None = None
        self._pool = ThreadPoolExecutor(1, "cloud")
        self._sending: set[asyncio.Task[None]] = set()

    @property
    def is_up(self) -> bool:
        """Whether a question can be sent now."""
        return self._seam is not None and self._seam.is_open

    def connect(self, seam: Seam) -> None:
        """From now on questions go by this line."""
        self._seam = seam
        seam.replies = self._replied

    def send(self, hand_over: HandOver, locale: str, due_s: float, pcm: Pcm | None) -> None:
        """Ask. Words and sound go along only where the visitor agreed to this one."""
        task = asyncio.ensure_future(self._send(hand_over, locale, due_s, pcm))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    def withdraw(self, number: int) -> None:
        """Forget a question."""
        if self._seam is not None:
            self._seam.withdraw(number)

    def close(self) -> None:
        """Send nothing any more."""
        for task in self._sending:
            task.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _send(self, hand_over: HandOver, locale: str, due_s: float, pcm: Pcm | None) -> None:
        question, audio = hand_over.question, b""
        if pcm is not None and question.may_send:
            tail = pcm[-round(LONGEST_S * SPEECH_RATE_HZ) :]
            audio = await asyncio.get_running_loop().run_in_executor(self._pool, ogg_opus, tail)
        understood = question.understood
        known = (Guess(understood.intent, understood.confidence),) if understood.intent else ()
        request = AskRequest(
            hand_over.number, locale, due_s,
            product=hand_over.product,
            guesses=known,
            text=question.text[:TEXT_MAX] if question.may_send else "",
            audio=audio,
        )  # fmt: skip
        try:
            if self._seam is not None:
                self._seam.send(request)
        except (LinkError, CommandError) as error:  # it goes to staff when its time is over
            log.info("a question did not leave for the cloud: %s", error)

    def _replied(self, reply: AskReply) -> str:
        at_s = asyncio.get_running_loop().time()
        text = dict(reply.text)
        return self._judge(
            Reply(reply.number, "cloud", at_s, text, reply.action, reply.product, reply.sound)
        )
