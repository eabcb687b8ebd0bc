"""Many nodes in one process: each the real control plane, with its own database; no media.

`python -m tests.fakes.many_nodes PORT ROOT_KEY FOLDER FIRST COUNT [memory]` prints `ready`, begins
at a line on stdin and runs until it ends. With `memory` the nodes are simulated ones that keep
nothing. What a command does is to say when it was done: `at`, Unix ms by this machine's clock.
"""

import asyncio
import logging
import resource
import sys
import time
from pathlib import Path

from node.config_control import MqttConfig
from node.control.envelope import KeyRing
from node.control.messages import Command
from node.control.orders import Order
from node.control.performer import Outcome
from node.control.plane import ControlPlane, Show, open_plane, root_key
from node.control.reporting import Self
from node.control.shelf import Shelf
from node.supervise import Supervisor
from tests.fakes.chaos_node import ORG, SyncedClock, gauges, no_day
from tests.fakes.fleet_node import FleetNode


def name_of(number: int) -> str:
    """Node id of a number."""
    return f"n{number:04d}"


class Stamping:
    """Says when it acts."""

    def is_repeatable(self, _order: Order) -> bool:
        """As with most commands of a real program: noted before it acts."""
        return False

    async def prepare(self, _order: Order) -> None:
        """Nothing to prepare."""

    async def perform(self, _command: Command) -> Outcome:
        """Tell the time."""
        return Outcome({"at": time.time() * 1000})

    def holds(self, _command: Command, *, is_same_boot: bool) -> bool:
        """There is no state that could hold it."""
        return False


def plane_of(port: int, root: Path, state: Path, name: str) -> ControlPlane:
    """The control plane of one node."""
    state.mkdir(parents=True, exist_ok=True)
    shelf = Shelf(state)
    shelf.load()
    cfg = MqttConfig((f"mqtt://127.0.0.1:{port}",), org=ORG, root_key_file=str(root))
    show = Show(Stamping(), gauges(), no_day, lambda _: [], lambda _: None)
    who = Self(ORG, name, "0.0.0", "simulated", (), "jws")
    return open_plane(cfg, who, show, state_dir=state, clock=SyncedClock(), shelf=shelf)


async def main(words: list[str]) -> None:
    """Run until stdin ends."""
    port, root, folder, first, count, *kind = words
    names = [name_of(int(first) + number) for number in range(int(count))]
    loop = asyncio.get_running_loop()
    work: list[asyncio.Future[None]] = []
    nodes: list[FleetNode] = []
    if kind:
        ring = KeyRing((root_key(root),))
        nodes = [FleetNode(ORG, name, int(port), ring) for name in names]
    planes = [] if kind else [plane_of(int(port), Path(root), Path(folder) / name, name)
                              for name in names]  # fmt: skip
    print("ready", flush=True)  # noqa: T201
    await loop.run_in_executor(None, sys.stdin.readline)
    for node in nodes:
        node.open()
    work += [asyncio.ensure_future(Supervisor().run(optional=one.parts)) for one in planes]
    await loop.run_in_executor(None, sys.stdin.readline)
    for task in work:
        task.cancel()
    await asyncio.gather(*work, return_exceptions=True)
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{used.ru_utime + used.ru_stime:.1f} {used.ru_maxrss / 1024:.0f}", flush=True)  # noqa: T201


if __name__ == "__main__":
    logging.basicConfig(level="ERROR")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(sys.argv[1:]))
