"""A real controller in this process, a real broker, many nodes in others; what each word cost."""

import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from node.control.messages import TERMINAL, Ack, Birth
from tests.bench.rig import quantile
from tests.fakes.chaos_node import ORG
from tests.fakes.many_nodes import name_of
from tests.fakes.mosquitto import Mosquitto
from tools.fleet.commander import Action
from tools.fleet.controller import Controller, open_controller
from tools.fleet.founding import found
from tools.fleet.keys import ROOT_PUBLIC
from tools.fleet.settings import Settings
from tools.fleet.wall import now_ms

BROKER = """max_queued_messages 5000
autosave_on_changes false
autosave_interval 5
log_type none"""
"""As control-plane.md §3 has it for more than 50 nodes."""
LIMIT_S = 300.0


@dataclass
class Round:
    """One action to all: when each node's first and last word came, seconds after it was given."""

    accepted: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    results: dict[str, dict[str, object]] = field(default_factory=dict)
    missing_after_5_s: int = 0
    cpu_s: float = 0.0


class Fleet:
    """Begun by `fleet`; belongs to the loop."""

    def __init__(self, controller: Controller, broker: Mosquitto, names: list[str]) -> None:
        self.controller, self.broker, self.names = controller, broker, names
        self.births: dict[str, float] = {}
        self._rounds: dict[str, Round] = {}
        self._ids: dict[str, str] = {}
        self._began: dict[str, float] = defaultdict(float)
        self._heard = controller.heard
        controller.heard = self._note  # the line calls it by its listener's name

    def _note(self, address, word, now, *, is_retained) -> None:
        if isinstance(word, Birth):
            self.births[address.node] = time.monotonic()
        self._heard(address, word, now, is_retained=is_retained)
        if isinstance(word, Ack):
            self._note_ack(address.node, word)

    def _note_ack(self, node: str, ack: Ack) -> None:
        entry = self.controller.commander.batches.find(ack.id)
        one = self._rounds.get(entry.batch) if entry is not None else None
        if one is None:
            return
        after_s = time.monotonic() - self._began[entry.batch]
        one.accepted.setdefault(node, after_s)
        if ack.status in TERMINAL and node not in one.ended:
            one.ended[node], one.statuses[node] = after_s, ack.status
            one.results[node] = dict(ack.result)

    async def give(self, kind: str, data: dict[str, object]) -> Round:
        """Command all, and wait until all have ended."""
        began_s, cpu_s = time.monotonic(), cpu()
        batch = await self.controller.commander.give(Action(kind, data, "op:bench"), self.names,
                                                     now_ms())  # fmt: skip
        self._began[batch], one = began_s, self._rounds.setdefault(batch, Round())
        await until(lambda: len(one.ended) == len(self.names), 5.0)
        one.missing_after_5_s = len(self.names) - len(one.ended)
        await until(lambda: len(one.ended) == len(self.names), 60.0)
        one.cpu_s = cpu() - cpu_s
        return one

    async def all_born(self, since_s: float) -> float:
        """Wait for a birth of each node since a moment; seconds it took."""
        await until(lambda: sum(at > since_s for at in self.births.values()) == len(self.names),
                    LIMIT_S)  # fmt: skip
        return time.monotonic() - since_s

    async def all_trust(self) -> None:
        """Wait until each has the keys."""
        roster = self.controller.roster
        await until(lambda: all("keys" in one.reported for one in roster.of(self.names)), LIMIT_S)


@contextlib.asynccontextmanager
async def fleet(count: int, processes: int, *kind: str) -> AsyncIterator[tuple[Fleet, dict]]:
    """`count` nodes in `processes`, all connected; with the numbers of how they came."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-"))
    broker = Mosquitto(folder / "broker", extra=BROKER)
    broker.start()
    found(folder / "fleet", Settings(ORG, f"mqtt://127.0.0.1:{broker.port}", "127.0.0.1:0"), "")
    controller = open_controller(folder / "fleet")
    one = Fleet(controller, broker, [name_of(number) for number in range(count)])
    work = asyncio.ensure_future(controller.run())
    await until(lambda: controller.line.is_up, 20.0)
    children = []
    share = -(-count // processes)
    for first in range(0, count, share):
        words = [broker.port, folder / "fleet" / ROOT_PUBLIC, folder, first,
                 min(share, count - first), *kind]  # fmt: skip
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.fakes.many_nodes", *map(str, words),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        children.append(child)
    for child in children:
        await child.stdout.readline()
    began_s, cpu_s = time.monotonic(), cpu()
    for child in children:
        child.stdin.write(b"\n")
    took_s = await one.all_born(began_s)
    await one.all_trust()
    came = {
        "nodes": count, "node_processes": len(children), "connect_s": round(took_s, 2),
        "keys_s": round(time.monotonic() - began_s, 2), "connect_controller_cpu_s":
        round(cpu() - cpu_s, 2), "controller_rss_mb": round(memory_mb(os.getpid())),
        "nodes_rss_mb": round(sum(memory_mb(child.pid) for child in children)),
    }  # fmt: skip
    try:
        yield one, came
    finally:
        for child in children:
            child.stdin.write(b"\n")
            child.stdin.close()
        for child in children:
            await child.wait()
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        broker.stop()


def spread(values: list[float]) -> dict[str, float]:
    """p50, p99 and most in ms, of seconds."""
    if not values:
        return {}
    return {name: round(quantile(values, share) * 1000, 1)
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}  # fmt: skip


def cpu() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cpu_of(pid: int) -> float:
    """CPU seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


async def until(is_so: Callable[[], bool], limit_s: float) -> None:
    """Wait, no longer than so long; who asks looks itself at what is there then."""
    end_s = time.monotonic() + limit_s
    while not is_so() and time.monotonic() < end_s:  # noqa: ASYNC110  # counted from outside
        await asyncio.sleep(0.02)
