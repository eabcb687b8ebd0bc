"""Shapes of sound: noise, plucks, bells, envelopes, filters; float32 [n] mono at 48 kHz."""

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float32]

RATE_HZ = 48_000


def samples(seconds: float) -> int:
    """Whole samples in `seconds`."""
    return round(seconds * RATE_HZ)


def resampled(pcm: Sound, from_hz: int, to_hz: int) -> Sound:
    """`pcm` at another rate, band-limited by its spectrum."""
    if from_hz == to_hz:
        return pcm
    count = round(len(pcm) * to_hz / from_hz)
    spectrum = np.fft.rfft(pcm)
    kept = np.zeros(count // 2 + 1, np.complex128)
    bins = min(len(kept), len(spectrum))
    kept[:bins] = spectrum[:bins]
    return (np.fft.irfft(kept, count) * (count / len(pcm))).astype(np.float32)


def band(pcm: Sound, low_hz: float, high_hz: float) -> Sound:
    """`pcm` with what lies outside the band rolled off smoothly (a fourth-order slope)."""
    hz = np.fft.rfftfreq(len(pcm), 1 / RATE_HZ)
    with np.errstate(divide="ignore"):
        gain = 1 / (1 + (low_hz / hz) ** 4) / (1 + (hz / high_hz) ** 4)
    return np.fft.irfft(np.fft.rfft(pcm) * gain, len(pcm)).astype(np.float32)


def noise(seconds: float, rng: np.random.Generator) -> Sound:
    """White noise of unit variance."""
    return rng.standard_normal(samples(seconds)).astype(np.float32)


def clock(seconds: float) -> Sound:
    """The time in seconds of each sample."""
    return (np.arange(samples(seconds)) / RATE_HZ).astype(np.float32)


def fade(pcm: Sound, rise_s: float, fall_s: float) -> Sound:
    """`pcm` eased in and out."""
    shaped = pcm.copy()
    rise, fall = samples(rise_s), samples(fall_s)
    shaped[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise, dtype=np.float32)) ** 2
    if fall:
        shaped[-fall:] *= np.cos(np.linspace(0, np.pi / 2, fall, dtype=np.float32)) ** 2
    return shaped


def pluck(hz: float, seconds: float, rng: np.random.Generator, *, bright: float = 0.5) -> Sound:
    """A plucked string after Karplus and Strong, in blocks of one period."""
    period = round(RATE_HZ / hz)
    string: Sound = rng.uniform(-1, 1, period).astype(np.float32)
    for _ in range(round(3 - 2 * bright)):
        string = _softer(string, np.float32(0))
    out = np.empty(samples(seconds) // period * period + period, np.float32)
    damping = np.float32(0.5 ** (1 / (hz * (0.22 + 90 / hz))))
    for start in range(0, len(out), period):
        out[start : start + period] = string
        string = damping * _softer(string, np.float32(bright))
        string -= string.mean()
    return fade(out[: samples(seconds)], 0.002, min(0.2, seconds / 3))


def _softer(string: Sound, bright: np.float32) -> Sound:
    return bright * string + (1 - bright) * np.float32(0.5) * (string + np.roll(string, 1))


def bell(hz: float, seconds: float) -> Sound:
    """A struck bell: partials that are not harmonic, the high ones dying first."""
    time = clock(seconds)
    partials = ((1.0, 1.0, 2.2), (2.01, 0.5, 3.6), (2.99, 0.3, 5.0), (5.43, 0.16, 9.0))
    tone = sum(a * np.exp(-d * time) * np.sin(2 * np.pi * hz * m * time) for m, a, d in partials)
    return fade(np.asarray(tone / 2, np.float32), 0.002, 0.05)


def pad(chord_hz: tuple[float, ...], seconds: float) -> Sound:
    """A soft held chord: three slightly detuned voices a note, few overtones."""
    time = clock(seconds)
    tone = np.zeros_like(time)
    for hz in chord_hz:
        for cents in (-5, 0, 6):
            phase = 2 * np.pi * hz * 2 ** (cents / 1200) * time
            tone += np.sin(phase) + 0.3 * np.sin(2 * phase) + 0.08 * np.sin(3 * phase)
    swell = 0.85 + 0.15 * np.sin(2 * np.pi * 0.4 * time)
    return fade(np.asarray(tone * swell / (5 * len(chord_hz)), np.float32), 0.5, 0.6)


def room(pcm: Sound, rng: np.random.Generator, *, tail_s: float, wet: float) -> Sound:
    """`pcm` in a room of exponentially dying noise, `tail_s` longer than before."""
    dying = noise(tail_s, rng) * np.exp(-6.9 * clock(tail_s) / tail_s)
    tail = band(np.asarray(dying, np.float32), 200, 5_000)
    tail /= np.sqrt(np.sum(tail**2))
    size = len(pcm) + len(tail)
    wave = np.fft.irfft(np.fft.rfft(pcm, size) * np.fft.rfft(tail, size), size)
    echo: Sound = np.asarray(wave, np.float32) * np.float32(wet)
    echo[: len(pcm)] += pcm
    return echo
