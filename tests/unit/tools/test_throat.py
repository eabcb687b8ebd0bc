"""Another throat: the resonances move, melody, pace and loudness stay."""

import numpy as np
import pytest

from tools.train_keywords.throat import with_throat

RATE = 16_000
MELODY_HZ = 125


def vowel(resonance_hz: float) -> np.ndarray:
    """A second of a voice at 125 Hz with one resonance."""
    pulses = np.zeros(RATE)
    pulses[:: RATE // MELODY_HZ] = 1
    hz = np.fft.rfftfreq(RATE, 1 / RATE)
    shape = 1 / (1 + ((hz - resonance_hz) / 150) ** 2) + 0.01
    sound = np.fft.irfft(np.fft.rfft(pulses) * shape)
    return np.asarray(sound / np.abs(sound).max() * 0.5, np.float32)


def resonance_hz(sound: np.ndarray) -> float:
    """The strongest overtone."""
    level = np.abs(np.fft.rfft(sound))
    return float(np.argmax(level))


def test_the_same_throat_changes_nothing():
    sound = vowel(1000)
    assert np.abs(with_throat(sound, 1.0) - sound).max() < 1e-4


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_resonances_move_by_the_factor(factor):
    moved = with_throat(vowel(1000), factor)
    assert resonance_hz(moved) == pytest.approx(1000 * factor, abs=MELODY_HZ)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_melody_pace_and_loudness_stay(factor):
    sound = vowel(1000)
    moved = with_throat(sound, factor)
    power = np.abs(np.fft.rfft(moved)) ** 2
    assert power[::MELODY_HZ].sum() > 0.95 * power.sum()
    assert moved.shape == sound.shape
    assert np.sqrt(np.mean(moved**2)) == pytest.approx(np.sqrt(np.mean(sound**2)), rel=1e-3)


@pytest.mark.parametrize("length", [0, 1, 127, 513])
def test_a_short_sound_stays_as_long_as_it_was(length):
    assert with_throat(np.full(length, 0.1, np.float32), 1.2).shape == (length,)


def test_silence_stays_silent():
    assert not with_throat(np.zeros(4000, np.float32), 0.9).any()
