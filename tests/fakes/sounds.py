"""Sounds for tests: tones, noise, files, chunks of a program."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.media import SAMPLE_RATE_HZ, AudioChunk

Wave = NDArray[np.float32]
TICK = 1600


def tone(
    seconds: float, *, hertz: float = 440.0, peak: float = 0.25, rate_hz: int = 16_000
) -> Wave:
    """A sine, float32 [n]."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    return (peak * np.sin(2 * np.pi * hertz * at)).astype(np.float32)


def noise(seconds: float, *, rms: float = 0.1, seed: int = 1, rate_hz: int = 16_000) -> Wave:
    """White noise, float32 [n]."""
    drawn = np.random.default_rng(seed).standard_normal(round(seconds * rate_hz))
    return (drawn * rms).astype(np.float32)


def finer(sound: Wave, times: int = 3) -> Wave:
    """The same sound at a rate so many times higher; every such sample is one of the old."""
    spectrum = np.fft.rfft(sound)
    return (np.fft.irfft(spectrum, len(sound) * times) * times).astype(np.float32)


def write_wav(path: Path, sound: Wave, *, rate_hz: int, channels: int = 1, width: int = 2) -> Path:
    """A WAV file whose channels are all the same."""
    full = 2 ** (8 * width - 1) - 1
    whole = np.rint(np.clip(sound, -1, 1) * full).astype(np.int64)
    if width == 1:
        whole += 128
    line = np.repeat(whole, channels)
    content = line.astype({1: "u1", 2: "<i2", 4: "<i4"}[width]).tobytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(rate_hz)
        file.writeframes(content)
    return path


def program(sound: Wave, *, began_s: float = 0.0) -> list[AudioChunk]:
    """Sound of 48 kHz as the mixer gives it: ticks of 1600 stereo samples, on the grid."""
    return [
        AudioChunk(
            at,
            began_s + at / SAMPLE_RATE_HZ,
            np.repeat(sound[at : at + TICK, None], 2, axis=1),
        )
        for at in range(0, len(sound) - TICK + 1, TICK)
    ]


def loudness(pcm: NDArray[np.int16]) -> float:
    """Root mean square, full scale 1."""
    return float(np.sqrt(np.mean((pcm / 32768.0) ** 2)))
