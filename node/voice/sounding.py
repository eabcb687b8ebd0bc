"""Speech as the program takes it: trimmed, as loud as all else, 48 kHz stereo. Pure."""

from dataclasses import dataclass

import numpy as np
import soxr

from node.clips.importing import TARGET_LUFS
from node.clips.loudness import LoudnessMeter, levelling_gain_db
from node.errors import DeviceError
from node.media import SAMPLE_RATE_HZ, Samples
from node.voice.engine import Mono, Raw

SILENCE = 0.02
"""Of the peak: what is softer at both ends is not speech."""
BEFORE_S, BEHIND_S = 0.010, 0.080
"""Kept around it: an onset begins softly, a voice dies away."""
FADE_S = 0.005
PEAK = 0.95
SHORTEST_S = 0.8
"""EBU R 128 measures blocks of 400 ms, each a step of 100 ms behind the last; a shorter sound is
measured repeated."""
BLOCK = SAMPLE_RATE_HZ // 20
VERSION = "1"
"""Of what this module makes of the same raw speech; part of what the cache is keyed by."""


@dataclass(frozen=True, slots=True, eq=False)
class Trimmed:
    """Speech without the silence around it, peak 0.95, and the gain that levels it."""

    pcm: Mono
    rate_hz: int
    gain_db: float


def trimmed(raw: Raw, target_lufs: float = TARGET_LUFS) -> Trimmed:
    """Cut, faded at both ends, measured; raises `DeviceError` for what is no sound.

    Thread: not the loop's.
    """
    peak = float(np.abs(raw.pcm).max(initial=0.0))
    if not 0 < peak < np.inf:
        raise DeviceError(f"speech without sound: {len(raw.pcm)} samples, peak {peak:g}")
    loud = np.flatnonzero(np.abs(raw.pcm) > SILENCE * peak)
    first = max(0, int(loud[0]) - round(BEFORE_S * raw.rate_hz))
    pcm = raw.pcm[first : int(loud[-1]) + round(BEHIND_S * raw.rate_hz)] * (PEAK / peak)
    fade = min(round(FADE_S * raw.rate_hz), len(pcm) // 2)
    slope = np.linspace(0, 1, fade, dtype=np.float32)
    pcm[:fade] *= slope
    pcm[len(pcm) - fade :] *= slope[::-1]
    gain_db = _gain_db(_program_rate(pcm, raw.rate_hz), target_lufs)
    return Trimmed(pcm, raw.rate_hz, gain_db)


def sounding(speech: Trimmed) -> Samples:
    """Speech at the program's rate and loudness, float32 [n, 2]. Thread: not the loop's."""
    mono = _program_rate(speech.pcm, speech.rate_hz) * np.float32(10 ** (speech.gain_db / 20))
    return np.repeat(mono[:, None], 2, axis=1)


def place_to_resume(samples: Samples, at: int) -> int:
    """Where to go on with speech that was cut at `at`: behind the pause before, 1.5 s at most.

    Half a word is not worth saying; without a pause it goes on where it was.
    """
    hop = round(0.02 * SAMPLE_RATE_HZ)
    reach = min(at, round(1.5 * SAMPLE_RATE_HZ)) // hop
    if not reach:
        return at
    blocks = np.abs(samples[at - reach * hop : at, 0]).reshape(reach, hop).max(axis=1)
    quiet = np.flatnonzero(blocks < SILENCE * float(np.abs(samples).max()))
    return at if not len(quiet) else at - (reach - int(quiet[-1])) * hop


def _program_rate(pcm: Mono, rate_hz: int) -> Mono:
    if rate_hz == SAMPLE_RATE_HZ:
        return pcm
    resampled: Mono = soxr.resample(pcm, rate_hz, SAMPLE_RATE_HZ)
    return resampled


def _gain_db(pcm: Mono, target_lufs: float) -> float:
    times = -(-round(SHORTEST_S * SAMPLE_RATE_HZ) // len(pcm))
    meter, heard = LoudnessMeter(), np.repeat(np.tile(pcm, times)[:, None], 2, axis=1)
    for start in range(0, len(heard), BLOCK):  # the meter holds the interpreter for each
        meter.feed(heard[start : start + BLOCK])
    return levelling_gain_db(meter.result(), target_lufs)
