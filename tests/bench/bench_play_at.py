"""How far apart nodes act: `python -m tests.bench.bench_play_at --nodes 20 --rounds 50`.

A take for all with `play_at` 0.8 s ahead, beside the same take to be done at once. `spread` is from
the first node to the last of a round, `error` each node's distance from `play_at`, by the one clock
of this machine: what clocks of several machines add is not in it.
"""

import argparse
import asyncio
import json

from tests.bench.fleet_rig import Fleet, fleet
from tests.bench.rig import quantile
from tools.fleet.wall import now_ms

AHEAD_MS = 800


async def rounds_of(one: Fleet, rounds: int, *, is_timed: bool) -> dict[str, object]:
    """Take a segment, some times."""
    spreads: list[float] = []
    errors: list[float] = []
    missing = 0
    for _ in range(rounds):
        await one.give("cue.arm", {"segment": "ep1"})
        play_at = now_ms() + AHEAD_MS
        data: dict[str, object] = {"segment": "ep1"}
        if is_timed:
            data["play_at"] = play_at
        found = await one.give("cue.go", data)
        ats = [float(result["at"]) for result in found.results.values() if "at" in result]
        missing += len(one.names) - len(ats)
        if ats:
            spreads.append(max(ats) - min(ats))
            errors += [at - play_at for at in ats]
    return {
        "way": "play_at" if is_timed else "at once",
        "rounds": rounds,
        "missing": missing,
        "spread_p50_ms": round(quantile(spreads, 0.5), 2),
        "spread_p95_ms": round(quantile(spreads, 0.95), 2),
        **({"error_p50_ms": round(quantile(errors, 0.5), 2),
            "error_p95_ms": round(quantile(errors, 0.95), 2)} if is_timed else {}),
    }  # fmt: skip


async def measure(nodes: int, processes: int, rounds: int) -> None:
    """Print both ways."""
    async with fleet(nodes, processes) as (one, came):
        print(json.dumps(came))
        for is_timed in (True, False):
            print(json.dumps(await rounds_of(one, rounds, is_timed=is_timed)), flush=True)


def main() -> None:
    """Print one JSON object a line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--nodes", type=int, default=20)
    words.add_argument("--processes", type=int, default=4)
    words.add_argument("--rounds", type=int, default=10)
    given = words.parse_args()
    asyncio.run(measure(given.nodes, given.processes, given.rounds))


if __name__ == "__main__":
    main()
