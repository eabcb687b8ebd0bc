"""Sound on its place: rates, layouts, gaps, overlaps."""

from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.decode.sound import Resampler, Timeline


def frame(samples, *, rate=48_000, pts=None, layout="stereo"):
    channels = 1 if layout == "mono" else 2
    made = av.AudioFrame.from_ndarray(
        np.repeat(np.asarray(samples, np.float32)[None], channels, axis=0), "fltp", layout
    )
    made.sample_rate, made.pts, made.time_base = rate, pts, Fraction(1, rate)
    return made


def fed(resampler, *frames):
    timeline = Timeline(0)
    for one in frames:
        for first, samples in resampler.feed(one):
            timeline.lay(first, samples)
    for first, samples in resampler.flush():
        timeline.lay(first, samples)
    end = timeline.end
    return timeline.take(end)


def test_right_sound_passes_unchanged():
    wave = np.linspace(-1, 1, 1000)
    assert np.allclose(fed(Resampler(), frame(wave, pts=0))[:, 0], wave, atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 96_000])
def test_a_second_of_any_rate_is_48000_samples(rate):
    pieces = [frame(np.zeros(rate // 10), rate=rate, pts=n * rate // 10) for n in range(10)]
    assert abs(len(fed(Resampler(), *pieces)) - 48_000) <= 64


def test_timestamps_rounded_to_milliseconds_make_no_gap():
    wave = np.ones(1024)
    pieces = []
    for n in range(50):
        piece = frame(wave)
        piece.pts, piece.time_base = round(n * 1024 / 48), Fraction(1, 1000)
        pieces.append(piece)
    heard = fed(Resampler(), *pieces)
    assert len(heard) == 50 * 1024
    assert (heard == 1).all()


def test_a_gap_is_silent_and_what_follows_is_in_its_place():
    heard = fed(Resampler(), frame(np.ones(1000), pts=0), frame(np.ones(1000), pts=10_000))
    assert (heard[:1000] == 1).all()
    assert (heard[1000:10_000] == 0).all()
    assert (heard[10_000:] == 1).all()


def test_of_two_overlapping_pieces_the_earlier_is_heard():
    heard = fed(Resampler(), frame(np.ones(5000), pts=0), frame(np.full(5000, 0.5), pts=2500))
    assert (heard[:5000] == 1).all()
    assert (heard[5000:7500] == 0.5).all()


def test_a_layout_that_changes_on_the_way_is_followed():
    heard = fed(
        Resampler(),
        frame(np.ones(4800), pts=0),
        frame(np.full(4410, 0.5), rate=44_100, pts=4410, layout="mono"),
    )
    assert heard.shape == (9600, 2)


@given(
    st.lists(st.tuples(st.integers(0, 500), st.integers(1, 80)), max_size=12),
    st.lists(st.integers(1, 90), min_size=1, max_size=12),
)
def test_a_timeline_gives_each_sample_once_in_its_place(pieces, takes):
    timeline = Timeline(0)
    truth = np.zeros(5000, np.float32)
    end = 0
    for first, count in sorted(pieces):
        timeline.lay(first, np.full((count, 2), first + 1, np.float32))
        begin = max(first, end)
        if first + count > begin:
            truth[begin : first + count] = first + 1
            end = first + count
    heard = np.concatenate([timeline.take(count) for count in takes])
    assert np.array_equal(heard[:, 0], truth[: len(heard)])
