"""The crowd's part: what viewers and visitors do, counted, judged, told to all and logged.

Nobody is known here: a viewer is the random id of its session, a visitor a code that was scanned.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from node.errors import CommandError
from node.metrics.crowd import Concurrency, Likes
from node.metrics.events import Event
from node.program import gates
from node.program.commands import Approve, CrowdCommand, Pressed, Scanned
from node.program.cues import SOON_S
from node.program.facts import placed, show_id
from node.program.show import Fact, Show
from node.stream.inbox import Like, Question, Say, Seen, Tap, Word
from node.stream.messages import Message, Messages, Verdict
from node.stream.viewer import Notice, Value

log = logging.getLogger(__name__)

TELL_EVERY_S: Final = 0.2
"""Likes are shown summed (domain.md R25)."""
SAMPLE_EVERY_S: Final = 1.0
LOG_EVERY_S: Final = 5.0
"""Likes are logged summed for each session; what a crash costs at most."""
COUNTS_WAITING: Final = 5_000
LIKE_BUTTON: Final = "like"
"""Under this name likes count for gates: `button:like:N in D`."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What a code was given to: a product's card, put up by `cue` (empty: by hand) in `loop`.

    `day` is the date of that show: a code photographed today may be read next week.
    """

    product: str
    cue: str = ""
    loop: int = -1
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Outlets:
    """Where the crowd's doings go and what it asks; all are called on the loop thread.

    `submit` has the show count; `find` knows the codes given out; `audience` is the number of
    viewers without the kiosk; `ask` is given the questions to the booth.
    """

    state: Callable[[], Show]
    announce: Callable[[Notice], None]
    audience: Callable[[], int]
    submit: Callable[[Scanned | Pressed], Awaitable[object]]
    note: Callable[[Event], None]
    find: Callable[[str], Showing | None]
    ask: Callable[[str, Question], None] = lambda _sid, _question: None


class Crowd:
    """Optional component `crowd`: counts at once, tells five times a second at most."""

    name = "crowd"

    def __init__(self, messages: Messages, outlets: Outlets, *, node: str) -> None:
        self.likes = Likes()
        self.concurrency = Concurrency()
        self.messages = messages
        self.unknown_codes = 0
        self.uncounted = 0
        self._out = outlets
        self._node = node
        self._group: asyncio.TaskGroup | None = None
        self._waiting = 0
        self._told = (0, 0)
        self._likes_for_gates = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Work until cancelled; the likes not yet logged are, then."""
        ready()
        try:
            async with asyncio.TaskGroup() as group:
                self._group = group
                group.create_task(_every(TELL_EVERY_S, self._tell))
                group.create_task(_every(SAMPLE_EVERY_S, self._sample))
                group.create_task(_every(LOG_EVERY_S, self._log_likes))
        finally:
            self._group = None
            self._log_likes()

    def hear(self, sid: str, word: Word) -> None:
        """Take what a viewer says, already within its bounds."""
        match word:
            case Like(n=count):
                self.likes.add(sid, count)
                self._likes_for_gates += count
            case Say(text=text, name=name):
                self._say(sid, text, name)
            case Tap(code=code):
                self._tap(sid, code)
            case Seen(first_ms=ms):
                self.log(Event(ev="view.first_frame", sid=sid, ms=ms))
            case Question():
                self._out.ask(sid, word)

    def log(self, event: Event) -> None:
        """Log what someone did, with the place of the show at which it was."""
        self._out.note(placed(self._out.state(), event, node=self._node))

    @property
    def audience(self) -> int:
        """Viewers here now, without the kiosk."""
        return self._out.audience()

    def scan(self, code: str, k: Literal["qr", "tap", "link"]) -> None:
        """Count a visitor who came by a code, for the gates and the log; never waits."""
        showing = self._out.find(code)
        if showing is None:
            self.unknown_codes += 1
            return
        self._count(
            Scanned(showing.product, cue=showing.cue, loop=showing.loop, k=k, day=showing.day)
        )

    def note(self, show: Show, facts: tuple[Fact, ...]) -> None:
        """Warn every page of a climax to come (domain.md R27)."""
        for fact in facts:
            if fact.ev == "beat.soon":
                in_s = _until_s(show, fact)
                self._announce({"t": "soon", "beat": fact.beat, "in_s": in_s})

    def greet(self) -> list[Notice]:
        """What a new viewer is told."""
        return [Notice(self._out.state().pts, self._sums(0))]

    async def judge(self, command: CrowdCommand) -> str:
        """Decide on a message; raises `CommandError` for one that does not wait."""
        verdict: Verdict = "approved" if isinstance(command, Approve) else "refused"
        message = self.messages.decide(command.id, verdict)
        if message is not None:
            self._decided(message, verdict)
        return f"message {command.id} {verdict}"

    def _say(self, sid: str, text: str, name: str) -> None:
        now_s = asyncio.get_running_loop().time()
        fate, message = self.messages.take(sid, text, name, now_s)
        if fate == "approved":
            self._decided(message, fate)
        else:
            self.log(Event(ev="message", sid=sid, k=fate))

    def _decided(self, message: Message, fate: str) -> None:
        self.log(Event(ev="message", sid=message.sid, k=fate))
        if fate == "approved":
            told: dict[str, Value] = {
                "t": "message",
                "id": message.id,
                "text": message.text,
                "name": message.name,
            }
            self._announce(told)

    def _tap(self, sid: str, code: str) -> None:
        showing = self._out.find(code)
        if showing is None:
            self.unknown_codes += 1
            return
        self.log(
            Event(ev="tap", sid=sid, product=showing.product, cue=showing.cue,
                  loop=max(0, showing.loop),
                  show=show_id(self._node, showing.day) if showing.day else "")
        )  # fmt: skip

    def _count(self, count: Scanned | Pressed) -> None:
        """Have the show count at its next frame; bounded, for a program that stands still."""
        if self._group is None or self._waiting >= COUNTS_WAITING:
            self.uncounted += 1
            return
        self._waiting += 1
        self._group.create_task(self._submit(count))

    async def _submit(self, count: Scanned | Pressed) -> None:
        try:
            await self._out.submit(count)
        except CommandError as error:
            self.uncounted += 1
            log.warning("crowd: not counted: %s", error)
        finally:
            self._waiting -= 1

    def _tell(self) -> None:
        now = (self.likes.total, self._out.audience())
        if now != self._told:
            self._told = now
            self._announce(self._sums(self.likes.shown()))

    def _sums(self, delta: int) -> dict[str, Value]:
        viewers = self._out.audience()
        return {"t": "crowd", "likes": self.likes.total, "delta": delta, "viewers": viewers}

    def _sample(self) -> None:
        self.concurrency.sample(asyncio.get_running_loop().time(), self._out.audience())
        count, self._likes_for_gates = self._likes_for_gates, 0
        if count and gates.counts(self._out.state().rundown, LIKE_BUTTON):
            self._count(Pressed(LIKE_BUTTON, count))

    def _log_likes(self) -> None:
        for sid, count in self.likes.logged().items():
            self.log(Event(ev="like", sid=sid, n=count))

    def _announce(self, message: dict[str, Value]) -> None:
        self._out.announce(Notice(self._out.state().pts, message))


def _until_s(show: Show, fact: Fact) -> float:
    """Seconds from a fact to its cue; the usual span for a cue that is gone from the rundown."""
    for cue in show.named(fact.segment).cues:
        if cue.id == fact.cue and cue.at >= fact.position:
            return round((cue.at - fact.position) / show.rundown.fps, 1)
    return float(SOON_S)


async def _every(seconds: float, work: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(seconds)
        work()
