"""The meter shows how loud it is, in dBFS."""

import numpy as np
import pytest

from node.audio.level import SILENCE_DB, Level, LevelMeter, decibels, power_of
from node.audio.resample import to_pcm
from tests.fakes.sounds import tone


def test_silence_lies_at_the_floor():
    assert LevelMeter().feed(np.zeros(320, np.int16)) == Level(SILENCE_DB, SILENCE_DB)


def test_a_full_scale_sine_is_3_db_below_its_peak_and_clips():
    level = LevelMeter().feed(to_pcm(tone(0.1, peak=1.0)))
    assert level.rms_db == pytest.approx(-3, abs=0.1)
    assert level.peak_db == pytest.approx(0, abs=0.1)
    assert level.is_clipping


def test_the_meter_rises_at_once_and_falls_slowly():
    meter = LevelMeter()
    loud = meter.feed(to_pcm(tone(0.1, peak=0.5))).rms_db
    after = meter.feed(np.zeros(320, np.int16))
    assert loud - 1.0 < after.rms_db < loud
    for _ in range(200):
        after = meter.feed(np.zeros(320, np.int16))
    assert after.rms_db < loud - 50


def test_no_samples_change_nothing():
    meter = LevelMeter()
    before = meter.feed(to_pcm(tone(0.1)))
    assert meter.feed(np.zeros(0, np.int16)) == before


def test_the_loudest_negative_sample_is_full_scale():
    assert LevelMeter().feed(np.full(10, -32_768, np.int16)).peak_db == 0


def test_power_of_nothing_is_nothing_and_its_level_the_floor():
    assert power_of(np.zeros(0, np.int16)) == 0
    assert decibels(0) == SILENCE_DB
