"""How long a button takes: `python -m tests.bench.bench_panel --presses 60`.

From the level's change on a simulated pin (gpiozero's mock factory) to the program's first frame of
the new segment, in a running node: the demo's day, its camera, encoder and pages. LIVE is pressed
again and again, so that the camera cuts in and the drama comes back. The debounce time is a part.
"""

import argparse
import asyncio
import dataclasses
import os
import random
import tempfile
import time

import msgspec

from node import app
from node.channels import Fanout, T
from node.cli.demo import DemoOptions, demo_config
from node.config_panel import PanelConfig
from node.control.panel_wiring import PanelParts, panel_of
from node.media import Frame
from node.program.runner import ShowRunner
from tests.bench.rig import line, quantile

LIMIT_S = 5.0
REST_S = 1.0
"""Between presses: longer than a second press that counts as the first."""


@dataclasses.dataclass
class Probe:
    """What the bench sees of the node: which segment each program frame shows, and when."""

    segments: dict[int, str] = dataclasses.field(default_factory=dict)
    frames: list[tuple[float, str]] = dataclasses.field(default_factory=list)
    panel: PanelParts = dataclasses.field(default_factory=PanelParts)

    def install(self) -> None:
        """Have the node built of parts that tell."""
        probe = self

        class ToldRunner(ShowRunner):
            def turn(self, tick):
                show = super().turn(tick)
                probe.segments[show.pts] = show.airing.segment
                return show

        class ToldFanout(Fanout[T]):
            def put(self, value):
                super().put(value)
                if isinstance(value, Frame):
                    probe.frames.append((time.monotonic(), probe.segments.pop(value.pts, "")))

        def told_panel(cfg, near):
            probe.panel = panel_of(cfg, near)
            return probe.panel

        app.ShowRunner, app.Fanout, app.panel_of = ToldRunner, ToldFanout, told_panel

    async def press(self, name: str) -> float | None:
        """Seconds from the press to the first frame of another segment.

        None where none comes: the day had come to the camera by itself.
        """
        before, count = self.frames[-1][1], len(self.frames)
        began = time.monotonic()
        push = asyncio.ensure_future(self.panel.finger.push(name))
        while time.monotonic() - began < LIMIT_S:
            await asyncio.sleep(0.002)
            other = [at for at, one in self.frames[count:] if one not in ("", before)]
            if other:
                await push
                return other[0] - began
        return None


async def measure(presses: int, size: str, debounce_ms: int) -> list[float | None]:
    """Press so often in a node of its own."""
    probe, on_air = Probe(), asyncio.Event()
    probe.install()
    with tempfile.TemporaryDirectory() as state:
        os.environ["XDG_STATE_HOME"] = state
        button = {"debounce_ms": debounce_ms}
        table = msgspec.convert({"factory": "mock", "live": button}, PanelConfig)
        cfg = demo_config(DemoOptions(port=0, size=size))
        cfg = msgspec.structs.replace(cfg, panel=table, voice=None, microphone=None)
        work = app.run_node(cfg, is_demo=True, seconds=None, announce=lambda _: on_air.set())
        task = asyncio.create_task(work)
        await asyncio.wait({task, asyncio.ensure_future(on_air.wait())},
                           return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        await asyncio.sleep(5)  # the clips are measured, the encoder has found its preset
        taken = []
        for _ in range(presses):
            taken.append(await probe.press("live"))
            await asyncio.sleep(REST_S + random.random() / 10)  # noqa: S311  # any phase of the frame
        task.cancel()
        await asyncio.wait({task})
    return taken


def main() -> None:
    """Print a line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--presses", type=int, default=60)
    words.add_argument("--size", default="1280x720")
    words.add_argument("--debounce-ms", type=int, default=25)
    given = words.parse_args()
    presses = asyncio.run(measure(given.presses, given.size, given.debounce_ms))
    taken = [one for one in presses if one is not None]
    print(f"{given.size}, debounce {given.debounce_ms} ms, load {os.getloadavg()[0]:.1f} of "
          f"{os.cpu_count()} cores")  # fmt: skip
    print(f"{len(presses) - len(taken)} of {len(presses)} presses changed no segment")
    if not taken:
        raise SystemExit("nothing was measured")
    print(line("press -> program frame", [one * 1000 for one in taken], "ms"))
    print(f"p50 {quantile(taken, 0.5) * 1000:.1f} ms, p95 {quantile(taken, 0.95) * 1000:.1f} ms")


if __name__ == "__main__":
    main()
