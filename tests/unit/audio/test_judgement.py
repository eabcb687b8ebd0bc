"""What a window tells of the echo: the same, whoever speaks meanwhile."""

import numpy as np
import pytest

from node.audio.judgement import EchoWindow, judge
from node.audio.resample import to_pcm
from tests.fakes.sounds import noise

SECONDS = 4
ECHO, LEFT = 0.3, 0.01
"""The echo and what the filter leaves of it, to the far end: 10 and 40 dB weaker."""


def swelling(seconds: float = SECONDS) -> np.ndarray:
    """As speech does, ten times a second."""
    sound = noise(seconds, rms=0.1, seed=6)
    swell = np.random.default_rng(1).uniform(0.02, 1.0, len(sound) // 1600 + 1)
    return sound * np.repeat(swell, 1600)[: len(sound)].astype(np.float32)


def judged(far: np.ndarray, talk: np.ndarray):
    hall = noise(SECONDS, rms=0.0003, seed=4)
    near, clean = far * ECHO + talk + hall, far * LEFT + talk + hall
    return judge(EchoWindow(9.0, to_pcm(near), to_pcm(far), to_pcm(clean)))


def test_what_is_left_is_told_against_echo_and_far_end():
    found = judged(swelling(), np.zeros(SECONDS * 16_000, np.float32))
    assert found.is_audible
    assert found.erle_db == pytest.approx(29.5, abs=2)
    assert found.loss_db == pytest.approx(40, abs=2)


def test_a_visitor_who_interrupts_does_not_make_it_seem_worse():
    far, talk = swelling(), np.zeros(SECONDS * 16_000, np.float32)
    began, silent = 40_000, 44_000
    talk[began:] = noise(SECONDS, rms=0.1, seed=9)[began:]
    far[silent:] = 0
    found = judged(far, talk)
    assert found.is_audible
    assert found.loss_db == pytest.approx(40, abs=3)


def test_where_next_to_nothing_was_played_nothing_is_told():
    far = np.zeros(SECONDS * 16_000, np.float32)
    far[:4000] = noise(0.25, rms=0.1, seed=2)
    talk = noise(SECONDS, rms=0.1, seed=9)
    assert not judged(far, talk).is_audible
