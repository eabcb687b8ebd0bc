"""Times the mixer's arithmetic, each beside a named alternative in the same run.

    python -m tests.bench.bench_pixels

The alternatives: numpy in float32 as one would write it first; FFmpeg's filters `blend`,
`overlay` and `scale` through PyAV, fed and drained frame by frame as the mixer would have to.
Prints medians in milliseconds; a tick at 30 fps is 33.3 ms.
"""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction

import av
import numpy as np
from av.filter import Graph
from av.filter.context import FilterContext

from node.graphics.card import CardFace, card_clock, draw_card
from node.graphics.countdown import draw_clock
from node.graphics.strip import StripFace, draw_strip, strip_clock
from node.media import Overlay, Pixels, Samples, Size, planes
from node.program import pixels
from node.program.limiter import Limiter
from node.program.scene import compose
from node.program.sound import SoundMixer

ROUNDS, WARM_UP = 60, 5
NUMPY = "numpy float32"
TICK = 1600
LOCALES = ("zh", "en")
Rows = Iterator[tuple[str, float, str, float]]
"""What, our ms, the alternative, its ms."""

CARD = CardFace(
    title={"zh": "山泉手作陶瓷保温杯", "en": "Hand-glazed travel cup"},
    price={"zh": "¥129.00", "en": "CN¥129.00"},
    badge={"zh": "镇店之选", "en": "House pick"},
)


def median_ms(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    spent: list[float] = []
    for _ in range(rounds + WARM_UP):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent[WARM_UP:]) * 1e3


def noise(seed: int, size: Size) -> Pixels:
    drawn = np.random.default_rng(seed)
    return drawn.integers(16, 236, (size.height * 3 // 2, size.width), dtype=np.uint8)


# The alternatives in numpy, float32.


def float_dissolve(a: Pixels, b: Pixels, weight: float) -> Pixels:
    mixed = a.astype(np.float32) * (1 - weight) + b.astype(np.float32) * weight
    return np.rint(mixed).astype(np.uint8)


def float_blend(canvas: Pixels, overlay: Overlay) -> None:
    parts = (
        (overlay.luma, overlay.coverage, overlay.x, overlay.y),
        (overlay.chroma_u, overlay.coverage_half, overlay.x // 2, overlay.y // 2),
        (overlay.chroma_v, overlay.coverage_half, overlay.x // 2, overlay.y // 2),
    )
    for plane, (colour, coverage, x, y) in zip(planes(canvas), parts, strict=True):
        region = plane[y : y + colour.shape[0], x : x + colour.shape[1]]
        alpha = coverage.astype(np.float32) / 256
        region[...] = (region * (1 - alpha) + colour.astype(np.float32) / 256).astype(np.uint8)


def float_half(picture: Pixels) -> list[Pixels]:
    return [
        plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2)
        .mean(axis=(1, 3), dtype=np.float32)
        .astype(np.uint8)
        for plane in planes(picture)
    ]


# The alternatives in FFmpeg.


def video(pixels: Pixels) -> Callable[[], av.VideoFrame]:
    return lambda: av.VideoFrame.from_ndarray(pixels, format="yuv420p")


def translucent(size: Size) -> Callable[[], av.VideoFrame]:
    frame = av.VideoFrame(size.width, size.height, "yuva420p")
    return lambda: frame


class Filtered:
    """A filter of FFmpeg with its buffers: one frame in at each input, one out.

    It holds the graph: PyAV frees it under its contexts otherwise.
    """

    def __init__(self, chain: str, *inputs: Callable[[], av.VideoFrame]) -> None:
        self._graph, self._inputs, self._count = Graph(), inputs, itertools.count()
        self._sources = [self._buffer(make()) for make in inputs]
        name, _, options = chain.partition("=")
        middle, self._sink = self._graph.add(name, options), self._graph.add("buffersink")
        for index, source in enumerate(self._sources):
            source.link_to(middle, 0, index)
        middle.link_to(self._sink)
        self._graph.configure()

    def __call__(self) -> Pixels:
        pts = next(self._count)
        for source, make in zip(self._sources, self._inputs, strict=True):
            frame = make()
            frame.pts = pts
            source.push(frame)
        made = self._sink.pull()
        assert isinstance(made, av.VideoFrame)
        return made.to_ndarray()

    def _buffer(self, frame: av.VideoFrame) -> FilterContext:
        return self._graph.add_buffer(
            width=frame.width,
            height=frame.height,
            format=frame.format.name,
            time_base=Fraction(1, 30),
        )


def dissolve_rows(size: Size) -> Rows:
    a, b = noise(1, size), noise(2, size)
    out = np.empty_like(a)
    mixed = Filtered("blend=all_mode=normal:all_opacity=0.4", video(a), video(b))
    ours = median_ms(lambda: pixels.dissolve(a, b, 102, out))
    yield "dissolve", ours, NUMPY, median_ms(lambda: float_dissolve(a, b, 0.4), 20)
    yield "dissolve", ours, "FFmpeg blend", median_ms(mixed)


def card_rows(size: Size) -> Rows:
    canvas = noise(1, size)
    card = draw_card(CARD, size=size, locales=("zh", "en"))
    sheet = Size(card.luma.shape[1], card.luma.shape[0])
    laid = Filtered(f"overlay=x={card.x}:y={card.y}", video(noise(1, size)), translucent(sheet))
    ours = median_ms(lambda: pixels.blend(canvas, card))
    theirs = median_ms(lambda: float_blend(canvas, card))
    yield f"card {sheet}", ours, NUMPY, theirs
    yield f"card {sheet}", ours, "FFmpeg overlay", median_ms(laid)
    yield "card, rising", median_ms(lambda: pixels.blend(canvas, card, 100)), NUMPY, theirs


def countdown_rows(size: Size) -> Rows:
    """What a countdown costs: each tick, each second, and what redrawing the card would."""
    canvas = noise(1, size)
    face = replace(CARD, is_offer=True, left={"zh": "还剩 18 套", "en": "18 sets left"})
    strip = draw_strip(StripFace(CARD.title, CARD.price, face.left), size=size, locales=LOCALES)
    clocks = [draw_clock(second, strip_clock(size)) for second in range(60)]
    seconds = itertools.count()
    redrawn = median_ms(lambda: draw_card(face, size=size, locales=LOCALES), 10)
    name = "Pillow, whole card"
    yield (
        "countdown, each second",
        median_ms(lambda: draw_clock(next(seconds), card_clock(size))),
        name,
        redrawn,
    )
    yield "clock, each tick", median_ms(lambda: pixels.blend(canvas, clocks[0])), name, redrawn
    yield "strip, each tick", median_ms(lambda: pixels.blend(canvas, strip)), name, redrawn


def layout_rows(size: Size) -> Rows:
    a, b = noise(1, size), noise(2, size)
    out, small = np.empty_like(a), pixels.half(a)
    scaled = Filtered(f"scale={size.width // 2}:{size.height // 2}:flags=area", video(a))
    ours = median_ms(lambda: pixels.half(a, small))
    yield "half", ours, NUMPY, median_ms(lambda: float_half(a), 20)
    yield "half", ours, "FFmpeg scale", median_ms(scaled)
    copied = median_ms(lambda: np.copyto(out, a))
    yield "full", median_ms(lambda: compose("full", a, b, out)), "np.copyto", copied
    yield "pip", median_ms(lambda: compose("pip", a, b, out)), "np.copyto", copied
    twice = median_ms(lambda: (scaled(), scaled()))
    yield "side", median_ms(lambda: compose("side", a, b, out)), "FFmpeg scale, two", twice
    mean = median_ms(lambda: out[: size.height].mean() < pixels.BLACK_LUMA_MAX)
    yield "is_black", median_ms(lambda: pixels.is_black(a)), "mean of all luma", mean


def sound_rows() -> Rows:
    loud = np.random.default_rng(1).standard_normal((TICK, 2)).astype(np.float32)
    quiet: Samples = loud * np.float32(0.05)
    limiter, resting, mixer = Limiter(), Limiter(), SoundMixer(30)
    ffmpeg = Graph()
    source = ffmpeg.add_abuffer(
        sample_rate=48_000, format="flt", layout="stereo", time_base=Fraction(1, 48_000)
    )
    middle, sink = ffmpeg.add("alimiter", "limit=0.891:level=0"), ffmpeg.add("abuffersink")
    source.link_to(middle)
    middle.link_to(sink)
    ffmpeg.configure()
    count = itertools.count()

    def alimiter() -> None:
        frame = av.AudioFrame.from_ndarray(loud.reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate, frame.pts = 48_000, next(count) * TICK
        source.push(frame)
        sink.pull()

    other = median_ms(alimiter)
    name = "FFmpeg alimiter"
    yield "limiter, at work", median_ms(lambda: limiter.limit(loud)), name, other
    yield "limiter, at rest", median_ms(lambda: resting.limit(quiet)), name, other
    both = {"clip": loud, "live": quiet}
    yield "mix of two", median_ms(lambda: mixer.mix(both)), name, other


def main() -> None:
    """Print one line for each measurement."""
    for size in (Size(1280, 720), Size(1920, 1080)):
        print(f"\npictures {size}, median of {ROUNDS}, ms")
        show(itertools.chain(dissolve_rows(size), card_rows(size)))
        show(itertools.chain(countdown_rows(size), layout_rows(size)))
    print(f"\nsound, {TICK} stereo samples (30 fps), median of {ROUNDS}, ms")
    show(sound_rows())


def show(rows: Rows) -> None:
    for what, ours, other, theirs in rows:
        print(f"  {what:<22} {ours:8.3f}   {other:<18} {theirs:8.3f}  x{theirs / ours:.1f}")


if __name__ == "__main__":
    main()
