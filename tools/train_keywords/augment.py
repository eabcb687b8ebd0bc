"""Rooms, microphones, noise and levels, drawn at random, laid over clean speech."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ
from tools.train_keywords.throat import with_throat

Sound = NDArray[np.float32]
Spectrum = NDArray[np.floating]

TAIL = SPEECH_RATE_HZ // 5
"""Samples of room behind a word."""

_STRETCH = (0.86, 1.18)
_THROAT, _THROAT_OCTAVES = 0.65, 0.28
"""Share of scenes in which the resonances move by themselves, and how far: .82 to 1.21."""
_ROOM, _RT60_S = 0.4, (0.08, 0.6)
_EQ, _EQ_DB, _EQ_POINTS = 0.4, 9.0, 6
_TELEPHONE, _TELEPHONE_HZ = 0.15, (300.0, 3400.0)
_NOISE, _SNR_DB = 0.75, (0.0, 30.0)
_HISS_DBFS = (-90.0, -50.0)
_PEAK_DBFS = (-24.0, -1.0)
_RECORDED, _CROWD, _BOTH = 0.45, 0.75, 0.85
"""Upper ends of the shares of kinds of noise; the rest is coloured hiss."""
_TUNES = 0.15
_NOTES_S, _LOWEST_HZ, _SEMITONES = (0.12, 1.2), 82.0, 40
_CHORD, _OVERTONES = (1, 4), (2, 9)
_DIRECT_DB = (-3.0, 15.0)
"""Direct sound over reverberation: far away to near."""


@dataclass(frozen=True, slots=True)
class Noises:
    """Sounds to mix under speech: recordings without speech, and voices for a murmuring crowd.

    `has_tunes`: also music of drawn notes.
    """

    recordings: Sequence[Sound]
    voices: Sequence[Sound]
    has_tunes: bool = False

    def draw(self, count: int, rng: np.random.Generator) -> Sound:
        """`count` samples of noise: a recording, a crowd, a coloured hiss, or two of them."""
        if self.has_tunes and rng.random() < _TUNES:
            return tune(count, rng)
        way = rng.random()
        if way < _RECORDED and self.recordings:
            return self._recording(count, rng)
        if way < _CROWD and self.voices:
            return self._crowd(count, rng)
        if way < _BOTH and self.recordings and self.voices:
            return _unit(self._recording(count, rng)) + _unit(self._crowd(count, rng))
        return coloured(count, rng)

    def _recording(self, count: int, rng: np.random.Generator) -> Sound:
        return _cut(self.recordings[int(rng.integers(len(self.recordings)))], count, rng)

    def _crowd(self, count: int, rng: np.random.Generator) -> Sound:
        mixed = np.zeros(count, np.float32)
        for _ in range(int(rng.integers(4, 10))):
            voice = _cut(self.voices[int(rng.integers(len(self.voices)))], count, rng)
            mixed += _unit(voice) * np.float32(rng.uniform(0.3, 1))
        return in_room(mixed, float(rng.uniform(0.4, 1.0)), 0.0, rng)


def voiced(pcm: Sound, rng: np.random.Generator, *, moves_throat: bool = False) -> Sound:
    """`pcm` higher or lower, in another room, through another microphone.

    `TAIL` samples longer than the stretched speech, so that the room dies away. `moves_throat`:
    often also by a longer or shorter throat.
    """
    if moves_throat and rng.random() < _THROAT:
        pcm = with_throat(pcm, 2 ** float(rng.uniform(-_THROAT_OCTAVES, _THROAT_OCTAVES)))
    factor = float(rng.uniform(*_STRETCH))
    pcm = soxr.resample(pcm, SPEECH_RATE_HZ * factor, SPEECH_RATE_HZ, quality="MQ")
    pcm = np.pad(pcm, (0, TAIL))
    if rng.random() < _ROOM:
        pcm = in_room(pcm, float(rng.uniform(*_RT60_S)), float(rng.uniform(*_DIRECT_DB)), rng)
    if rng.random() < _EQ:
        pcm = equalised(pcm, rng)
    if rng.random() < _TELEPHONE:
        pcm = filtered(pcm, _telephone)
    return pcm


def heard(
    pcm: Sound,
    noises: Noises,
    rng: np.random.Generator,
    snr_db: tuple[float, float] | None = None,
) -> Sound:
    """`pcm` as a microphone hears it: noise, hiss, any level.

    The noise is 0-30 dB below the speech, three times in four; always where `snr_db` says how far.
    """
    if snr_db is not None or rng.random() < _NOISE:
        below_db = float(rng.uniform(*(snr_db or _SNR_DB)))
        pcm = with_noise(pcm, noises.draw(len(pcm), rng), below_db)
    peak = float(np.abs(pcm).max(initial=0.0)) or 1.0
    pcm = pcm * np.float32(10 ** (rng.uniform(*_PEAK_DBFS) / 20) / peak)
    hiss = 10 ** (rng.uniform(*_HISS_DBFS) / 20)
    return np.asarray(pcm + hiss * rng.standard_normal(len(pcm)), np.float32)


def with_noise(pcm: Sound, noise: Sound, snr_db: float) -> Sound:
    """`noise` added `snr_db` below the loud parts of `pcm`, those above -20 dB of its peak."""
    loud = pcm[np.abs(pcm) > 0.1 * np.abs(pcm).max(initial=0.0)]
    if not len(loud):
        return noise
    wanted = np.sqrt(np.mean(loud**2)) * 10 ** (-snr_db / 20)
    return np.asarray(pcm + _unit(noise) * wanted, np.float32)


def in_room(pcm: Sound, rt60_s: float, direct_db: float, rng: np.random.Generator) -> Sound:
    """`pcm` in a synthetic room, as long as before: a decaying tail behind the direct sound."""
    count = round(rt60_s * SPEECH_RATE_HZ)
    seconds = np.arange(count) / SPEECH_RATE_HZ
    tail = rng.standard_normal(count) * 10 ** (-3 * seconds / rt60_s)
    tail[: round(float(rng.uniform(0.001, 0.012)) * SPEECH_RATE_HZ)] = 0
    tail *= 10 ** (-direct_db / 20) / (np.sqrt(np.sum(tail**2)) or 1.0)
    tail[0] = 1
    size = quick_size(len(pcm) + count)
    spectrum = np.fft.rfft(pcm, size) * np.fft.rfft(tail.astype(np.float32), size)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(pcm)], np.float32)


def equalised(pcm: Sound, rng: np.random.Generator) -> Sound:
    """`pcm` through a random smooth filter, up to ±9 dB."""
    octaves = np.sort(rng.uniform(np.log2(80), np.log2(8000), _EQ_POINTS))
    gains = rng.uniform(-_EQ_DB, _EQ_DB, _EQ_POINTS)
    return filtered(pcm, lambda hz: 10 ** (np.interp(np.log2(hz + 1), octaves, gains) / 20))


def filtered(pcm: Sound, gain: Callable[[Spectrum], Spectrum]) -> Sound:
    """`pcm` with each frequency in Hz weighted by `gain`."""
    size = quick_size(len(pcm))
    weights = gain(np.fft.rfftfreq(size, 1 / SPEECH_RATE_HZ)).astype(np.float32)
    return np.asarray(np.fft.irfft(np.fft.rfft(pcm, size) * weights, size)[: len(pcm)], np.float32)


def quick_size(count: int) -> int:
    """The next length from `count` on that is quickly transformed: 8 to 16 times a power of two."""
    step = 1 << max(0, count.bit_length() - 4)
    return -(-count // step) * step


def coloured(count: int, rng: np.random.Generator) -> Sound:
    """Noise between white and brown."""
    slope = float(rng.uniform(0, 1))
    size = quick_size(count)
    spectrum = np.fft.rfft(rng.standard_normal(size).astype(np.float32))
    spectrum /= np.maximum(np.arange(len(spectrum), dtype=np.float32), 1) ** slope
    return np.asarray(np.fft.irfft(spectrum, size)[:count], np.float32)


def tune(count: int, rng: np.random.Generator) -> Sound:
    """Music of sorts: notes and chords one after the other, struck or held, over a faint hiss."""
    sound = np.zeros(count, np.float32)
    at = 0
    while at < count:
        length = round(float(rng.uniform(*_NOTES_S)) * SPEECH_RATE_HZ)
        seconds = np.arange(min(length, count - at), dtype=np.float32) / SPEECH_RATE_HZ
        swell = np.minimum(seconds / 0.01, 1) * np.exp(-seconds * float(rng.uniform(0, 8)))
        for _ in range(int(rng.integers(*_CHORD))):
            hz = _LOWEST_HZ * 2 ** (int(rng.integers(_SEMITONES)) / 12)
            slope = float(rng.uniform(0.5, 2))
            for overtone in range(1, int(rng.integers(*_OVERTONES))):
                phase = 2 * np.pi * hz * overtone * seconds + float(rng.uniform(0, 6.3))
                sound[at : at + length] += swell * np.sin(phase) / overtone**slope
        at += length
    return np.asarray(_unit(sound) + 0.1 * _unit(coloured(count, rng)), np.float32)


def _telephone(hz: Spectrum) -> Spectrum:
    low, high = _TELEPHONE_HZ
    return np.asarray(1 / (1 + (low / (hz + 1e-3)) ** 8) / (1 + (hz / high) ** 8))


def _cut(sound: Sound, count: int, rng: np.random.Generator) -> Sound:
    """`count` samples from anywhere in `sound`, which goes round."""
    first = int(rng.integers(len(sound)))
    if first + count <= len(sound):
        return sound[first : first + count]
    return np.resize(np.roll(sound, -first), count)


def _unit(sound: Sound) -> Sound:
    """`sound` at an RMS of 1."""
    return np.asarray(sound / (np.sqrt(np.mean(sound**2)) + 1e-9), np.float32)
