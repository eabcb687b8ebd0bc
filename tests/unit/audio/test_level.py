"""The meter shows how loud it is, in dBFS."""

import numpy as np
import pytest

from node.audio.level import (
    REMEMBERED,
    SILENCE_DB,
    ClipWatch,
    Level,
    LevelMeter,
    decibels,
    power_of,
)
from node.audio.resample import to_pcm
from node.media import SPEECH_RATE_HZ
from tests.fakes.sounds import tone


def test_silence_lies_at_the_floor():
    assert LevelMeter().feed(np.zeros(320, np.int16)) == Level(SILENCE_DB, SILENCE_DB)


def test_a_full_scale_sine_is_3_db_below_its_peak():
    level = LevelMeter().feed(to_pcm(tone(0.1, peak=1.0)))
    assert level.rms_db == pytest.approx(-3, abs=0.1)
    assert level.peak_db == pytest.approx(0, abs=0.1)


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


BLOCK = 320


def watched(*seconds):
    """A watch that has seen these seconds of sound, each a tone so many times too loud."""
    watch = ClipWatch()
    for gain in seconds:
        pcm = to_pcm(tone(1.0, peak=1.0) * np.float32(gain))
        for at in range(0, SPEECH_RATE_HZ, BLOCK):
            watch.feed(pcm[at : at + BLOCK])
    return watch


def test_loud_sound_that_is_not_clipped_is_no_fault():
    assert watched(*[0.9] * 10).percent == 0


def test_three_clipped_seconds_tell_how_much_of_them_is():
    assert watched(0.1, 12.6, 12.6, 0.1, 12.6).percent == pytest.approx(95, abs=2)  # +22 dB


def test_two_clipped_seconds_may_have_been_a_shout():
    assert watched(12.6, 12.6, *[0.1] * 10).percent == 0


def test_a_knock_is_not_a_clipped_second():
    knock = np.zeros(SPEECH_RATE_HZ, np.int16)
    knock[:150] = 32_767
    watch = ClipWatch()
    for _ in range(10):
        watch.feed(knock)
    assert watch.percent == 0


def test_what_was_clipped_more_than_a_minute_of_sound_ago_is_forgotten():
    assert watched(*[12.6] * 5, *[0.1] * REMEMBERED).percent == 0
