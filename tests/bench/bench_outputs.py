"""What a further output costs: CPU of a node at 720p30 with 0, 1 and 2 pictures beside the program.

Three viewers watch all the time, so that only pictures differ: all of the kiosk; two of it and one
of an output with a policy of its own; one of each of three. The ways take turns, with a card on
the program (own composition) and without one (composed once, encoded apart). Viewers decode in a
process of lowest priority. Only the node's own CPU time is counted, for each program frame and so
in per cent of one core at 30 frames a second, however busy the machine is with other work.

    python -m tests.bench.bench_outputs [--rounds 5] [--seconds 6] [--size 1280x720]
"""

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from node.encode.headroom import moving_pictures
from node.encode.x264 import X264
from node.graphics.label import draw_ai_label
from node.graphics.lower_third import draw_lower_third
from node.media import Frame, Pts90k, Rendition, Size
from node.program.composition import Composition, Layer, Taken
from node.program.outputs import KINDS, Recipe
from tests.bench.rig import RunningNode, line, node
from tests.fakes.small_day import Part, SmallDay, write_clips
from tests.fakes.watching import watching

OUTPUTS = """
[output.kiosk]
[output.web]
overlay = ["lower_third", "ai_label"]
data    = ["card", "offer", "countdown"]
[output.lobby]
own     = true
overlay = ["countdown", "ai_label"]
"""
WAYS = {
    0: ("kiosk", "kiosk", "kiosk"),
    1: ("kiosk", "kiosk", "web"),
    2: ("kiosk", "web", "lobby"),
}
FPS = 30
PIECES = 300
SETTLE_S = 2.0
LIMIT_S = 20.0


def make_day(folder: Path, size: str) -> SmallDay:
    """A clip over and over."""
    parts = (Part("one", 40, write_clips(folder / "clips")["one"]),)
    day = SmallDay(folder / "day", parts, play=("one",), camera="", outputs=OUTPUTS).write()
    text = day.config.read_text().replace("640x360", size).replace('"ultrafast"', '"auto"')
    day.config.write_text(text)
    return day


def own(on_air: RunningNode) -> int:
    """Pictures beside the program's that are made now."""
    return sum(one["picture"] == "own" for one in on_air.status()["outputs"])


async def share(on_air: RunningNode, outputs: tuple[str, ...], seconds: float) -> float:
    """CPU of the node while these outputs are watched, per cent of one core."""
    wanted = len({*outputs} - {"kiosk"})
    async with AsyncExitStack() as viewers:
        for name in outputs:
            await viewers.enter_async_context(watching(on_air.url, name))
        async with asyncio.timeout(LIMIT_S):
            while await asyncio.to_thread(own, on_air) != wanted:  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.2)
        await asyncio.sleep(SETTLE_S)
        cpu, frames = on_air.cpu_s(), on_air.status()["frames"]["out"]
        await asyncio.sleep(seconds)
        made = on_air.status()["frames"]["out"] - frames
        return 100 * (on_air.cpu_s() - cpu) / made * FPS


async def measure(chosen: argparse.Namespace, on_air: RunningNode) -> dict[str, object]:
    """Every way in turn, over and over; prints what was found."""
    found: dict[tuple[bool, int], list[float]] = {}
    memory: dict[int, list[float]] = {}
    for _ in range(chosen.rounds):
        for is_card in (True, False):
            command = {"do": "card.show", "product": "P1", "for_s": 600}
            on_air.command(**(command if is_card else {"do": "card.hide"}))
            for number, outputs in WAYS.items():
                on_air.command(**(command if is_card else {"do": "card.hide"}))
                cpu = await share(on_air, outputs, chosen.seconds)
                found.setdefault((is_card, number), []).append(cpu)
                memory.setdefault(number, []).append(on_air.memory_mb())
    for (is_card, number), values in sorted(found.items()):
        print(line(f"{number} further, {'card' if is_card else 'no card'}", values, "% of a core"))
    for is_card in (False, True):
        none, one, two = (found[is_card, number] for number in WAYS)
        first = statistics.median(b - a for a, b in zip(none, one, strict=True))
        second = statistics.median(b - a for a, b in zip(one, two, strict=True))
        print(f"{'card' if is_card else 'no card'}: the first costs {first:+.1f} %, "
              f"the second {second:+.1f} % of a core")  # fmt: skip
    for number, values in memory.items():
        print(line(f"memory, {number} further", values, "MB"))
    return on_air.status()


def pieces(size: str) -> None:
    """CPU of one picture's composition and coding, by itself: its own thread's time."""
    width, height = (int(edge) for edge in size.split("x"))
    program = Size(width, height)
    pictures = moving_pictures(program)
    label = draw_ai_label(
        {"zh": "AI 生成", "en": "AI-generated"}, size=program, locales=("zh", "en")
    )
    words = draw_lower_third({"zh": "短剧", "en": "Drama"}, size=program, locales=("zh", "en"))
    layers = (Layer("lower_third", words, 256), Layer("ai_label", label, 256))
    composition = Composition(program, Recipe(KINDS, frozenset({"lower_third"})))
    codec = X264(Rendition(program, FPS, 2500), preset="ultrafast", threads=1, why="")
    composing, coding = [], []
    for tick in range(PIECES):
        main = pictures[tick % len(pictures)]
        taken = Taken(frozenset({"agent"}), main, None, "full", layers, 256)
        began = time.thread_time()
        made = composition.compose(composition.plan(taken), tick)
        composed = time.thread_time()
        codec.encode(Frame(Pts90k(tick * 3000), 0.0, made), force_idr=False)
        composing.append((composed - began) * 1000)
        coding.append((time.thread_time() - composed) * 1000)
    print(line(f"composing, {size}, words and label", composing[1:], "ms of CPU"))
    print(line(f"coding it, {codec.name}", coding[1:], "ms of CPU"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=6.0)
    parser.add_argument("--size", default="1280x720")
    chosen = parser.parse_args()
    pieces(chosen.size)
    with tempfile.TemporaryDirectory() as folder:
        day = make_day(Path(folder), chosen.size)
        with node("run", "--config", str(day.config)) as on_air:
            os.nice(19)
            status = asyncio.run(measure(chosen, on_air))
    print(f"encoder {status['encoder']}; frames {json.dumps(status['frames'])}")


if __name__ == "__main__":
    main()
