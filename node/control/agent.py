"""Obeys the commands of the inbox: in order of arrival, each to its end, across restarts.

What must not wait does not: `live.stop` and `cancel` pass all others by, and a stop ends what is
under way. A command with a `play_at` waits beside the others. What acts outside of the database is
noted as running before it acts; after a crash the real state says whether it was done.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

from node.control import timing
from node.control.answers import Answers
from node.control.messages import Code, Command, ContractError, WireCommand, typed
from node.control.orders import KINDS, URGENT, Cancel, LiveStop
from node.control.performer import Performer, code_of
from node.control.timing import Reading
from node.control.wireform import decode
from node.errors import AssetError, CommandError, DeviceError, LinkError
from node.store.letters import Post, Row, Step
from node.store.postbox import Postbox

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

ROWS_AT_ONCE: Final = 256
"""More commands are never in hand; the rest waits on disk."""
LIMIT_S: Final = 30.0
"""A command that takes longer has failed; the longest, opening a clip, takes 2 s."""
AHEAD_S: Final = 0.25
"""So long before its time a command is noted as running: the disk must not make it late."""
STOPPED: Final = frozenset(
    {"cue.go", "cue.arm", "card.show", "say", "live.start", "snapshot", "ask.reply"}
)
"""What a stop sweeps away."""


@dataclass(slots=True)
class _Work:
    """A command in hand; `due_s` on the loop's clock, None for at once."""

    row: Row
    command: Command
    due_s: float | None
    task: asyncio.Task[None] | None = None


class Agent:
    """Component: executes the inbox.

    `wake` is set when rows may have come; `said` is called when answers lie in the outbox.
    """

    name = "control"

    def __init__(
        self,
        postbox: Postbox,
        performer: Performer,
        answers: Answers,
        *,
        reading: Callable[[], Reading],
        boot: str,
        said: Callable[[], None],
    ) -> None:
        self._postbox, self._performer, self._answers = postbox, performer, answers
        self._reading = reading
        self._boot = boot
        self._said = said
        self.wake = asyncio.Event()
        self._held: dict[str, _Work] = {}
        self._seen = self._seen_urgent = 0
        self._order: asyncio.Queue[_Work] = asyncio.Queue()  # no longer than `_held`

    async def run(self, ready: Callable[[], None]) -> None:
        """Obey until cancelled; raises `DeviceError` when the disk refuses."""
        self._held.clear()
        self._seen = self._seen_urgent = 0
        self._order = asyncio.Queue()
        with ThreadPoolExecutor(1, "control") as pool:
            self._pool = pool
            await self._recover()
            ready()
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._work_off())
                    while True:
                        self.wake.clear()
                        await self._look(group)
                        await self.wake.wait()
            except* DeviceError as group_error:
                raise DeviceError(str(group_error.exceptions[0])) from group_error

    async def _recover(self) -> None:
        """Bring to an end what a crash interrupted."""
        for work in await self._open(ROWS_AT_ONCE):
            row, command, reading = work.row, work.command, self._reading()
            if row.status != "running":
                continue
            if self._performer.holds(command, is_same_boot=row.boot == self._boot):
                await self._advance([self._answers.step(row.id, "done", reading)])
            else:
                why = "the node was restarted while it ran"
                await self._advance([self._answers.end(row.id, "interrupted", why, reading)])

    async def _look(self, group: asyncio.TaskGroup) -> None:
        """Take up what has come; what a stop has swept away is not read after it."""
        for work in await self._open(ROWS_AT_ONCE, URGENT, after=self._seen_urgent):
            self._seen_urgent = work.row.rx
            if work.row.id not in self._held:
                self._held[work.row.id] = work
                await self._urgent(work)
        for work in await self._fresh():
            self._held[work.row.id] = work
            if await self._is_late(work):
                continue
            play_at = getattr(work.command.data, "play_at", None)
            if play_at is None:
                self._order.put_nowait(work)
            else:
                work.due_s = self._reading().loop_time(play_at)
                await self._supersede(work)
                work.task = group.create_task(self._at_its_time(work))

    async def _fresh(self) -> list[_Work]:
        """What has come since, as far as there is room for it; each is given once."""
        room = ROWS_AT_ONCE - len(self._held)
        if room <= 0:
            return []
        works = await self._open(room, after=self._seen)
        if works:
            self._seen = works[-1].row.rx
        return [one for one in works if one.row.id not in self._held and one.row.kind not in URGENT]

    async def _open(
        self, limit: int, kinds: Collection[str] = (), *, after: int = 0
    ) -> list[_Work]:
        """Commands that have not ended; those that other software kept may be none of ours."""
        works: list[_Work] = []
        for row in await self._disk(self._postbox.open_rows, limit, kinds, after=after):
            try:
                works.append(_Work(row, typed(decode(row.body, WireCommand)), None))
            except ContractError as error:
                end = self._answers.end(row.id, error.code, str(error), self._reading())
                await self._advance([end])
        return works

    async def _work_off(self) -> None:
        """One after the other, in order of arrival."""
        while True:
            work = await self._order.get()
            if work.row.id not in self._held:
                continue
            await self._supersede(work)
            work.task = asyncio.create_task(self._execute(work))
            try:
                await asyncio.wait([work.task])
            except asyncio.CancelledError:
                work.task.cancel()
                raise
            if not work.task.cancelled():
                work.task.result()
            self.wake.set()  # there is room again

    async def _at_its_time(self, work: _Work) -> None:
        """Execute a command at its `play_at`."""
        due_s = work.due_s or 0.0
        left_s = due_s - AHEAD_S - asyncio.get_running_loop().time()
        if left_s > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._performer.prepare(work.command.data)
            except (TimeoutError, CommandError, DeviceError, LinkError, AssetError) as error:
                log.debug("control: %s is not ready: %s", work.row.kind, error)
            await asyncio.sleep(due_s - AHEAD_S - asyncio.get_running_loop().time())
        await self._execute(work)

    async def _execute(self, work: _Work) -> None:
        """See one command to its end."""
        if await self._is_late(work):
            return
        row, reading = work.row, self._reading()
        if not self._performer.is_repeatable(work.command.data):
            await self._advance([self._answers.step(row.id, "running", reading)])
        if work.due_s is not None:
            await asyncio.sleep(work.due_s - asyncio.get_running_loop().time())
        step, posts = await self._performed(work.command)
        await self._end(work, step, posts)

    async def _performed(self, command: Command) -> tuple[Step, tuple[Post, ...]]:
        try:
            async with asyncio.timeout(LIMIT_S):
                outcome = await self._performer.perform(command)
        except (ContractError, CommandError, AssetError, DeviceError, LinkError) as error:
            code, why = code_of(error), str(error)
        except TimeoutError:
            code, why = "timeout", f"not done within {LIMIT_S:.0f} s"
        except Exception as error:  # the edge to the cloud: its command must not end the show
            log.exception("control: %s failed", command.type)
            code, why = "internal", type(error).__name__
        else:
            step = self._answers.step(command.id, "done", self._reading(), result=outcome.result)
            return step, outcome.posts
        return self._answers.end(command.id, code, why, self._reading()), ()

    async def _urgent(self, work: _Work) -> None:
        if await self._is_late(work):
            return
        match work.command.data:
            case LiveStop():
                await self._sweep(work.row.rx)
                await self._execute(work)
            case Cancel(id=id_):
                await self._call_off(work, id_)
            case _:
                await self._execute(work)

    async def _sweep(self, before_rx: int) -> None:
        """Let nothing that a stop forbids begin or go on, also what is not in hand yet."""
        while rows := [
            one for one in await self._open(ROWS_AT_ONCE, STOPPED) if one.row.rx < before_rx
        ]:
            works = [self._held.get(one.row.id, one) for one in rows]
            await self._drop(works, "stopped", "the program was stopped")

    async def _call_off(self, work: _Work, id_: str) -> None:
        found = [one for one in self._held.values() if one.row.id == id_]
        has_begun = [one for one in found if one.task is not None and one.due_s is None]
        if not found or has_begun:
            why = "it has begun" if has_begun else "no such command waits"
            await self._end(work, self._answers.end(work.row.id, "precondition", why,
                                                    self._reading()))  # fmt: skip
            return
        await self._drop(found, "cancelled", "called off")
        await self._end(work, self._answers.step(work.row.id, "done", self._reading()))

    async def _supersede(self, work: _Work) -> None:
        """A newer one of a stream of `latest` makes those stale that would come after it."""
        kind = KINDS[work.row.kind]
        if kind.mode != "latest":
            return
        due_s = work.due_s if work.due_s is not None else asyncio.get_running_loop().time()
        stale = [
            one
            for one in self._held.values()
            if one.row.stream == kind.stream
            and one.row.rx < work.row.rx
            and one.due_s is not None
            and one.due_s >= due_s
        ]
        await self._drop(stale, "stale_seq", "a newer one of its stream comes first")

    async def _drop(self, works: list[_Work], code: Code, why: str) -> None:
        """End commands before they begin, or while they run."""
        reading = self._reading()
        for work in works:
            self._held.pop(work.row.id, None)
            if work.task is not None:
                work.task.cancel()
                await asyncio.wait([work.task])
        await self._advance([self._answers.end(one.row.id, code, why, reading) for one in works])

    async def _is_late(self, work: _Work) -> bool:
        row, reading = work.row, self._reading()
        try:
            timing.refuse_if_late(
                row.exp, row.deadline_s, reading, is_same_boot=row.boot == self._boot
            )
        except ContractError as error:
            await self._end(work, self._answers.end(row.id, error.code, str(error), reading))
            return True
        return False

    async def _end(self, work: _Work, step: Step, posts: tuple[Post, ...] = ()) -> None:
        """Commit a command's end; one that is cancelled meanwhile is still committed whole."""
        await asyncio.shield(self._advance([step], posts))
        self._held.pop(work.row.id, None)

    async def _advance(self, steps: list[Step], posts: tuple[Post, ...] = ()) -> None:
        if steps:
            await self._disk(self._postbox.advance, steps, posts)
            self._said()

    def _disk(
        self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> Coroutine[None, None, T]:
        loop = asyncio.get_running_loop()

        async def done() -> T:
            return await loop.run_in_executor(self._pool, lambda: work(*args, **kwargs))

        return done()
