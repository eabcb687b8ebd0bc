"""The limiter: nothing above the ceiling, nothing lost, no distortion of steady sound."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from node.media import SAMPLE_RATE_HZ, Samples
from node.program.limiter import CEILING_DB, LATENCY_SAMPLES, Limiter

CEILING = 10 ** (CEILING_DB / 20)
TICK = 1600


def limited(samples: Samples, pieces: int = TICK) -> Samples:
    limiter = Limiter()
    parts = [limiter.limit(samples[at : at + pieces]) for at in range(0, len(samples), pieces)]
    return np.concatenate(parts)


def stereo(channel: NDArray[np.float64]) -> Samples:
    return np.repeat(channel[:, None], 2, axis=1).astype(np.float32)


def tone(frequency_hz: float, level: float, seconds: float = 1.0) -> Samples:
    times = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return stereo(level * np.sin(2 * np.pi * frequency_hz * times))


@given(seed=st.integers(0, 999), level=st.floats(0, 30), pieces=st.integers(200, 3000))
def test_no_sample_exceeds_the_ceiling(seed: int, level: float, pieces: int) -> None:
    drawn = np.random.default_rng(seed)
    noise = (drawn.standard_normal((6000, 2)) * level).astype(np.float32)
    out = limited(noise, pieces)
    assert out.shape == noise.shape
    assert np.abs(out).max() <= CEILING * (1 + 1e-6)


def test_sound_below_the_ceiling_passes_unchanged_after_the_latency() -> None:
    quiet = tone(440, 0.8)
    out = limited(quiet)
    assert np.array_equal(out[LATENCY_SAMPLES:], quiet[:-LATENCY_SAMPLES])
    assert not out[:LATENCY_SAMPLES].any()


@given(pieces=st.integers(50, 4000))
def test_any_chunking_gives_the_same_sound(pieces: int) -> None:
    loud = tone(997, 2.0, seconds=0.3)
    assert np.allclose(limited(loud, pieces), limited(loud), atol=1e-5)


@pytest.mark.parametrize("frequency_hz", [50, 100, 440, 997])
def test_a_steady_loud_tone_stays_a_tone(frequency_hz: int) -> None:
    settled = limited(tone(frequency_hz, 2.8, seconds=2))[SAMPLE_RATE_HZ:, 0]
    power = np.abs(np.fft.rfft(settled * np.hanning(len(settled)))) ** 2
    line = slice(frequency_hz - 4, frequency_hz + 5)
    distortion = power.sum() - power[line].sum()
    assert distortion / power[line].sum() < 1e-9  # -90 dB


def test_noise_up_to_20_khz_exceeds_the_ceiling_between_samples_by_0_3_db_at_most() -> None:
    count = 2 * SAMPLE_RATE_HZ
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    spectrum[np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ) > 20_000] = 0
    noise = np.fft.irfft(spectrum)
    settled = limited(stereo(noise / noise.std()))[SAMPLE_RATE_HZ:, 0]
    between = np.fft.irfft(np.fft.rfft(settled), 8 * len(settled)) * 8
    inner = np.abs(between[8000:-8000]).max()
    assert inner < CEILING * 10 ** (0.3 / 20)


def test_the_gain_comes_back_after_a_peak() -> None:
    sound = tone(440, 0.5, seconds=2)
    sound[1000] = 4.0
    out = limited(sound)
    late = slice(SAMPLE_RATE_HZ, 2 * SAMPLE_RATE_HZ)
    shifted = slice(late.start - LATENCY_SAMPLES, late.stop - LATENCY_SAMPLES)
    assert np.allclose(out[late], sound[shifted], atol=1e-6)


def test_a_loud_channel_lowers_both_alike() -> None:
    sound = tone(440, 0.5)
    sound[:, 0] *= 4
    out = limited(sound)[SAMPLE_RATE_HZ // 2 :]
    assert np.allclose(out[:, 0], 4 * out[:, 1], atol=1e-5)


def test_what_is_not_a_number_becomes_silence_and_harms_nothing_after_it() -> None:
    sound = tone(440, 0.5)
    sound[4800:4810] = np.nan
    sound[5000] = np.inf
    sound[5100] = 1e30
    out = limited(sound)
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= CEILING * (1 + 1e-6)
    assert np.allclose(out[-4800:], sound[-4800 - LATENCY_SAMPLES : -LATENCY_SAMPLES], atol=1e-5)
