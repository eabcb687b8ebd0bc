"""Does listening cost frames? `python -m tests.bench.bench_listening --seconds 60 --rounds 3`.

The demo's day on a node of its own, taking turns: without a voice, and with an ear that is open to
a simulated hall (microphone, canceller, speech detector, keyword head, self-trigger maps) while a
question is asked in writing every ten seconds and answered aloud. Program counters and CPU time of
the process, counted from 20 s after going on air.
"""

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from node.cli.demo import ASSETS
from tests.bench.fleet_rig import cpu_of
from tests.fakes.running import RunningNode

SETTLED_S, EVERY_S = 20.0, 10.0
NODE = """
rundown = "{day}"
node = "bench"
state_dir = "{state}"
[camera]
kind = "pattern"
[web]
port = 0
"""
VOICE = """
[microphone]
kind = "simulated"
[voice]
opens_with_show = true
"""


def once(*, has_voice: bool, seconds: float) -> dict[str, float]:
    """One run of a node."""
    folder = Path(tempfile.mkdtemp(prefix="listening-"))
    config = folder / "node.toml"
    text = NODE.format(day=ASSETS / "day.toml", state=folder / "state")
    config.write_text(text + (VOICE if has_voice else ""), encoding="utf-8")
    node = RunningNode(["run", "--config", str(config)], folder)
    try:
        node.wait_on_air()
        time.sleep(SETTLED_S)
        before, cpu_s, began_s = node.status().frames, cpu_of(node.process.pid), time.monotonic()
        end_s = began_s + seconds
        while time.monotonic() < end_s:
            if has_voice:
                node.ask("/api/command", {"do": "ask", "text": "这个多少钱"})
            time.sleep(min(EVERY_S, max(0.0, end_s - time.monotonic())))
        took_s = time.monotonic() - began_s
        used_s, after = cpu_of(node.process.pid) - cpu_s, node.status().frames
    finally:
        node.end()
    return {
        "core": round(used_s / took_s, 3),
        "missing": after.missing - before.missing,
        "repeated": after.repeated - before.repeated,
        "out": after.out - before.out,
    }


def main() -> None:
    """Print one JSON object for each way, and what hearing adds."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--rounds", type=int, default=3)
    given = words.parse_args()
    runs: dict[bool, list[dict[str, float]]] = {False: [], True: []}
    for _ in range(given.rounds):
        for has_voice, found in runs.items():
            found.append(once(has_voice=has_voice, seconds=given.seconds))
    for has_voice, found in runs.items():
        sums = {key: sum(one[key] for one in found) for key in ("missing", "repeated", "out")}
        core = round(statistics.median(one["core"] for one in found), 3)
        print(json.dumps({"voice": has_voice, "core": core, **sums}), flush=True)


if __name__ == "__main__":
    main()
