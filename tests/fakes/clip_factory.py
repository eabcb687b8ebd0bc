"""Writes small test clips whose pictures carry their own number and whose sound clicks.

Each picture shows its number as 16 luma blocks (bit 0 leftmost) in the middle of its height, so
that a test can say which picture a program frame shows after any scaling, letterboxing or loss.
Every full second of media time a click (10 ms, 1 kHz, peak `level`) begins in the sound.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from node.media import Pixels

BITS = 16
BRIGHT, DARK = 200, 50
THRESHOLD = 125
CLICK_S = 0.01
CLICK_HZ = 1000


@dataclass(frozen=True)
class ClipSpec:
    """What to write; times in seconds of media time."""

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
    interlaced: bool = False


def write_clip(path: Path, spec: ClipSpec) -> Path:
    """Write the clip; the container follows the name's suffix."""
    with av.open(str(path), "w") as container:
        picture = container.add_stream(spec.codec, rate=spec.fps, options=dict(spec.options))
        assert isinstance(picture, av.VideoStream)
        picture.width, picture.height = spec.width, spec.height
        picture.pix_fmt = spec.pixel_format
        picture.gop_size, picture.max_b_frames = spec.gop, spec.b_frames
        clock = Fraction(1, 90_000) if spec.times is not None else 1 / spec.fps
        picture.codec_context.time_base = clock
        if spec.sample_aspect is not None:
            picture.codec_context.sample_aspect_ratio = spec.sample_aspect
        if spec.colorspace is not None:
            picture.colorspace = spec.colorspace
        if spec.color_range is not None:
            picture.color_range = spec.color_range
        if spec.degrees:
            picture.set_display_rotation(spec.degrees)
        sound = None
        if spec.audio is not None:
            sound = container.add_stream(spec.audio, rate=spec.audio_rate, layout=spec.layout)
            assert isinstance(sound, av.AudioStream)
        sounds = _sounds(spec) if sound is not None else iter(())
        waiting = next(sounds, None)
        for frame, time_s in _pictures(spec, clock):
            while sound is not None and waiting is not None and float(waiting.time) <= time_s:
                container.mux(sound.encode(waiting))
                waiting = next(sounds, None)
            container.mux(picture.encode(frame))
        while sound is not None and waiting is not None:
            container.mux(sound.encode(waiting))
            waiting = next(sounds, None)
        container.mux(picture.encode(None))
        if sound is not None:
            container.mux(sound.encode(None))
    return path


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


def _pictures(spec: ClipSpec, clock: Fraction) -> Iterator[tuple[av.VideoFrame, float]]:
    times = spec.times
    if times is None:
        times = [float(n / spec.fps) for n in range(round(spec.seconds * spec.fps))]
    for number, time_s in enumerate(times):
        frame = _picture(spec, number)
        frame.time_base = clock
        frame.pts = round((time_s + spec.picture_delay_s) / clock)
        yield frame, time_s + spec.picture_delay_s


def _picture(spec: ClipSpec, number: int) -> av.VideoFrame:
    luma = np.full((spec.height, spec.width), 90, np.uint8)
    for bit in range(BITS):
        left, right = bit * spec.width // BITS, (bit + 1) * spec.width // BITS
        value = BRIGHT if number >> bit & 1 else DARK
        luma[spec.height // 4 : spec.height * 3 // 4, left:right] = value
    i420 = np.full((spec.height * 3 // 2, spec.width), 128, np.uint8)
    i420[: spec.height] = luma
    frame = av.VideoFrame.from_ndarray(i420, format="yuv420p")
    if spec.pixel_format not in {"yuv420p", "yuvj420p"}:
        frame = frame.reformat(format=spec.pixel_format)
    return frame


def _sounds(spec: ClipSpec) -> Iterator[av.AudioFrame]:
    seconds = spec.seconds if spec.times is None else spec.times[-1]
    total = round((spec.audio_seconds or seconds) * spec.audio_rate)
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
        yield frame
