"""Any sound becomes 16 kHz mono, in blocks of 20 ms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.audio.resample import BLOCK_SAMPLES, To16k, ToSpeech, from_pcm, to_pcm
from tests.fakes.sounds import loudness, noise, tone


def heard(sound, rate_hz, **keys):
    """What `ToSpeech` makes of a whole sound [n, channels]."""
    ear = ToSpeech(rate_hz, **keys)
    blocks = [*ear.feed(sound), *ear.flush()]
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


@pytest.mark.parametrize("rate_hz", [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_a_tone_of_any_rate_and_channels_stays_that_tone(rate_hz, channels):
    said = tone(1.0, hertz=1000, rate_hz=rate_hz)
    pcm = heard(np.repeat(said[:, None], channels, axis=1), rate_hz)
    assert abs(len(pcm) - 16_000) <= 32
    spectrum = np.abs(np.fft.rfft(pcm[3200:12_800]))
    assert np.argmax(spectrum) * 16_000 / 9600 == pytest.approx(1000, abs=2)
    assert loudness(pcm[3200:12_800]) == pytest.approx(0.25 / 2**0.5, rel=0.02)


@pytest.mark.parametrize("hertz", [9500, 12_000, 20_000])
def test_what_16_khz_cannot_hold_is_gone_and_not_folded_down(hertz):
    pcm = heard(tone(1.0, hertz=hertz, rate_hz=48_000)[:, None], 48_000)
    assert loudness(pcm[3200:12_800]) < 0.001


def test_a_constant_offset_is_taken_off():
    pcm = heard((tone(3.0) * 0.2 + np.float32(0.3))[:, None], 16_000)
    assert abs(pcm[32_000:].mean()) < 20
    assert loudness(pcm[32_000:]) == pytest.approx(0.05 / 2**0.5, rel=0.02)


def test_the_first_block_has_no_offset_either():
    first = heard(np.full((16_000, 1), 0.5, np.float32), 16_000)[:BLOCK_SAMPLES]
    assert np.abs(first).max() <= 1


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30))
def test_any_pieces_give_the_same_blocks(lengths):
    said = noise(0.5, rate_hz=44_100)[:, None]
    whole = heard(said, 44_100)
    ear, at, blocks = ToSpeech(44_100), 0, []
    for length in lengths:
        blocks += ear.feed(said[at : at + length])
        at += length
    blocks += [*ear.feed(said[at:]), *ear.flush()]
    assert np.abs(np.concatenate(blocks).astype(int) - whole).max() <= 1


def test_blocks_are_20_ms_and_only_the_last_is_shorter():
    ear = ToSpeech(16_000)
    blocks = [*ear.feed(noise(0.05)[:, None]), *ear.flush()]
    assert [len(block) for block in blocks] == [320, 320, 160]


def test_one_channel_can_be_taken_alone():
    sound = np.stack([tone(0.5), tone(0.5, hertz=2000)], axis=1)
    second = heard(sound, 16_000, channel=2)
    assert np.argmax(np.abs(np.fft.rfft(second))) * 2 == pytest.approx(2000, abs=4)


def test_a_channel_that_is_not_there_is_refused_by_number():
    with pytest.raises(ValueError, match="channel 3 of 2"):
        heard(np.zeros((320, 2), np.float32), 16_000, channel=3)


def test_gain_is_applied_and_what_is_too_loud_is_clipped_not_wrapped():
    assert loudness(heard(tone(1.0, peak=0.1)[:, None], 16_000, gain_db=6.0206)) == pytest.approx(
        0.2 / 2**0.5, rel=0.01
    )
    loud = heard(tone(1.0, peak=0.9)[:, None], 16_000, gain_db=20)
    assert (loud.max(), loud.min()) == (32_767, -32_768)


def test_samples_that_came_at_full_scale_are_counted():
    ear = ToSpeech(16_000)
    list(ear.feed(np.array([[0.0], [1.0], [-1.0], [0.5]], np.float32)))
    assert ear.clipped == 2


def test_nothing_gives_nothing():
    assert len(heard(np.zeros((0, 2), np.float32), 48_000)) == 0


def test_the_rate_is_changed_1_ms_late():
    rate = To16k(48_000)
    given_s = said_s = 0.0
    for _ in range(50):
        said_s += len(rate.feed(noise(0.02, rate_hz=48_000))) / 16_000
        given_s += 0.02
        assert given_s - said_s < 0.0015


def test_pcm_and_floats_are_each_others_inverse():
    pcm = np.arange(-32_768, 32_768, 7).astype(np.int16)
    assert (to_pcm(from_pcm(pcm)) == pcm).all()
