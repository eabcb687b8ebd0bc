"""The node's own judgement of a release on trial: 120 s without a fault, and it says that it works.

Root's side takes the release as good at that word, and the one before back without it, though not
while the node says that somebody is on the air.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from node.channels import State
from node.supervise import Health
from node.update.layout import Layout, installation_of, running_release
from node.update.line import LineNote
from node.update.machine import Machine, ThisMachine
from node.update.mailbox import (
    HEALTHY,
    LINE,
    ON_AIR,
    ON_AIR_SAID_S,
    Healthy,
    Mailbox,
    OnAir,
    line_in,
)
from node.update.record import Record, read_record

log = logging.getLogger(__name__)

HEALTHY_S: Final = 120.0
"""So long everything must work (control-plane.md §7)."""
LOOK_S: Final = 5.0
AIR_S: Final = 1.0
"""Somebody who goes on the air during a trial is known to root's side so soon."""
SAID_AGAIN_S: Final = 30.0
NEEDED: Final = frozenset({"events"})
"""Optional parts that a release must bring up all the same: what keeps facts on disk."""
LINES: Final = frozenset({"mqtt"})
"""The same, unless the release before had no line to the controller either."""


class Vitals:
    """Whether the node does its work; `counts` are what must rise while it does, by name.

    `is_heard` says whether the controller's broker answers, true as well where the node has none.
    """

    def __init__(
        self,
        health: State[Health],
        counts: Mapping[str, Callable[[], int]],
        *,
        is_heard: Callable[[], bool],
    ) -> None:
        self._health, self._counts, self.is_heard = health, counts, is_heard
        self._last: dict[str, int] = {}

    def fault(self, *, needs_line: bool) -> str:
        """What does not work since this was last asked; empty where all does."""
        now = {name: count() for name, count in self._counts.items()}
        still = [name for name, count in now.items() if count <= self._last.get(name, -1)]
        self._last = now
        if still:
            return f"{still[0]} stands still"
        needed = NEEDED | LINES if needs_line else NEEDED
        for name, part in self._health.value.items():
            if (part.is_essential or name in needed) and part.condition != "ready":
                return f"{name} is {part.condition}"
        is_heard = self.is_heard() or not needs_line
        return "" if is_heard else "the controller's broker does not answer"


class TrialWatch:
    """Component: says that the release that runs works, and while it is on trial who is on the air.

    `layout` is None on a machine whose software was not installed by releases; `release` is the id
    of the one that runs. `is_busy` says whether somebody is live or armed: nothing is taken back
    from under a show. Without a trial it notes whether the controller answers.
    """

    name = "trial"

    def __init__(
        self, layout: Layout | None, release: str, state_dir: Path, *,
        vitals: Vitals, is_busy: Callable[[], bool], machine: Machine,
    ) -> None:  # fmt: skip
        self._layout, self._release, self._state_dir = layout, release, state_dir
        self._vitals, self._is_busy, self._machine = vitals, is_busy, machine
        self._mailbox = Mailbox(state_dir)

    async def run(self, ready: Callable[[], None]) -> None:
        """Watch until cancelled; raises `DeviceError` when the disk refuses."""
        ready()
        if self._layout is None:
            await asyncio.Event().wait()
        with ThreadPoolExecutor(1, "trial") as pool:
            await self._watch(pool)

    async def _watch(self, pool: Executor) -> None:
        loop = asyncio.get_running_loop()
        held = await loop.run_in_executor(pool, line_in, self._state_dir)
        await loop.run_in_executor(pool, self._take_room, self._is_busy())
        proof = _Proof(self._release)
        line, air = LineNote(self._release, held, loop.time()), _Air()
        while True:
            trial = await loop.run_in_executor(pool, self._trial)
            now_s = loop.time()
            if trial is None:
                if note := line.after(now_s, is_heard=self._vitals.is_heard()):
                    await loop.run_in_executor(pool, self._mailbox.put, LINE, note)
                    line.made(note)
                await asyncio.sleep(LOOK_S)
                continue
            if trial.next == self._release:
                fault = self._vitals.fault(needs_line=trial.needs_line)
                if proof.is_due(now_s, fault):
                    await loop.run_in_executor(pool, self._say_healthy)
            while loop.time() < now_s + LOOK_S:
                if air.is_due(loop.time(), is_busy=self._is_busy()):
                    await loop.run_in_executor(pool, self._say_on_air, air.is_said)
                await asyncio.sleep(AIR_S)

    def _trial(self) -> Record | None:
        """The trial that is under way. Thread: the pool's."""
        record = None if self._layout is None else read_record(self._layout)
        return record if record is not None and record.phase == "trial" else None

    def _say_healthy(self) -> None:
        """Thread: the pool's."""
        machine = self._machine
        letter = Healthy(1, self._release, machine.boot(), machine.now_s())
        self._mailbox.put(HEALTHY, letter)

    def _take_room(self, is_busy: bool) -> None:  # noqa: FBT001  # an executor passes by place
        """Have room for the one letter that decides on a show, on a disk that fills up later too.

        Thread: the pool's.
        """
        self._say_on_air(is_busy and self._trial() is not None)

    def _say_on_air(self, is_busy: bool) -> None:  # noqa: FBT001  # an executor passes by place
        """Thread: the pool's."""
        machine = self._machine
        letter = OnAir(1, machine.boot(), machine.now_s()) if is_busy else OnAir(1)
        self._mailbox.put_over(ON_AIR, letter)


class _Proof:
    """Two minutes without a fault, and when to say so: again and again, until somebody hears."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._fault: str | None = None
        self._well_s = self._said_s = 0.0

    def is_due(self, now_s: float, fault: str) -> bool:
        """Whether to say now that the release works; `fault` is what does not."""
        before, self._fault = self._fault, fault
        if fault or before is None:
            if fault and not before:
                log.info("trial: %s: the %.0f s begin anew", fault, HEALTHY_S)
            self._well_s = self._said_s = now_s
            return False
        is_first = self._said_s == self._well_s
        if now_s - self._well_s < HEALTHY_S or not (
            is_first or now_s - self._said_s > SAID_AGAIN_S
        ):
            return False
        self._said_s = now_s
        log.info("trial: %s works", self._release)
        return True


class _Air:
    """When to say that somebody is on the air, or no longer; `is_said` is what to say."""

    def __init__(self) -> None:
        self.is_said = False
        self._said_s = float("-inf")

    def is_due(self, now_s: float, *, is_busy: bool) -> bool:
        """Whether to say it now: at each change, and again while it lasts."""
        is_old = is_busy and now_s - self._said_s >= ON_AIR_SAID_S
        is_due = is_busy != self.is_said or is_old
        if is_due:
            self.is_said, self._said_s = is_busy, now_s
        return is_due


def trial_watch(
    state_dir: Path,
    health: State[Health],
    counts: Mapping[str, Callable[[], int]],
    *,
    is_heard: Callable[[], bool],
    is_busy: Callable[[], bool],
) -> TrialWatch:
    """The watch of this process; see `Vitals` and `TrialWatch`."""
    return TrialWatch(
        installation_of(), running_release(), state_dir,
        vitals=Vitals(health, counts, is_heard=is_heard), is_busy=is_busy,
        machine=ThisMachine(Path()),
    )  # fmt: skip
