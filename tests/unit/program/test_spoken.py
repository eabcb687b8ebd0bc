"""Speech into the program: whole, over everything else, silent the instant it is asked to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.media import SAMPLE_RATE_HZ, Samples
from node.program.limiter import LATENCY_SAMPLES
from node.program.sound import RELEASE_S, SoundMixer
from node.program.spoken import LIMIT_S, SpokenRing

FPS = 30
TICK = SAMPLE_RATE_HZ // FPS


def level(value: float, count: int = TICK) -> Samples:
    return np.full((count, 2), value, np.float32)


def hum(count: int, amplitude: float = 0.5) -> Samples:
    wave = amplitude * np.sin(2 * np.pi * 200 * np.arange(count) / SAMPLE_RATE_HZ)
    return np.repeat(wave[:, None], 2, axis=1).astype(np.float32)


def steepest(samples: Samples) -> float:
    return float(np.abs(np.diff(samples, axis=0)).max())


def taken(ring: SpokenRing) -> Samples:
    piece = ring.take(TICK)
    return level(0.0) if piece is None else piece


@given(counts=st.lists(st.integers(1, 4000), min_size=1, max_size=6))
def test_speech_comes_out_whole_and_in_order(counts: list[int]) -> None:
    ring = SpokenRing()
    pieces = [hum(count) for count in counts]
    for piece in pieces:
        ring.put(piece)
    heard = []
    while ring.is_playing:
        heard.append(taken(ring))
    total = sum(counts)
    assert ring.played == total
    said, out = np.concatenate(pieces), np.concatenate(heard)
    seams = np.cumsum([0, *counts])
    plain = [k for k in range(total) if all(abs(k - seam) > 240 for seam in seams)]
    assert np.array_equal(out[plain], said[plain])
    assert not out[total:].any()


def test_a_ring_at_rest_gives_nothing_and_lowers_nobody():
    ring = SpokenRing()
    assert (ring.take(TICK), ring.lowers, ring.is_playing) == (None, False, False)


def test_speech_lowers_the_others_while_it_plays():
    ring = SpokenRing()
    ring.put(hum(TICK + 1))
    seen = []
    for _ in range(3):
        seen.append(ring.lowers)
        ring.take(TICK)
    assert seen == [True, True, False]


@given(at=st.integers(0, 20))
def test_flushed_speech_is_silent_within_10_ms_and_without_a_click(at: int) -> None:
    ring = SpokenRing()
    ring.put(hum(30 * TICK))
    heard = [taken(ring) for _ in range(at)]
    rest = ring.flush()
    heard += [taken(ring), taken(ring)]
    out = np.concatenate(heard)
    assert len(rest) == (30 - at) * TICK
    assert not out[at * TICK + SAMPLE_RATE_HZ // 100 :].any()
    assert steepest(out) < 0.03  # the hum's own is 0.013; a click would be up to 0.5
    assert not ring.is_playing


def test_what_was_not_played_can_be_put_again():
    ring, said = SpokenRing(), hum(10 * TICK)
    ring.put(said)
    for _ in range(4):
        ring.take(TICK)
    rest = ring.flush()
    ring.put(rest)
    again = np.concatenate([taken(ring) for _ in range(6)])
    assert np.array_equal(again[480:-480], said[4 * TICK + 480 : -480])


def test_a_flush_of_an_empty_ring_returns_nothing():
    assert len(SpokenRing().flush()) == 0


def test_ducked_speech_is_12_db_lower_and_comes_back_softly():
    ring = SpokenRing()
    ring.put(level(0.5, 20 * TICK))
    heard = [taken(ring) for _ in range(2)]
    ring.duck()
    heard += [taken(ring) for _ in range(2)]
    ring.duck(is_ducked=False)
    heard += [taken(ring) for _ in range(2)]
    assert 20 * np.log10(heard[3][-1, 0] / 0.5) == pytest.approx(-12, abs=0.01)
    assert heard[5][-1, 0] == pytest.approx(0.5)
    assert steepest(np.concatenate(heard)) < 0.0035


def test_someone_who_begins_to_speak_lowers_the_others_before_anything_is_said():
    ring = SpokenRing()
    ring.duck()
    assert ring.lowers
    ring.duck(is_ducked=False)
    assert not ring.lowers


def test_speech_without_end_is_cut_at_the_limit_and_counted():
    ring = SpokenRing()
    ring.put(level(0.1, round(LIMIT_S * SAMPLE_RATE_HZ)))
    ring.put(level(0.1, 1000))
    assert (ring.left, ring.refused) == (LIMIT_S * SAMPLE_RATE_HZ, 1000)


def test_speech_is_laid_over_the_others_as_it_is():
    mixer = SoundMixer(FPS)
    for _ in range(3):
        heard = mixer.mix({"a": level(0.4)}, over=level(0.25), is_ducked=True)
    assert heard[-1, 0] == pytest.approx(0.25 + 0.4 * 10 ** (-12 / 20), abs=1e-4)


def test_the_others_come_back_in_their_time_and_without_a_click():
    mixer = SoundMixer(FPS)
    for _ in range(3):
        mixer.mix({"a": level(0.5)}, is_ducked=True)
    ticks = round(RELEASE_S * FPS)
    heard = [mixer.mix({"a": level(0.5)}) for _ in range(ticks + 1)]
    curve = np.concatenate(heard)[LATENCY_SAMPLES:, 0]
    assert steepest(curve[:, None]) < 0.0002
    assert curve[TICK * (ticks - 2)] < 0.5 - 1e-3
    assert curve[-1] == pytest.approx(0.5)
