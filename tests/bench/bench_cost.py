"""What it costs: CPU of the program by scene and size, of each viewer, memory, start, imports.

A viewer is a Chromium on the same machine, so only the node's own CPU time is counted (per cent of
one core, from /proc).

    python -m tests.bench.bench_cost [--sizes 1280x720,1920x1080] [--viewers 8] [--minutes 10]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise

from tests.bench.rig import RunningNode, chromium, node

WINDOW_S = 6.0
JOIN = """async () => {
  const pc = new RTCPeerConnection();
  pc.addTransceiver('video', {direction: 'recvonly'});
  pc.addTransceiver('audio', {direction: 'recvonly'});
  await pc.setLocalDescription();
  const answer = await fetch('/whep', {method: 'POST',
    headers: {'Content-Type': 'application/sdp'}, body: pc.localDescription.sdp});
  await pc.setRemoteDescription({type: 'answer', sdp: await answer.text()});
  (window.all ??= []).push(pc);
}"""


def share(on_air: RunningNode, seconds: float = WINDOW_S) -> float:
    """CPU of the node over a window, per cent of one core."""
    cpu, began = on_air.cpu_s(), time.monotonic()
    time.sleep(seconds)
    return 100 * (on_air.cpu_s() - cpu) / (time.monotonic() - began)


def scenes(size: str, port: int) -> None:
    """The program by scene; nobody watches."""
    with node("demo", "--headless", "--size", size, "--port", str(port)) as on_air:
        status = on_air.status()
        print(f"\n{size}: {status['encoder']} ({status['encoder_why']})")
        for name, prepare in SCENES.items():
            prepare(on_air)
            time.sleep(0.5)
            print(f"  {name:22} {share(on_air):6.1f} % of a core")
        print(f"  frames {on_air.status()['frames']}")


def _clip(on_air: RunningNode) -> None:
    on_air.command(do="take", segment="ep1")
    on_air.command(do="card.hide")


def _clip_with_card(on_air: RunningNode) -> None:
    on_air.command(do="take", segment="ep2")
    on_air.command(do="card.show", product="P17", for_s=60)


def _pip(on_air: RunningNode) -> None:
    _clip(on_air)
    on_air.command(do="layout", layout="pip")


def _live(on_air: RunningNode) -> None:
    on_air.command(do="live")


def _live_with_card(on_air: RunningNode) -> None:
    on_air.command(do="live")
    on_air.command(do="card.show", product="P17", for_s=60)


SCENES: dict[str, Callable[[RunningNode], None]] = {
    "clip": _clip,
    "clip with card": _clip_with_card,
    "clip, camera in pip": _pip,
    "live": _live,
    "live with card": _live_with_card,
}


def viewers(count: int, port: int) -> None:
    """Slope of the node's CPU over 1..count viewers."""
    with node("demo", "--headless", "--port", str(port)) as on_air, chromium() as browser:
        page = browser.new_page()
        page.goto(f"{on_air.url}health")
        found = [share(on_air)]
        for _ in range(count):
            page.evaluate(JOIN)
            time.sleep(1)
            found.append(share(on_air))
        print(f"\nviewers 0..{count}: " + " ".join(f"{one:.1f}" for one in found) + " % of a core")
        slopes = [after - before for before, after in pairwise(found)]
        print(f"  each added viewer: mean {(found[-1] - found[0]) / count:.2f} %, "
              f"median step {statistics.median(slopes):.2f} %")  # fmt: skip
        print(f"  viewers as counted by the node: {on_air.status()['viewers']}")


def memory(minutes: float, port: int) -> None:
    """Resident memory over time and its slope in the second half."""
    with node("demo", "--headless", "--port", str(port)) as on_air:
        found = []
        for step in range(int(minutes * 6) + 1):
            found.append((step / 6, on_air.memory_mb()))
            time.sleep(10)
        half = found[len(found) // 2 :]
        mean_t = statistics.fmean(t for t, _ in half)
        mean_m = statistics.fmean(m for _, m in half)
        spread = sum((t - mean_t) ** 2 for t, _ in half) or 1
        slope = sum((t - mean_t) * (m - mean_m) for t, m in half) / spread
        print(f"\nmemory: {found[0][1]:.0f} MB at the start, {found[-1][1]:.0f} MB after "
              f"{minutes:g} min, slope of the second half {slope * 60:+.1f} MB/h")  # fmt: skip
        print(f"  frames {on_air.status()['frames']}, sound {on_air.status()['audio']}")


def starts(port: int) -> None:
    """Time to on air: first start with empty caches, then with warm ones."""
    with tempfile.TemporaryDirectory() as state:
        times = []
        for _ in range(6):
            with node("demo", "--headless", "--port", str(port), state=state) as on_air:
                times.append(on_air.start_s)
        print(f"\nstart to on air: first {times[0]:.2f} s, then median "
              f"{statistics.median(times[1:]):.2f} s, worst {max(times[1:]):.2f} s")  # fmt: skip


def imports() -> None:
    """What importing costs, and that a node without voice and MQTT loads neither."""
    for module in ("node.config", "node.program.course", "node.cli.check", "node.app"):
        script = (
            "import time, sys; began = time.perf_counter(); "
            f"import {module}; took = (time.perf_counter() - began) * 1000; "
            "heavy = [name for name in ('av', 'aiortc', 'numpy', 'PIL', 'babel', 'onnxruntime', "
            "'paho') if name in sys.modules]; print(f'{took:.0f} ms, loads {heavy}')"
        )
        runs = [
            subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True
            ).stdout.strip()
            for _ in range(3)
        ]
        print(f"import {module:22} {min(runs, key=lambda run: int(run.split()[0]))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1280x720,1920x1080")
    parser.add_argument("--viewers", type=int, default=8)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--port", type=int, default=18092)
    chosen = parser.parse_args()
    imports()
    starts(chosen.port)
    for size in chosen.sizes.split(","):
        scenes(size, chosen.port)
    viewers(chosen.viewers, chosen.port)
    memory(chosen.minutes, chosen.port)


if __name__ == "__main__":
    main()
