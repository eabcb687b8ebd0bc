"""The linear canceller takes the far end out, keeps the visitor, and says when it cannot be had."""

import gc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.audio import echo
from node.audio.echo import FRAME, open_canceller
from node.audio.resample import from_pcm, to_pcm
from node.audio.room import reverberated, room_response
from node.errors import DeviceError
from tests.fakes.sounds import noise, tone

FAR = noise(6.0, seed=3)
ECHO = reverberated(FAR, room_response(0.2, 1.0, seed=4))[: len(FAR)] * np.float32(0.3)


def power(pcm) -> float:
    return float(np.mean(from_pcm(pcm).astype(np.float64) ** 2))


def test_an_echo_in_a_room_is_20_db_weaker_after_4_s():
    left = open_canceller().cancel(to_pcm(ECHO), to_pcm(FAR))
    late = slice(64_000, None)
    assert 10 * np.log10(power(to_pcm(ECHO)[late]) / power(left[late])) > 20


def test_a_visitor_who_speaks_meanwhile_is_kept():
    said = tone(2.0, hertz=700, peak=0.05)
    near = ECHO.copy()
    near[64_000:] += said
    left = from_pcm(open_canceller().cancel(to_pcm(near), to_pcm(FAR)))[64_000:]
    spectrum = np.abs(np.fft.rfft(left)) / len(left) * 2
    assert spectrum[1400] == pytest.approx(0.05, rel=0.1)


def test_without_a_far_end_the_near_end_stays():
    near = to_pcm(tone(1.0, hertz=700))
    left = open_canceller().cancel(near, np.zeros_like(near))
    assert power(left[3200:]) == pytest.approx(power(near[3200:]), rel=0.05)


@settings(max_examples=20)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=40))
def test_any_lengths_give_the_same_in_whole_frames(lengths):
    near, far = to_pcm(ECHO[:16_000]), to_pcm(FAR[:16_000])
    whole = open_canceller().cancel(near, far)
    canceller, at, pieces = open_canceller(), 0, []
    for length in lengths:
        piece = canceller.cancel(near[at : at + length], far[at : at + length])
        assert len(piece) % FRAME == 0
        pieces.append(piece)
        at += length
    pieces.append(canceller.cancel(near[at:], far[at:]))
    assert (np.concatenate(pieces) == whole).all()


def test_two_lengths_are_refused():
    with pytest.raises(ValueError, match="near end of 320 samples, far end of 160"):
        open_canceller().cancel(np.zeros(320, np.int16), np.zeros(160, np.int16))


def test_after_a_reset_the_room_is_learnt_anew():
    canceller = open_canceller()
    near, far = to_pcm(ECHO), to_pcm(FAR)
    first = canceller.cancel(near, far)
    canceller.cancel(near[:100], far[:100])
    canceller.reset()
    again = canceller.cancel(near, far)
    assert len(again) == len(first)
    assert power(again[:1600]) > 10 * power(first[-16_000:])


def test_a_missing_library_is_a_device_error_that_names_it(monkeypatch):
    monkeypatch.setattr(echo, "LIBRARY", "libnotthere.so.1")
    echo._library.cache_clear()
    try:
        with pytest.raises(DeviceError, match=r"libnotthere\.so\.1 cannot be loaded"):
            open_canceller()
    finally:
        echo._library.cache_clear()


def test_cancellers_come_and_go():
    for _ in range(20):
        open_canceller().cancel(np.zeros(320, np.int16), np.zeros(320, np.int16))
    gc.collect()


def test_a_filter_that_adds_what_is_not_there_is_not_heard_and_forgets_the_room(capfd):
    near = to_pcm(ECHO)
    near[64_000:] = 0
    canceller = open_canceller()
    left = canceller.cancel(near, to_pcm(FAR))
    assert not left[64_000 + FRAME :].any()
    again = canceller.cancel(to_pcm(ECHO), to_pcm(FAR))
    assert 10 * np.log10(power(to_pcm(ECHO)[64_000:]) / power(again[64_000:])) > 10
    assert capfd.readouterr() == ("", "")
