"""The echo's delay is found to fractions of a sample, and the clocks' drift by it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.audio.delay import Delay, DriftMeter, find_delay
from node.audio.resample import to_pcm
from tests.fakes.sounds import noise

FAR = noise(2.0, seed=3)


def later(samples: float):
    """The far end so many samples later."""
    hertz = np.fft.rfftfreq(2 * len(FAR))
    turned = np.fft.rfft(FAR, 2 * len(FAR)) * np.exp(-2j * np.pi * hertz * samples)
    return np.fft.irfft(turned)[: len(FAR)].astype(np.float32)


@settings(max_examples=20)
@given(st.floats(1, 12_000))
def test_a_delay_is_found_to_a_tenth_of_a_sample(samples):
    delay = find_delay(to_pcm(later(samples)), to_pcm(FAR))
    assert delay.is_clear
    assert delay.samples == pytest.approx(samples, abs=0.15)


def test_an_echo_that_seems_to_come_first_is_found_when_looked_for():
    delay = find_delay(to_pcm(FAR[160:]), to_pcm(FAR[:-160]), earliest_s=-0.1)
    assert delay.samples == pytest.approx(-160, abs=0.15)


def test_an_echo_10_db_below_the_noise_is_found():
    near = later(800) * np.float32(0.1) + noise(2.0, rms=0.0316, seed=9)
    delay = find_delay(to_pcm(near), to_pcm(FAR))
    assert delay.is_clear
    assert delay.samples == pytest.approx(800, abs=0.5)


def test_where_there_is_no_echo_none_is_found():
    assert not find_delay(to_pcm(noise(2.0, seed=8)), to_pcm(FAR)).is_clear


def test_silence_has_no_delay():
    silence = np.zeros(32_000, np.int16)
    assert not find_delay(silence, silence).is_clear
    assert not find_delay(to_pcm(FAR), silence).is_clear


def line(ppm: float, until_s: float, *, wrong: dict[int, float] | None = None) -> DriftMeter:
    meter = DriftMeter()
    for at in range(0, round(until_s), 5):
        samples = 500 + ppm * 1e-6 * 16_000 * at + (wrong or {}).get(at, 0.0)
        meter.add(float(at), Delay(samples, 20.0))
    return meter


@pytest.mark.parametrize("ppm", [-200, -50, 0, 30, 100])
def test_drift_is_the_slope_of_the_delays(ppm):
    assert line(ppm, 40).ppm == pytest.approx(ppm, abs=0.1)


def test_drift_is_not_told_from_a_few_seconds():
    assert line(100, 10).ppm is None


def test_one_wrong_delay_counts_nothing():
    assert line(50, 60, wrong={20: 15.0}).ppm == pytest.approx(50, abs=5)


def test_a_jump_begins_a_new_line():
    meter = line(0, 60)
    meter.add(60.0, Delay(1500, 20.0))
    assert meter.ppm is None


def test_a_restart_forgets_all():
    meter = line(0, 60)
    meter.restart()
    assert meter.ppm is None
