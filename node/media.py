"""What flows through the node: frames, access units, sound, and the invariants they carry."""

import math
from dataclasses import dataclass
from typing import NewType

import numpy as np
from numpy.typing import NDArray
from typing_extensions import override

Pts90k = NewType("Pts90k", int)
"""Program time in ticks of 90 kHz, from the first program frame; rises strictly."""

SAMPLE_RATE_HZ = 48_000
"""The rate of every sound inside the program."""

Pixels = NDArray[np.uint8]
"""I420, uint8 [height * 3 / 2, width], BT.709 limited range (16..235)."""

Samples = NDArray[np.float32]
"""Stereo sound, float32 [n, 2], 48 kHz, full scale ±1."""

SPEECH_RATE_HZ = 16_000
"""The rate of everything that is listened to."""

Pcm = NDArray[np.int16]
"""Mono sound to be listened to, int16 [n], 16 kHz."""


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, both even (I420 subsamples by two)."""

    width: int
    height: int

    @override
    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One raw picture.

    `pts` is program time for a program frame, capture time on the source's own clock otherwise.
    `captured_s` is `loop.time()` when the picture came into being. A frame is not written to
    after it was handed on, and nobody keeps one beyond its tick except as a copy.
    """

    pts: Pts90k
    captured_s: float
    pixels: Pixels

    def i420(self) -> Pixels:
        """The picture, uint8 [height * 3 / 2, width]."""
        return self.pixels

    @property
    def size(self) -> Size:
        """Size of the picture."""
        rows, width = self.pixels.shape
        return Size(width, rows * 2 // 3)


@dataclass(frozen=True, slots=True, eq=False)
class AccessUnit:
    """One coded picture: Annex B, never empty; an IDR carries its SPS and PPS."""

    pts: Pts90k
    captured_s: float
    is_idr: bool
    payload: bytes


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A piece of sound: float32 [n, 2], 48 kHz; `pts_48k` counts samples from program start."""

    pts_48k: int
    captured_s: float
    samples: Samples


@dataclass(frozen=True, slots=True, eq=False)
class SpeechChunk:
    """A piece of what the microphone hears: int16 [n], 16 kHz mono.

    `at_16k` counts samples since the microphone opened; a jump means that some were lost.
    `captured_s` is `loop.time()` when its last sample was heard.
    """

    at_16k: int
    captured_s: float
    pcm: Pcm


@dataclass(frozen=True, slots=True, eq=False)
class OpusPacket:
    """20 ms of coded sound (960 samples at 48 kHz), never empty."""

    pts_48k: int
    captured_s: float
    payload: bytes


@dataclass(frozen=True, slots=True, eq=False)
class Overlay:
    """A drawn picture ready to be laid over a program frame at `x`, `y` (both even, px).

    The colour planes are already multiplied by coverage, so that the mixer computes
    `out = (below * (256 - coverage) + colour) / 256` on the damaged region only.
    `luma`, `coverage`: uint16 [h, w]; `chroma_u`, `chroma_v`, `coverage_half`: uint16 [h/2, w/2];
    h and w even; coverage 0..256.
    """

    x: int
    y: int
    luma: NDArray[np.uint16]
    coverage: NDArray[np.uint16]
    chroma_u: NDArray[np.uint16]
    chroma_v: NDArray[np.uint16]
    coverage_half: NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding of the program: its size, frame rate and bit rate."""

    size: Size
    fps: int
    bitrate_kbps: int


def samples_per_frame(fps: int) -> int:
    """Samples of 48 kHz sound in one program frame; `fps` divides 48 000."""
    return SAMPLE_RATE_HZ // fps


def house_sync(now_s: float, fps: int) -> float:
    """The next instant of the node's own frame grid: whole multiples of 1 / fps of `loop.time()`.

    Drawn sources tick on it and the program a little after them, as studio gear locks to one
    sync; a picture then waits milliseconds for its tick, not up to a frame.
    """
    return math.ceil(now_s * fps) / fps


def planes(pixels: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Views of Y [h, w], U [h/2, w/2] and V [h/2, w/2] of an I420 picture; no copy."""
    rows, width = pixels.shape
    height = rows * 2 // 3
    chroma = pixels[height:].reshape(2, height // 2, width // 2)
    return pixels[:height], chroma[0], chroma[1]


def black(size: Size) -> Pixels:
    """A new picture of limited-range black."""
    pixels = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
    pixels[: size.height] = 16
    return pixels
