"""The control plane of a node alone, as a process: its effects can be counted, its end is sudden.

`python -m tests.fakes.chaos_node STATE PORT ROOT_KEY [FAULT PROBABILITY]`. Effects inside of the
database are events that are committed with the command's end; with the fault `effect_not_done` they
are lines of the file `effects`, outside of it.
"""

import asyncio
import logging
import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from typing_extensions import override

from node.board.clock import Clock
from node.config_control import MqttConfig
from node.control.envelope import KeyRing
from node.control.messages import Command
from node.control.orders import Order
from node.control.performer import Outcome
from node.control.plane import FILE, ControlPlane, Show, root_key
from node.control.reporting import Gauges, Self
from node.control.shelf import Shelf
from node.control.software import Updater
from node.control.telemetry import Player, Streams, Sys
from node.control.upkeep import FLOOR
from node.errors import DeviceError
from node.findings import Finding
from node.store.letters import Filed, Letter
from node.store.postbox import Postbox
from node.supervise import Supervisor

NODE = "n0001"
ORG = "acme"
DEATHS = "deaths"
DEATHS_MAX = 8
"""While a slow machine starts a node again, copies of a command gather, and each may be its end."""
READY = "ready"
"""The file that says that the node's parts begin to run."""


class SyncedClock(Clock):
    """A clock that a time server sets, whatever this machine's is."""

    @override
    def sync(self) -> Literal["synced"]:
        return "synced"


class Fault:
    """Ends the process at a point: for certain the first time, then now and then.

    `deaths` is a file with a byte for each; after `DEATHS_MAX` there are no more.
    """

    def __init__(self, point: str, probability: float, deaths: Path | None = None) -> None:
        self.point, self._probability, self._deaths = point, probability, deaths

    def at(self, point: str) -> None:
        """Be killed here, perhaps."""
        if point != self.point or self._deaths is None:
            return
        so_far = self._deaths.stat().st_size if self._deaths.exists() else 0
        is_due = random.random() < self._probability  # noqa: S311
        if so_far == 0 or (is_due and so_far < DEATHS_MAX):
            with self._deaths.open("ab") as file:
                file.write(b"+")
            os.kill(os.getpid(), signal.SIGKILL)


class FaultyPostbox(Postbox):
    """Dies before or after it keeps a command."""

    def __init__(self, path: Path, fault: Fault) -> None:
        super().__init__(path)
        self._fault = fault

    @override
    def file(self, letter: Letter, again: Callable[[bytes], bytes]) -> Filed:
        self._fault.at("before_commit")
        filed = super().file(letter, again)
        self._fault.at("committed_not_acked")
        return filed


class Counting:
    """Does what can be counted: an event for each command, or a line of a file."""

    def __init__(self, file: Path, fault: Fault) -> None:
        self._file, self._fault = file, fault
        self._is_outside = fault.point == "effect_not_done"
        self.plane: ControlPlane | None = None

    def is_repeatable(self, _order: Order) -> bool:
        """Inside of the database an effect is there with the command's end, or not at all."""
        return not self._is_outside

    async def prepare(self, _order: Order) -> None:
        """Nothing to prepare."""

    async def perform(self, command: Command) -> Outcome:
        """Have an effect."""
        n = 0 if command.seq is None else command.seq.n
        if not self._is_outside and self.plane is not None:
            time = "2026-01-01T00:00:00Z"
            ident = f"{command.id}-{os.urandom(4).hex()}"  # an effect had twice is two events
            post = self.plane.reporter.event(ident, "effect", {"n": n}, time)
            return Outcome({"n": n}, (post,))
        with self._file.open("a") as file:
            file.write(f"{n} {command.id}\n")
            file.flush()
            os.fsync(file.fileno())
        self._fault.at("effect_not_done")
        return Outcome({"n": n})

    def holds(self, command: Command, *, is_same_boot: bool) -> bool:
        """Whether the file has the command's line."""
        return self._file.exists() and command.id in self._file.read_text()


def gauges() -> Gauges:
    """Numbers without a machine."""
    return Gauges(
        player=lambda node, at: Player(1, node, at, "ep1", 0.0, 1),
        streams=lambda node, at: Streams(1, node, at, 0, 30.0, 0.0),
        system=lambda node, at: Sys(1, node, at, 0.0),
        mark=lambda: 0,
    )


async def no_day(_files: object) -> tuple[Finding, ...]:
    """Take any day."""
    return ()


def counting_plane(
    state: Path, port: int, root: Path, fault: Fault, *,
    software: str = "0.0.0", updater: Updater | None = None,
) -> ControlPlane:  # fmt: skip
    """The control plane whose commands are counted."""
    cfg = MqttConfig((f"mqtt://127.0.0.1:{port}",), org=ORG, root_key_file=str(root))
    performer = Counting(state / "effects", fault)
    shelf = Shelf(state)
    shelf.load()
    postbox = FaultyPostbox(state / FILE, fault)
    show = Show(performer, gauges(), no_day, lambda _: [], lambda _: None, updater=updater)
    plane = ControlPlane(
        cfg,
        Self(ORG, NODE, software, "chaos", (), "jws"),
        show,
        postbox=postbox,
        shelf=shelf,
        ring=KeyRing((root_key(str(root)),)),
        clock=SyncedClock(),
        floor=_floor(postbox),
        in_force=0,
    )
    performer.plane = plane
    return plane


def _floor(postbox: Postbox) -> int:
    try:
        return postbox.number(FLOOR)
    except DeviceError:  # as `open_plane` has it
        return 0


async def main(words: list[str]) -> None:
    """Run until killed."""
    state, port, root, *fault = words
    point, probability = (fault[0], float(fault[1])) if fault else ("", 0.0)
    deadly = Fault(point, probability, Path(state) / DEATHS)
    plane = counting_plane(Path(state), int(port), Path(root), deadly)
    (Path(state) / READY).touch()
    await Supervisor().run(optional=plane.parts)


if __name__ == "__main__":
    logging.basicConfig(
        level=os.environ.get("CHAOS_LOG", "WARNING"), format="%(asctime)s %(message)s"
    )
    asyncio.run(main(sys.argv[1:]))
