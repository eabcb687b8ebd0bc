"""The first minute: what the node misses alone, and with a Chromium kiosk on the same cores.

The demo with an empty state folder, where every clip is measured, heard and looked through and
every sentence rendered beside the show; with `--warm` a state folder that knows all this. Runs take
turns. How late a picture is: from its tick to the program, and to its coded picture.

    python -m tests.bench.bench_start [--runs 3] [--seconds 60] [--warm] [--threads] [--only alone]
"""

import argparse
import contextlib
import json
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.bench.rig import RunningNode, chromium, process, quantile

BESIDE = ("alone", "kiosk")
TOP = 14


@contextlib.contextmanager
def kiosk(url: str) -> Iterator[None]:
    """The booth's screen, as large as the picture."""
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.goto(f"{url}kiosk")
        yield


def run(beside: str, seconds: float, state: str | None) -> tuple[dict, dict]:
    """One start: what the node says of itself at the end, and what was noted of it."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "notes.json"
        args = (str(place), "demo", "--headless", "--port", "0")
        with process("tests.bench.watched_node", *args, state=state) as on_air:
            status = _watched(on_air, beside, seconds)
        return status, json.loads(place.read_text())


def _watched(on_air: RunningNode, beside: str, seconds: float) -> dict:
    with kiosk(on_air.url) if beside == "kiosk" else contextlib.nullcontext():
        time.sleep(max(0.0, seconds - on_air.status()["uptime_s"]))
        return on_air.status()


def told(beside: str, status: dict, notes: dict) -> dict[str, float]:
    """The figures of a run, printed in a line."""
    program, coded = ([1000 * late for _, late in notes[part]] for part in ("program", "coded"))
    frames = status["frames"]
    found = {
        "missing": frames["missing"],
        "repeated": frames["repeated"],
        "program p99": quantile(program, 0.99),
        "program max": max(program),
        "coded p99": quantile(coded, 0.99),
        "coded max": max(coded),
        "rungs": len(notes["rungs"]) - 1,
    }
    rungs = " > ".join(name.removeprefix("libx264/") for _, name in notes["rungs"])
    print(f"{beside:6}", "  ".join(f"{name} {value:.0f}" for name, value in found.items()), rungs,
          flush=True)  # fmt: skip
    return found


def threads(notes: dict) -> None:
    """CPU time and wait for a core, by thread, from first look to last."""
    ran, waited = Counter(), Counter()
    for (_, before), (_, after) in zip(notes["threads"], notes["threads"][1:], strict=False):
        for name, (cpu, wait) in after.items():
            was = before.get(name, (0.0, 0.0))
            ran[name] += max(0.0, cpu - was[0])
            waited[name] += max(0.0, wait - was[1])
    for name, cpu in ran.most_common(TOP):
        print(f"    {name:28} ran {cpu:6.2f} s, waited {waited[name]:6.2f} s for a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--warm", action="store_true")
    parser.add_argument("--threads", action="store_true")
    parser.add_argument("--only", choices=BESIDE)
    chosen = parser.parse_args()
    besides = (chosen.only,) if chosen.only else BESIDE
    all_found: dict[str, list[dict[str, float]]] = {beside: [] for beside in besides}
    with tempfile.TemporaryDirectory() as folder:
        state = folder if chosen.warm else None
        if chosen.warm:
            run("alone", 2 * chosen.seconds, state)
        for _ in range(chosen.runs):
            for beside in besides:
                status, notes = run(beside, chosen.seconds, state)
                all_found[beside].append(told(beside, status, notes))
                if chosen.threads:
                    threads(notes)
    for beside, found in all_found.items():
        medians = {name: statistics.median(one[name] for one in found) for name in found[0]}
        print(f"{beside:6} median of {len(found)}:",
              "  ".join(f"{name} {value:.0f}" for name, value in medians.items()))  # fmt: skip


if __name__ == "__main__":
    main()
