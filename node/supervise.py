"""Keeps the parts of the node alive: essential parts end the process, optional ones heal."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from node.channels import State
from node.errors import NodeError, TransientError

log = logging.getLogger(__name__)

FIRST_DELAY_S = 0.5
LAST_DELAY_S = 30.0
STORM_FAILURES = 5
"""So many failures within `STORM_S` and the part waits the longest delay at once."""
STORM_S = 60.0


class Component(Protocol):
    """A part of the node with a life of its own.

    Its constructor takes its config and its neighbours and touches nothing. `run` acquires what
    it needs, calls `ready` once, works until it is cancelled, and releases on the way out.
    """

    @property
    def name(self) -> str:
        """Unique, lower case; the key of its health."""
        ...

    async def run(self, ready: Callable[[], None]) -> None:
        """Work until cancelled; raises `TransientError` when waiting may cure it."""
        ...


Condition = Literal["starting", "ready", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is; `failures` counts since start, `last_error` is empty when there was none."""

    condition: Condition
    is_essential: bool
    failures: int = 0
    last_error: str = ""


Health = dict[str, PartHealth]


class PartEndedError(NodeError):
    """An essential part returned, which it never may."""


class Supervisor:
    """Runs components and publishes their health as `State[Health]`."""

    def __init__(self) -> None:
        self.health: State[Health] = State({})
        self._group: asyncio.TaskGroup | None = None

    async def run(self, *essential: Component, optional: Sequence[Component] = ()) -> None:
        """Run all until cancelled; raises `ExceptionGroup` when an essential part failed."""
        async with asyncio.TaskGroup() as self._group:
            for part in essential:
                self._group.create_task(self._run_essential(part), name=part.name)
            self.join(optional)

    def join(self, parts: Sequence[Component]) -> None:
        """Run further optional parts from now on; `run` must be at work."""
        if self._group is None:
            raise RuntimeError("nothing runs yet")
        for part in parts:
            self._group.create_task(self._run_optional(part), name=part.name)

    async def _run_essential(self, part: Component) -> None:
        self._set(part.name, PartHealth("starting", is_essential=True))
        try:
            await part.run(lambda: self._change(part.name, "ready"))
        except Exception as error:  # noted for the last words of the process, then passed on
            error.add_note(part.name)
            self._fail(part.name, "failed", error)
            raise
        ended = PartEndedError(f"{part.name}: ended by itself")
        self._fail(part.name, "failed", ended)
        raise ended

    async def _run_optional(self, part: Component) -> None:
        self._set(part.name, PartHealth("starting", is_essential=False))
        recent: deque[float] = deque(maxlen=STORM_FAILURES)
        delay_s = FIRST_DELAY_S
        loop = asyncio.get_running_loop()
        while True:
            try:
                await part.run(lambda: self._recovered(part.name))
            except TransientError as error:
                is_first = self._fail(part.name, "waiting", error)
                log.log(logging.WARNING if is_first else logging.DEBUG, "%s: %s", part.name, error)
            except Exception as error:  # a bug: passed on, with its place for the last words
                error.add_note(part.name)
                raise
            now = loop.time()
            if recent and now - recent[-1] > STORM_S:
                delay_s = FIRST_DELAY_S
            recent.append(now)
            is_storm = len(recent) == STORM_FAILURES and now - recent[0] < STORM_S
            await asyncio.sleep(LAST_DELAY_S if is_storm else delay_s)
            delay_s = min(delay_s * 2, LAST_DELAY_S)

    def _recovered(self, name: str) -> None:
        if self.health.value[name].condition == "waiting":
            log.info("%s: works again", name)
        self._change(name, "ready")

    def _fail(self, name: str, condition: Condition, error: Exception) -> bool:
        """Note a failure; true if it is the first since the part last worked."""
        before = self.health.value[name]
        self._set(
            name,
            replace(
                before, condition=condition, failures=before.failures + 1, last_error=str(error)
            ),
        )
        return before.condition != "waiting"

    def _change(self, name: str, condition: Condition) -> None:
        self._set(name, replace(self.health.value[name], condition=condition))

    def _set(self, name: str, part: PartHealth) -> None:
        self.health.set({**self.health.value, name: part})
