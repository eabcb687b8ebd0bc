"""Writes small test clips whose pictures carry their own number and whose sound clicks.

Each picture shows its number as 16 luma blocks (bit 0 leftmost) in the middle of its height, so
that a test can say which picture a program frame shows after any scaling, letterboxing or loss.
Every full second of media time a click (10 ms, 1 kHz, peak `level`) begins in the sound.
"""

import heapq
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import numpy as np
from av.container import OutputContainer
from numpy.typing import NDArray

from node.media import Pixels, Size, black, planes

Packets: TypeAlias = "list[av.Packet[av.VideoStream]] | list[av.Packet[av.AudioStream]]"

os.environ.setdefault("SVT_LOG", "0")  # else the AV1 encoder writes its life story to stderr

BITS = 16
BRIGHT, DARK = 200, 50
THRESHOLD = 125
CLICK_S = 0.01
CLICK_HZ = 1000


@dataclass(frozen=True)
class ClipSpec:
    """What to write; `times`: media time in s of each picture, instead of an even rate."""

    codec: str = "libx264"
    width: int = 320
    height: int = 180
    fps: Fraction = Fraction(30)
    seconds: float = 2.0
    times: Sequence[float] | None = None
    pixel_format: str = "yuv420p"
    gop: int = 12
    b_frames: int = 2
    options: dict[str, str] = field(default_factory=lambda: {"preset": "ultrafast"})
    audio: str | None = "aac"
    audio_rate: int = 48_000
    layout: str = "stereo"
    level: float = 0.5
    hum: float = 0.0
    """Peak of a steady 1 kHz tone under the clicks."""
    audio_seconds: float | None = None
    picture_delay_s: float = 0.0
    audio_delay_s: float = 0.0
    degrees: int = 0
    sample_aspect: Fraction | None = None
    colorspace: int | None = None
    color_range: int | None = None
    colour: tuple[int, int] = (128, 128)
    """Chroma U and V of every picture."""

    @property
    def clock(self) -> Fraction:
        """The unit of the pictures' timestamps."""
        return 1 / self.fps if self.times is None else Fraction(1, 90_000)

    @property
    def stamps(self) -> list[float]:
        """Media time of each picture."""
        if self.times is not None:
            return list(self.times)
        return [float(n / self.fps) for n in range(round(self.seconds * self.fps))]


@contextmanager
def _own_priority() -> Iterator[None]:
    """What this thread was to the machine's scheduler, it is again afterwards.

    As root, SVT-AV1 makes the thread that opens it real-time (SCHED_FIFO 99), and whatever that
    starts later: a browser that waits for itself then stops the whole machine.
    """
    policy, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, policy, parameters)


def write_clip(path: Path, spec: ClipSpec) -> Path:
    """Write the clip, the same bytes on any machine; the container follows the name's suffix."""
    with _own_priority(), av.open(str(path), "w", options={"fflags": "bitexact"}) as container:
        picture = _picture_stream(container, spec)
        frames: list[Iterator[tuple[float, Packets]]] = [
            ((time_s, picture.encode(frame)) for frame, time_s in _pictures(spec))
        ]
        if spec.audio is not None:
            sound = container.add_stream(spec.audio, rate=spec.audio_rate, layout=spec.layout)
            assert isinstance(sound, av.AudioStream)
            frames.append((time_s, sound.encode(frame)) for frame, time_s in _sounds(spec))
        for _, packets in heapq.merge(*frames, key=lambda timed: timed[0]):
            container.mux(packets)
        for stream in container.streams.get():
            assert isinstance(stream, av.VideoStream | av.AudioStream)
            container.mux(stream.encode(None))
    return path


def _picture_stream(container: OutputContainer, spec: ClipSpec) -> av.VideoStream:
    stream = container.add_stream(spec.codec, rate=spec.fps, options=dict(spec.options))
    assert isinstance(stream, av.VideoStream)
    stream.width, stream.height = spec.width, spec.height
    stream.pix_fmt = spec.pixel_format
    stream.gop_size, stream.max_b_frames = spec.gop, spec.b_frames
    stream.codec_context.time_base = spec.clock
    stream.codec_context.thread_count = 1  # else what is written depends on the number of cores
    if spec.sample_aspect is not None:
        stream.codec_context.sample_aspect_ratio = spec.sample_aspect
    if spec.colorspace is not None:
        stream.colorspace = spec.colorspace
    if spec.color_range is not None:
        stream.color_range = spec.color_range
    if spec.degrees:
        stream.set_display_rotation(spec.degrees)
    return stream


def number_of(pixels: Pixels, box: tuple[int, int, int, int] | None = None) -> int:
    """The number shown in a program picture; `box` = x, y, width, height of the clip in it."""
    rows, width = pixels.shape
    x, y, w, h = box or (0, 0, width, rows * 2 // 3)
    line = pixels[y + h // 2 - 2 : y + h // 2 + 2, x : x + w].mean(axis=0)
    centres = ((np.arange(BITS) + 0.5) * w / BITS).astype(int)
    return int(sum(1 << bit for bit in range(BITS) if line[centres[bit]] > THRESHOLD))


def clicks_in(samples: NDArray[np.float32], threshold: float = 0.1) -> list[int]:
    """Sample numbers at which clicks begin."""
    loud = np.flatnonzero(np.abs(samples[:, 0]) > threshold)
    if not len(loud):
        return []
    starts = np.flatnonzero(np.diff(loud, prepend=-48_000) > 9_600)
    return [int(loud[start]) for start in starts]


def expected_numbers(stamps: list[float], tick_s: float, fps: int, count: int) -> list[int]:
    """Which picture each program frame shows, by searching for it."""
    early_s = 0.45 * min(tick_s, 1 / fps)
    places = np.searchsorted(stamps, np.arange(count) / fps + early_s + 1e-9, side="right") - 1
    return [int(place) for place in np.maximum(places, 0)]


def _pictures(spec: ClipSpec) -> Iterator[tuple[av.VideoFrame, float]]:
    for number, time_s in enumerate(spec.stamps):
        frame = _picture(spec, number)
        frame.time_base = spec.clock
        frame.pts = round((time_s + spec.picture_delay_s) / spec.clock)
        yield frame, time_s + spec.picture_delay_s


def _picture(spec: ClipSpec, number: int) -> av.VideoFrame:
    luma = np.full((spec.height, spec.width), 90, np.uint8)
    for bit in range(BITS):
        left, right = bit * spec.width // BITS, (bit + 1) * spec.width // BITS
        value = BRIGHT if number >> bit & 1 else DARK
        luma[spec.height // 4 : spec.height * 3 // 4, left:right] = value
    i420 = black(Size(spec.width, spec.height))
    for plane, value in zip(planes(i420)[1:], spec.colour, strict=True):
        plane[:] = value
    i420[: spec.height] = luma
    frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
    if spec.pixel_format not in {"yuv420p", "yuvj420p"}:
        frame = frame.reformat(format=spec.pixel_format)
    return frame


def _sounds(spec: ClipSpec) -> Iterator[tuple[av.AudioFrame, float]]:
    total = round((spec.audio_seconds or spec.seconds) * spec.audio_rate)
    time_s = np.arange(total) / spec.audio_rate
    wave = spec.hum * np.sin(2 * np.pi * CLICK_HZ * time_s)
    is_click = (time_s % 1.0) < CLICK_S
    wave[is_click] = spec.level * np.sin(
        2 * np.pi * CLICK_HZ * (time_s[is_click] % 1.0) + np.pi / 2
    )
    for start in range(0, total, 1024):
        piece = wave[start : start + 1024].astype(np.float32)
        channels = av.AudioLayout(spec.layout).nb_channels
        frame = av.AudioFrame.from_ndarray(
            np.repeat(piece[None, :], channels, axis=0), format="fltp", layout=spec.layout
        )
        frame.sample_rate = spec.audio_rate
        frame.time_base = Fraction(1, spec.audio_rate)
        frame.pts = start + round(spec.audio_delay_s * spec.audio_rate)
        yield frame, start / spec.audio_rate + spec.audio_delay_s
