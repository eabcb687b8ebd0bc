"""Every encoder that is here, side by side: time, bytes, IDRs, bit rates, memory.

    python -m tests.bench.bench_encoders [--size 1280x720] [--kbps 2500] [--frames 300] [--soak N]

The codecs take turns, frame by frame, so that a busy machine is as busy for each. Pictures travel
under fresh noise. Printed: ms of processor time a frame, which a busy machine leaves much as it is,
in this process and in the codec's own; ms a frame by the clock (p50, p95) and of an IDR that was
asked for, how many frames after the request it came, bytes of an IDR and of the rest, kbit/s
against what was asked, over the third and fourth second after a change, by the stream's clock; with
`--soak` growth of memory over so many small frames. "simulated" is a driver of wood: libx264 behind
the ioctls of V4L2.
"""

import argparse
import os
import statistics
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from node.board.videokernel import LinuxKernel
from node.encode.codec import VideoCodec
from node.encode.gstreamer import Gstreamer
from node.encode.headroom import moving_pictures
from node.encode.v4l2m2m import V4l2M2m, find_encoder
from node.encode.x264 import X264
from node.errors import DeviceError
from node.media import Frame, Pixels, Pts90k, Rendition, Size
from tests.fakes.m2m_driver import SimulatedM2m

FPS = 30
IDR_EVERY = 45
SETTLE = 60
"""Frames after a change before its bit rate is measured: two seconds."""
NOISE = 10


@dataclass
class Run:
    """One codec and what it did."""

    name: str
    codec: VideoCodec
    cpu_s: float = 0.0
    ms: list[float] = field(default_factory=list)
    idr_ms: list[float] = field(default_factory=list)
    late: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    idr_sizes: list[int] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    asked_at: int | None = None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--kbps", type=int, default=2500)
    parser.add_argument("--frames", type=int, default=300)
    parser.add_argument("--soak", type=int, default=0)
    asked = parser.parse_args()
    width, height = map(int, asked.size.split("x"))
    rendition = Rendition(Size(width, height), FPS, asked.kbps)
    pictures = busy(rendition.size)
    runs = made(rendition)
    print(f"{asked.size}@{FPS}, {asked.kbps} kbit/s, {asked.frames} frames each, taking turns")
    began_s = [_others_cpu_s(run.codec) for run in runs]
    steady(runs, pictures, asked.frames)
    for run, began in zip(runs, began_s, strict=True):
        run.cpu_s += _others_cpu_s(run.codec) - began
    rates(runs, pictures, asked.frames, asked.kbps)
    for run in runs:
        run.codec.close()
        print(line(run))
    if asked.soak:
        for run in made(Rendition(Size(64, 64), FPS, 300)):
            print(f"{run.name}: {soak(run.codec, asked.soak)} in {asked.soak} frames of 64x64")
            run.codec.close()


def made(rendition: Rendition) -> list[Run]:
    """Every codec of this machine, and the simulated driver."""
    codecs: dict[str, VideoCodec] = {
        f"libx264/{preset}, {threads} thread{'s' * (threads > 1)}": X264(
            rendition, preset=preset, threads=threads, why="a bench"
        )
        for preset, threads in (("ultrafast", 1), ("superfast", 1), ("superfast", 2))
    }
    codecs["v4l2m2m, simulated (libx264/ultrafast)"] = V4l2M2m(
        rendition, path="/dev/video11", why="a bench", kernel=SimulatedM2m()
    )
    path, _ = find_encoder(LinuxKernel())
    if path:
        codecs[f"v4l2m2m/{path}"] = V4l2M2m(rendition, path=path, why="a bench")
    for element in ("nvv4l2h264enc", "x264enc", "openh264enc"):
        codec = Gstreamer(rendition, element=element, why="a bench")
        try:
            codec.open()
        except DeviceError as error:
            print(f"not here: {error}")
            continue
        codecs[codec.name] = codec
    return [Run(name, codec) for name, codec in codecs.items()]


def busy(size: Size) -> list[Pixels]:
    """Travelling pictures under fresh noise."""
    noise = np.random.default_rng(3)
    pictures = [picture.copy() for picture in moving_pictures(size) for _ in range(2)]
    for picture in pictures:
        picture[: size.height] += noise.integers(0, NOISE, (size.height, size.width), np.uint8)
    return pictures


def steady(runs: list[Run], pictures: list[Pixels], frames: int) -> None:
    """Encode in turns, an IDR asked for now and then."""
    for number in range(frames):
        for run in runs:
            _step(run, pictures, number, is_asked=number % IDR_EVERY == IDR_EVERY - 1)


def _step(run: Run, pictures: list[Pixels], number: int, *, is_asked: bool) -> None:
    frame = Frame(Pts90k(number * 90_000 // FPS), 0.0, pictures[number % len(pictures)])
    if is_asked:
        run.asked_at = number
    start, cpu_s = time.perf_counter(), time.process_time()
    units = run.codec.encode(frame, is_asked)
    took_ms = (time.perf_counter() - start) * 1000
    run.cpu_s += time.process_time() - cpu_s
    (run.idr_ms if is_asked else run.ms).append(took_ms)
    for unit in units:
        (run.idr_sizes if unit.is_idr else run.sizes).append(len(unit.payload))
        if unit.is_idr and run.asked_at is not None:
            run.late.append(unit.pts * FPS // 90_000 - run.asked_at)
            run.asked_at = None


def rates(runs: list[Run], pictures: list[Pixels], begin: int, kbps: int) -> None:
    """What comes out in the third and fourth second after a change, in per cent of the request."""
    number = begin
    for asked in (kbps, kbps // 2, kbps * 9 // 10):
        for run in runs:
            run.codec.set_bitrate(asked)
            sizes: list[int] = []
            for at in range(number, number + 2 * SETTLE):
                frame = Frame(Pts90k(at * 90_000 // FPS), 0.0, pictures[at % len(pictures)])
                sizes += [len(unit.payload) for unit in run.codec.encode(frame, force_idr=False)]
            late = sizes[-SETTLE:]
            rate = sum(late) * 8 * FPS / len(late) / 1000
            run.rates.append(f"{rate / asked:.0%}")
        number += 2 * SETTLE


def line(run: Run) -> str:
    """One codec's figures."""
    spread = statistics.quantiles(run.ms[5:], n=20)
    cpu_ms = run.cpu_s * 1000 / (len(run.ms) + len(run.idr_ms))
    return (
        f"{run.name}: processor {cpu_ms:.1f} ms a frame,"
        f" by the clock {statistics.median(run.ms[5:]):.1f} (p95 {spread[-1]:.1f}),"
        f" IDR {statistics.median(run.idr_ms):.1f} ms, {max(run.late)} frames after it was asked"
        f" for, {statistics.median(run.idr_sizes) / 1000:.0f} kB;"
        f" others {statistics.median(run.sizes) / 1000:.1f} kB; rates {', '.join(run.rates)}"
    )


def _others_cpu_s(codec: VideoCodec) -> float:
    """Processor time of the process in which the codec works, if that is another."""
    if not isinstance(codec, Gstreamer) or not codec.pid:
        return 0.0
    fields = Path(f"/proc/{codec.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def soak(codec: VideoCodec, frames: int) -> str:
    """Growth of resident memory, of this process and of the codec's own."""
    pictures = moving_pictures(Size(64, 64))
    before = 0
    for number in range(frames + 300):
        if number == 300:  # buffers are warm
            before = _resident_kib(codec)
        frame = Frame(Pts90k(number * 3000), 0.0, pictures[number % len(pictures)])
        codec.encode(frame, force_idr=number % 300 == 0)
    return f"{_resident_kib(codec) - before:+d} KiB"


def _resident_kib(codec: VideoCodec) -> int:
    pids = [os.getpid(), *([codec.pid] if isinstance(codec, Gstreamer) else [])]
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


if __name__ == "__main__":
    main()
