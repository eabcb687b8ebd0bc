"""A day without a line, at speed: `python -m tests.bench.bench_offline --hours 24 --events 10000`.

A node's control plane keeps a day's events and aggregates while there is no broker; then one comes.
Told: what lay in the outbox, how long it took to empty, whether all came, each once, in order.
Beside it, in the same run, what the same day costs with a transaction for each event instead of one
for each second's batch. The day is simulated; outbox, connection and broker are real.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from node.control.telemetry import AGG_S
from node.store.letters import Post
from node.store.postbox import Postbox
from node.supervise import Supervisor
from tests.bench.rig import quantile
from tests.fakes.chaos import Commander
from tests.fakes.chaos_node import Fault, counting_plane
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto, free_port

BEGAN_S = 1_795_236_000
BATCH_S = 1.0
EVICTED = 1 << 18
"""So small an outbox must let events go: it is told what it keeps."""


def day_of(plane, hours: float, events: int) -> list[list[Post]]:
    """The batches of a day: events evenly, as many to the second as fall there, and aggregates."""
    span_s = hours * 3600
    numbers = dict.fromkeys(
        ("cpu_c", "mem_mb", "disk_free_mb", "viewers", "fps", "kbps", "load"), (1.0, 2.5, 9.0)
    )
    posts: list[tuple[float, Post]] = []
    for n in range(events):
        at_s = n * span_s / events
        data: dict[str, object] = {
            "n": n, "v": 1, "seg": "ep1", "pos": round(at_s % 300, 2), "rd": "a" * 64,
            "show": "2026-11-21", "product": "P1", "price": "168.00", "cur": "CNY", "by": "",
        }  # fmt: skip
        posts.append((at_s, plane.reporter.event(f"e-{n}", "effect", data, stamp(at_s))))
    for n in range(int(span_s // AGG_S)):
        at_s = (n + 1) * AGG_S - 0.5
        told: dict[str, object] = {"span_s": AGG_S, "samples": 30, "numbers": numbers}
        posts.append((at_s, plane.reporter.event(f"a-{n}", "tele.agg", told, stamp(at_s))))
    posts.sort(key=lambda one: one[0])
    by_second = itertools.groupby(posts, key=lambda one: one[0] // BATCH_S)
    return [[post for _, post in batch] for _, batch in by_second]


def stamp(at_s: float) -> str:
    return datetime.fromtimestamp(BEGAN_S + at_s, UTC).isoformat(timespec="milliseconds")


def write(postbox: Postbox, batches: list[list[Post]]) -> dict[str, object]:
    """Keep a day; what it cost and what lies there."""
    spans: list[float] = []
    began_s = time.monotonic()
    for batch in batches:
        one_s = time.monotonic()
        postbox.send(batch)
        spans.append(time.monotonic() - one_s)
    load = postbox.load()
    return {
        "transactions": len(batches),
        "took_s": round(time.monotonic() - began_s, 2),
        "commit_p50_ms": round(quantile(spans, 0.5) * 1000, 2),
        "commit_p99_ms": round(quantile(spans, 0.99) * 1000, 2),
        "rows": load.rows,
        "mb": round(load.bytes / 1e6, 2),
        "dropped": load.dropped_events + load.dropped_aggregates,
    }


async def drained(
    plane, controller: Commander, began_s: float, limit_s: float
) -> dict[str, object]:
    """Wait until the outbox is empty and the controller has heard the last."""
    end_s = time.monotonic() + limit_s
    while time.monotonic() < end_s and plane.postbox.load().rows:  # noqa: ASYNC110  # another thread's
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    effects = controller.effects
    return {
        "emptied_s": round(time.monotonic() - began_s, 1),
        "left": plane.postbox.load().rows,
        "came": len(effects),
        "copies": controller.effect_copies,
        "out_of_order": sum(a > b for a, b in itertools.pairwise(effects)),
        "complete": sorted(effects) == list(range(len(effects))),
    }


async def measure(hours: float, events: int, limit_s: float) -> list[dict[str, object]]:
    """The day, its drain, and the alternatives."""
    folder = Path(tempfile.mkdtemp(prefix="offline-"))
    keys, port = Keys(), free_port()
    root = keys.write_root(folder)
    (folder / "state").mkdir()
    plane = counting_plane(folder / "state", port, root, Fault("", 0))
    task = asyncio.create_task(Supervisor().run(optional=plane.parts))
    loop = asyncio.get_running_loop()
    batches = day_of(plane, hours, events)
    told = await loop.run_in_executor(None, write, plane.postbox, batches)
    broker = Mosquitto(folder / "broker", port, extra="max_queued_messages 0\nlog_type none\n"
                       "autosave_on_changes false\nautosave_interval 5")  # fmt: skip
    broker.start()
    controller = Commander(port, keys)
    try:
        told |= await drained(plane, controller, time.monotonic(), limit_s)
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        plane.close()
        controller.close()
        broker.stop()
    result = [{"way": "a batch a second", "hours": hours, "expected": events, **told}]
    for way, size, parts in (
        ("a transaction for each", 64 << 20, [[one] for batch in batches for one in batch]),
        ("an outbox of 256 KiB", EVICTED, batches),
    ):
        box = Postbox(folder / f"{size}.db", outbox_bytes=size)
        result.append({"way": way, **await loop.run_in_executor(None, write, box, parts)})
        box.close()
    return result


def main() -> None:
    """Print one JSON object a line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--hours", type=float, default=24)
    words.add_argument("--events", type=int, default=2000)
    words.add_argument("--limit-s", type=float, default=600)
    given = words.parse_args()
    for one in asyncio.run(measure(given.hours, given.events, given.limit_s)):
        print(json.dumps(one))


if __name__ == "__main__":
    main()
