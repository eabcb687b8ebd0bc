"""What clips and the simulated camera cost; prints numbers. Run: python -m tests.bench.bench_clips.

Per program frame: processor time of the whole process, decoder threads included, divided by the
frames played as fast as they come. Pre-roll: from the call until the first ticks lie there.
"""

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from node.capture.drawing import Drawing
from node.clips import pictures
from node.clips.importing import examine
from node.clips.player import ClipPlayer
from node.config import PatternConfig
from node.media import Size
from tests.fakes.audience import watch
from tests.fakes.clip_factory import ClipSpec, write_clip

HD, FULL_HD = Size(1280, 720), Size(1920, 1080)
VERYFAST = {"preset": "veryfast"}


@dataclass(frozen=True)
class Case:
    """A clip and the program it is played into."""

    name: str
    spec: ClipSpec
    size: Size = HD
    suffix: str = "mp4"


def cases(seconds: float) -> Iterator[Case]:
    """Clips as merchants hand them over, at their usual sizes."""
    base = ClipSpec(width=1280, height=720, seconds=seconds, gop=60, options=VERYFAST)
    full = replace(base, width=1920, height=1080)
    yield Case("720p30 H.264", base)
    yield Case("720p30 H.264, GOP of 10 s", replace(base, gop=300))
    yield Case("720p25 H.264 in 30", replace(base, fps=Fraction(25)))
    yield Case("720p60 H.264 in 30", replace(base, fps=Fraction(60)))
    yield Case("1080p30 H.264 in 720p", full)
    yield Case("1080p30 H.264 in 1080p", full, FULL_HD)
    yield Case("portrait phone 1080x1920, turned", replace(full, degrees=90))
    x265 = {"preset": "ultrafast", "x265-params": "log-level=none"}
    yield Case("720p30 HEVC 10-bit", replace(base, codec="libx265", b_frames=0, options=x265,
                                             pixel_format="yuv420p10le"))  # fmt: skip
    yield Case("720p30 AV1", replace(base, codec="libsvtav1", b_frames=0, options={"preset": "12"}))
    vp9 = {"deadline": "realtime", "cpu-used": "8"}
    yield Case("720p30 VP9", replace(base, codec="libvpx-vp9", b_frames=0, options=vp9,
                                     audio="libopus"), suffix="webm")  # fmt: skip
    yield Case("576p25 BT.601 anamorphic", replace(base, width=720, height=576, colorspace=5,
               fps=Fraction(25), sample_aspect=Fraction(64, 45)))  # fmt: skip


async def measure(case: Case, path: Path) -> None:
    """Play it once through and enter it in the middle; print a line."""
    player = ClipPlayer(path, size=case.size, fps=30)
    began = time.perf_counter()
    await player.preroll()
    first_ms = (time.perf_counter() - began) * 1000
    began, used = time.perf_counter(), time.process_time()
    watched = await watch(player)
    wall, used = time.perf_counter() - began, time.process_time() - used
    frames = len(watched.numbers)
    middle: list[float] = []
    for part in (0.2, 0.45, 0.7, 0.95):
        began = time.perf_counter()
        await player.preroll(int(frames * part))
        middle.append((time.perf_counter() - began) * 1000)
    await player.close()
    print(
        f"{case.name:34} {used / frames * 1000:6.2f} ms/frame cpu {wall / frames * 1000:6.2f} wall"
        f"   pre-roll {first_ms:5.0f} ms, in the middle {max(middle):5.0f} ms at most"
    )


def measure_import(path: Path, seconds: float) -> None:
    """Print what looking over a clip costs."""
    began = time.perf_counter()
    examine(path, size=HD, fps=30)
    spent = time.perf_counter() - began
    print(f"{'import (timestamps and loudness)':34} {spent / seconds * 1000:6.2f} ms per second")


def measure_drawing() -> None:
    """Print what a frame of the simulated camera costs."""
    now = datetime.now(UTC)
    for size in (HD, FULL_HD):
        drawing = Drawing(PatternConfig(barcode=True), size=size, fps=30)
        drawing.prepare()
        began = time.perf_counter()
        for tick in range(300):
            drawing.draw(tick, now)
        spent = (time.perf_counter() - began) / 300
        print(f"{f'simulated camera {size}':34} {spent * 1000:6.2f} ms/frame")


def main() -> None:
    """Print all lines; the first argument is the number of seconds of each clip."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    threads = [int(sys.argv[2])] if len(sys.argv) > 2 else [pictures.DECODER_THREADS]
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(seconds):
            path = write_clip(Path(folder) / f"clip.{case.suffix}", case.spec)
            for count in threads:
                pictures.DECODER_THREADS = count
                asyncio.run(measure(case, path))
            if case.name == "720p30 H.264":
                measure_import(path, seconds)
    measure_drawing()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{'largest resident size':34} {peak / 1024:6.0f} MiB")


if __name__ == "__main__":
    main()
