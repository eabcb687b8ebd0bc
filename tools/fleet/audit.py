"""The audit: who did what to which nodes, when, and what came of it; lines are only ever added."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

import msgspec

from tools.fleet.ledger import Ledger
from tools.fleet.people import Person
from tools.fleet.wall import now_ms


class Deed(msgspec.Struct, frozen=True):
    """One line: `what` is the verb, `on` what it was done to, `result` what came of it."""

    who: str
    role: str
    what: str
    on: str
    result: str = "ok"
    nodes: int = 0
    batch: str = ""


class Audit:
    """Each line is sealed to the one before (`node.chain`); SQLite is written on `disk`."""

    def __init__(self, ledger: Ledger, disk: Executor, changed: Callable[[], None]) -> None:
        self._ledger, self._disk, self._changed = ledger, disk, changed

    async def note(
        self, person: Person, what: str, on: str, *, result: str = "ok", nodes: int = 0,
        batch: str = "",
    ) -> None:  # fmt: skip
        """Add a line; it is on disk when this returns. Raises `DeviceError`."""
        deed = Deed(person.name, person.role, what, on, result, nodes, batch)
        line = {"at": now_ms(), **msgspec.to_builtins(deed)}
        await asyncio.get_running_loop().run_in_executor(self._disk, self._ledger.note, line)
        self._changed()
