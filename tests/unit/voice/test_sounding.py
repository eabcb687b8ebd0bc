"""Speech as the program takes it, and the place at which a cut sentence goes on."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.errors import DeviceError
from node.media import SAMPLE_RATE_HZ
from node.voice.engine import Raw
from node.voice.sounding import place_to_resume, sounding, trimmed
from tests.fakes.voices import tone

RATE_HZ = 22_050


def words(*seconds: float, pause_s: float = 0.2) -> np.ndarray:
    """Words of a tone with pauses between, float32 [n, 2] at the program's rate."""
    pause = np.zeros(round(pause_s * SAMPLE_RATE_HZ), np.float32)
    line = np.concatenate([piece for s in seconds for piece in (tone(s, SAMPLE_RATE_HZ), pause)])
    return np.repeat(line[:, None], 2, axis=1)


def test_silence_around_speech_goes():
    pcm = np.concatenate((np.zeros(RATE_HZ), tone(1, RATE_HZ), np.zeros(RATE_HZ)))
    speech = trimmed(Raw(pcm.astype(np.float32), RATE_HZ))
    assert len(speech.pcm) / RATE_HZ == pytest.approx(1.09, abs=0.01)


@given(level_db=st.floats(-40, -1))
def test_speech_of_any_level_comes_out_alike(level_db: float) -> None:
    amplitude = 10 ** (level_db / 20)
    loud = sounding(trimmed(Raw(tone(1, RATE_HZ, amplitude), RATE_HZ)))
    usual = sounding(trimmed(Raw(tone(1, RATE_HZ, 0.5), RATE_HZ)))
    assert np.abs(loud).max() == pytest.approx(np.abs(usual).max(), rel=0.02)


def test_speech_begins_and_ends_softly():
    samples = sounding(trimmed(Raw(tone(0.3, RATE_HZ), RATE_HZ)))
    assert max(np.abs(samples[0]).max(), np.abs(samples[-1]).max()) < 0.005


@pytest.mark.parametrize("pcm", [[], [0.0, 0.0], [float("nan")], [float("inf")]])
def test_what_is_no_sound_is_refused(pcm):
    with pytest.raises(DeviceError, match="without sound"):
        trimmed(Raw(np.array(pcm, np.float32), RATE_HZ))


def test_a_cut_sentence_goes_on_behind_the_pause_before():
    said = words(0.5, 0.5, 0.5)
    at = round(1.0 * SAMPLE_RATE_HZ)  # in the middle of the second word
    place = place_to_resume(said, at)
    assert 0.66 < place / SAMPLE_RATE_HZ < 0.71


def test_without_a_pause_it_goes_on_where_it_was():
    assert place_to_resume(words(3.0), 96_000) == 96_000


def test_a_pause_long_ago_is_not_gone_back_to():
    said = words(0.3, 3.0)
    at = round(2.5 * SAMPLE_RATE_HZ)
    assert place_to_resume(said, at) == at


@given(at=st.integers(0, 80_000))
def test_it_never_goes_on_later_than_it_was_cut(at: int) -> None:
    assert 0 <= place_to_resume(words(0.4, 0.4, 0.4), at) <= at
