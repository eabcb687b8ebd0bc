"""A fleet on one broker: `python -m tests.bench.bench_fleet_nodes --nodes 1000 --processes 4`.

Each node is the real control plane with its own SQLite database and connection; no media, no TLS;
commands are signed and checked. Beside it, in the same run, nodes that answer from memory: what is
left then is broker, controller and network. All share the processors of this machine.
"""

import argparse
import asyncio
import json
import os
import time

from tests.bench.fleet_rig import Fleet, cpu, cpu_of, fleet, memory_mb, spread


async def fan_out(one: Fleet, rounds: int) -> dict[str, object]:
    """A card to all at once, some times."""
    accepted: list[float] = []
    done: list[float] = []
    missing = ended = 0
    cpu_s = cpu()
    for _ in range(rounds):
        found = await one.give("card.hide", {})
        accepted += found.accepted.values()
        done += found.ended.values()
        missing += found.missing_after_5_s
        ended += sum(status == "done" for status in found.statuses.values())
    return {
        "rounds": rounds,
        "accepted_ms": spread(accepted),
        "done_ms": spread(done),
        "missing_after_5_s": missing,
        "done": ended,
        "of": rounds * len(one.names),
        "controller_cpu_s": round(cpu() - cpu_s, 2),
        "controller_rss_mb": round(memory_mb(os.getpid())),
    }


async def storm(one: Fleet) -> dict[str, object]:
    """The broker dies and is there again at once: all nodes come back."""
    one.broker.kill()
    began_s, cpu_s = time.monotonic(), cpu()
    one.broker.start()
    took_s = await one.all_born(began_s)
    back = sum(at > began_s for at in one.births.values())
    return {
        "back": back,
        "all_back_s": round(took_s, 2),
        "broker_cpu_s": round(cpu_of(one.broker.pid), 2),
        "controller_cpu_s": round(cpu() - cpu_s, 2),
    }


async def measure(nodes: int, processes: int, rounds: int, *kind: str) -> dict[str, object]:
    """All of it for one kind of node."""
    async with fleet(nodes, processes, *kind) as (one, came):
        out = await fan_out(one, rounds)
        return {"kind": kind[0] if kind else "real", **came, "fan_out": out,
                "storm": await storm(one)}  # fmt: skip


def main() -> None:
    """Print one JSON object for each kind."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--nodes", type=int, default=40)
    words.add_argument("--processes", type=int, default=2)
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    for kind in ((), ("memory",)):
        print(json.dumps(asyncio.run(measure(given.nodes, given.processes, given.rounds, *kind))),
              flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
