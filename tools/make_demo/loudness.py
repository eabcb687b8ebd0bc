"""Loudness by EBU R 128, measured by FFmpeg, and the levelling to it."""

from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from tools.make_demo.wave_shapes import RATE_HZ

Stereo = NDArray[np.float32]

TARGET_LUFS = -16.0
CEILING = 10 ** (-2.0 / 20)
"""The limiter's peak; half a decibel above it is left to AAC and to what lies between samples."""


def measured(pcm: Stereo) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP of float32 [n, 2] at 48 kHz."""
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=RATE_HZ, format="flt", layout="stereo", time_base=Fraction(1, RATE_HZ)
    )
    meter = graph.add("ebur128", "metadata=1:peak=true:framelog=quiet")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    seen: dict[str, str] = {}
    for start in range(0, len(pcm), RATE_HZ):
        block = np.ascontiguousarray(pcm[start : start + RATE_HZ], np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="flt", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, start
        graph.push(frame)
        seen |= _drained(graph)
    graph.push(None)
    seen |= _drained(graph)
    peaks = [float(seen[f"lavfi.r128.true_peaks_ch{channel}"]) for channel in (0, 1)]
    return float(seen["lavfi.r128.I"]), 20 * float(np.log10(max(*peaks, 1e-9)))


def levelled(pcm: Stereo) -> Stereo:
    """`pcm` at the target, its peaks under the ceiling; thrice, for limiting costs loudness."""
    for _ in range(3):
        loudness, _peak = measured(pcm)
        pcm = _limited(pcm * np.float32(10 ** ((TARGET_LUFS - loudness) / 20)))
    return pcm


def _drained(graph: av.filter.Graph) -> dict[str, str]:
    seen: dict[str, str] = {}
    while True:
        try:
            frame = graph.pull()
        except (BlockingIOError, EOFError):
            return seen
        seen |= dict(frame.metadata)


def _limited(pcm: Stereo) -> Stereo:
    """Gain that dips over 5 ms before each peak and recovers over 60 ms."""
    hop = 48
    blocks = -(-len(pcm) // hop)
    padded = np.zeros((blocks * hop, 2), np.float32)
    padded[: len(pcm)] = np.abs(pcm)
    peak = padded.reshape(blocks, -1).max(axis=1)
    need = np.minimum(1, CEILING / np.maximum(peak, 1e-9))
    reach = np.array([np.roll(need, -shift) for shift in range(-2, 6)])
    need = reach.min(axis=0)
    gain = np.empty_like(need)
    level = 1.0
    for index, wanted in enumerate(need):
        level = min(wanted, level + (1 - level) * 0.02)
        gain[index] = level
    smooth = np.convolve(np.pad(gain, 2, mode="edge"), np.ones(5) / 5, "valid")
    smooth = np.minimum(smooth, gain)
    return pcm * np.repeat(smooth, hop)[: len(pcm), None].astype(np.float32)
