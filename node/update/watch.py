"""The node's own judgement of a release on trial: 120 s without a fault, and it says that it works.

Root's side takes the release as good at that word, and the one before back without it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from node.channels import State
from node.supervise import Health
from node.update.layout import Layout, installation_of, running_release
from node.update.machine import Machine, ThisMachine
from node.update.mailbox import HEALTHY, Healthy, Mailbox
from node.update.record import read_record

log = logging.getLogger(__name__)

HEALTHY_S: Final = 120.0
"""So long everything must work (control-plane.md §7)."""
LOOK_S: Final = 5.0
SAID_AGAIN_S: Final = 30.0
NEEDED: Final = frozenset({"events", "mqtt"})
"""Optional parts that a release must bring up all the same, where the node has them: what keeps
facts on disk, and the line to the controller."""


class Vitals:
    """Whether the node does its work; `counts` are what must rise while it does, by name.

    `is_heard` says whether the controller's broker answers, where the node has one.
    """

    def __init__(
        self,
        health: State[Health],
        counts: Mapping[str, Callable[[], int]],
        *,
        is_heard: Callable[[], bool],
    ) -> None:
        self._health, self._counts, self._is_heard = health, counts, is_heard
        self._last: dict[str, int] = {}

    def fault(self) -> str:
        """What does not work since this was last asked; empty where all does."""
        now = {name: count() for name, count in self._counts.items()}
        still = [name for name, count in now.items() if count <= self._last.get(name, -1)]
        self._last = now
        if still:
            return f"{still[0]} stands still"
        for name, part in self._health.value.items():
            if (part.is_essential or name in NEEDED) and part.condition != "ready":
                return f"{name} is {part.condition}"
        return "" if self._is_heard() else "the controller's broker does not answer"


class TrialWatch:
    """Component: says that the release that runs works, where it is on trial.

    `layout` is None on a machine whose software was not installed by releases; `release` is the id
    of the one that runs.
    """

    name = "trial"

    def __init__(
        self, layout: Layout | None, release: str, state_dir: Path, *,
        vitals: Vitals, machine: Machine,
    ) -> None:  # fmt: skip
        self._layout, self._release = layout, release
        self._mailbox, self._vitals, self._machine = Mailbox(state_dir), vitals, machine

    async def run(self, ready: Callable[[], None]) -> None:
        """Watch until the trial is over; raises `DeviceError` when the disk refuses."""
        ready()
        with ThreadPoolExecutor(1, "trial") as pool:
            await self._watch(pool)
        await asyncio.Event().wait()

    async def _watch(self, pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        well_s = said_s = loop.time()
        was_at_fault = True
        while await loop.run_in_executor(pool, self._is_on_trial):
            now_s, fault = loop.time(), self._vitals.fault()
            if fault:
                if not was_at_fault:
                    log.info("trial: %s: the %.0f s begin anew", fault, HEALTHY_S)
                well_s = said_s = now_s
            elif now_s - well_s >= HEALTHY_S and (
                said_s == well_s or now_s - said_s > SAID_AGAIN_S
            ):
                said_s = now_s
                log.info("trial: %s works", self._release)
                await loop.run_in_executor(pool, self._say)
            was_at_fault = bool(fault)
            await asyncio.sleep(LOOK_S)

    def _is_on_trial(self) -> bool:
        """Thread: the pool's."""
        record = None if self._layout is None else read_record(self._layout)
        return record is not None and record.phase == "trial" and record.next == self._release

    def _say(self) -> None:
        """Thread: the pool's."""
        machine = self._machine
        letter = Healthy(1, self._release, machine.boot(), machine.now_s())
        self._mailbox.put(HEALTHY, letter)


def trial_watch(
    state_dir: Path,
    health: State[Health],
    counts: Mapping[str, Callable[[], int]],
    *,
    is_heard: Callable[[], bool],
) -> TrialWatch:
    """The watch of this process; see `Vitals`."""
    return TrialWatch(
        installation_of(), running_release(), state_dir,
        vitals=Vitals(health, counts, is_heard=is_heard), machine=ThisMachine(Path()),
    )  # fmt: skip
