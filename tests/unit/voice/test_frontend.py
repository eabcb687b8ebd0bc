"""The front end: one row for 80 ms, whatever the pieces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.voice.frontend import HOP_SAMPLES, HOPS_SEEN, Features, FrontEnd, LateFrontEnd
from tests.fakes.plain_models import embedding, melspectrogram

FEATURES = Features(melspectrogram, embedding, 1)
NOISE = np.random.default_rng(1).integers(-3000, 3000, 9000).astype(np.int16)


def test_each_80_ms_gives_a_row():
    front_end = FrontEnd(FEATURES)
    assert front_end.feed(NOISE[: HOP_SAMPLES - 1]).shape == (0, 96)
    assert front_end.feed(NOISE[:1]).shape == (1, 96)
    assert front_end.feed(NOISE[: 3 * HOP_SAMPLES]).shape == (3, 96)


@given(st.lists(st.integers(0, 4000), max_size=12))
def test_any_chunking_gives_the_same_rows(sizes):
    front_end, rows, at = FrontEnd(FEATURES), [], 0
    for size in [*sizes, len(NOISE)]:
        rows.append(front_end.feed(NOISE[at : at + size]))
        at += size
    np.testing.assert_array_equal(np.concatenate(rows), FrontEnd(FEATURES).feed(NOISE))


def test_the_mel_model_gets_480_old_and_1280_new_samples_at_the_scale_of_int16():
    asked = []

    def mel(sound):
        asked.append(sound)
        return melspectrogram(sound)

    FrontEnd(Features(mel, embedding, 1)).feed(np.arange(1, 2 * HOP_SAMPLES + 1, dtype=np.int16))
    assert [(one.dtype, len(one), one[0], one[-1]) for one in asked] == [
        (np.float32, 1760, 0, 1280),
        (np.float32, 1760, 801, 2560),
    ]


def test_the_embedding_sees_mel_frames_at_a_tenth_plus_two():
    seen = []
    mel = np.full((8, 32), 30, np.float32)
    features = Features(lambda _: mel, lambda *asked: seen.append(asked[0]) or embedding(*asked), 1)
    FrontEnd(features).feed(np.ones(HOP_SAMPLES, np.int16))
    assert [(one.shape, set(one.flat)) for one in seen[-2:]] == [((8, 32), {-8}), ((8, 32), {5})]


def test_digital_silence_asks_the_embedding_until_it_sees_nothing_else():
    asked = []
    features = Features(melspectrogram, lambda *hop: asked.append(1) or embedding(*hop), 1)
    FrontEnd(features).feed(np.zeros(20 * HOP_SAMPLES, np.int16))
    assert len(asked) == HOPS_SEEN


def remembering(frames, state):
    """The sum of the last ten hops."""
    state = np.append(state[1:], np.float32(frames.mean()))
    return np.full(96, state.sum(), np.float32), state


REMEMBERING = Features(melspectrogram, remembering, HOPS_SEEN)


@given(st.lists(st.integers(0, 39), max_size=12), st.booleans())
def test_any_order_of_asking_gives_the_same_rows(asked, has_silence):
    pcm = np.resize(NOISE, 40 * HOP_SAMPLES)
    if has_silence:
        pcm[5 * HOP_SAMPLES : 22 * HOP_SAMPLES] = 0
    late = LateFrontEnd(REMEMBERING, 40)
    list(late.hops(pcm))
    rows = FrontEnd(REMEMBERING).feed(pcm)
    for hop in asked:
        np.testing.assert_allclose(late.row(hop), rows[hop], atol=1e-4)


def test_after_a_reset_nothing_is_remembered():
    front_end = FrontEnd(FEATURES)
    before = front_end.feed(NOISE)
    front_end.reset()
    np.testing.assert_array_equal(front_end.feed(NOISE), before)


def test_sound_at_another_scale_is_refused():
    with pytest.raises(TypeError, match="float32, expected int16"):
        FrontEnd(FEATURES).feed(np.zeros(10, np.float32))


def test_a_late_row_is_the_one_made_at_once():
    late = LateFrontEnd(FEATURES, 4)
    hops = list(late.hops(NOISE))
    rows = FrontEnd(FEATURES).feed(NOISE)
    assert hops == list(range(len(rows)))
    np.testing.assert_array_equal([late.row(hop) for hop in hops[-4:]], rows[-4:])


def test_rows_that_nobody_asks_for_are_not_made():
    asked = []
    late = LateFrontEnd(Features(melspectrogram, lambda *_: asked.append(1), 1), 4)
    list(late.hops(NOISE))
    assert asked == []


@pytest.mark.parametrize("hop", [0, 7])
def test_a_row_forgotten_or_not_yet_heard_cannot_be_had(hop):
    late = LateFrontEnd(FEATURES, 1)
    list(late.hops(NOISE))
    with pytest.raises(IndexError, match=f"hop {hop} of 7"):
        late.row(hop)
