"""Rows to scores: the look, the mean of two hops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.voice.frontend import Features, FrontEnd
from node.voice.spotter import (
    HOPS_AVERAGED,
    ROWS_PER_LOOK,
    Head,
    Label,
    LateSpotter,
    Spotter,
    softmax,
)
from tests.fakes.plain_models import embedding, melspectrogram

LABELS = (Label("多少钱", "price", "zh"), Label("stop", "stop", "en"))
ROWS = np.random.default_rng(3).normal(size=(30, 96)).astype(np.float32)


def follow(rows):
    """A head of which each logit is the mean of a few features."""
    return rows.mean(axis=1)[:, :3] * 5


def test_a_head_looks_at_12_rows_the_first_of_which_stands_for_those_before():
    looks = []
    head = Head(LABELS, lambda rows: looks.append(rows.copy()) or follow(rows), "")
    Spotter(head).feed(ROWS[:2])
    assert [look.shape for look in looks] == [(1, 12, 96)] * 2
    np.testing.assert_array_equal(looks[0][0], np.repeat(ROWS[:1], 12, axis=0))
    np.testing.assert_array_equal(looks[1][0, -2:], ROWS[:2])


def test_a_score_is_the_mean_of_the_last_two_hops():
    answers = iter([[0.0, 9.0, 0.0], [9.0, 0.0, 0.0]])
    head = Head(LABELS, lambda _: np.array([next(answers)], np.float32), "")
    first, second = Spotter(head).feed(ROWS[:2])
    assert first.argmax() == 1
    assert second == pytest.approx([0.5, 0.5, 0], abs=0.01)


@given(st.lists(st.integers(0, 9), max_size=8))
def test_any_chunking_gives_the_same_scores_each_summing_to_1(sizes):
    spotter, scores, at = Spotter(Head(LABELS, follow, "")), [], 0
    for size in [*sizes, len(ROWS)]:
        scores.append(spotter.feed(ROWS[at : at + size]))
        at += size
    whole = Spotter(Head(LABELS, follow, "")).feed(ROWS)
    np.testing.assert_array_equal(np.concatenate(scores), whole)
    assert whole.sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_logits_however_large_become_likelihoods():
    assert softmax(np.array([1e4, 0, -1e4], np.float32)) == pytest.approx([1, 0, 0])


def test_after_a_reset_nothing_is_remembered():
    spotter = Spotter(Head(LABELS, follow, ""))
    before = spotter.feed(ROWS)
    spotter.reset()
    np.testing.assert_array_equal(spotter.feed(ROWS), before)


@pytest.mark.parametrize("asked", [range(28), (27, 3, 0), (20,)])
def test_scores_asked_for_late_are_those_of_a_stream_that_was_silent_before(asked):
    features, head = Features(melspectrogram, embedding, 0), Head(LABELS, follow, "")
    pcm = np.random.default_rng(6).integers(-3000, 3000, 28 * 1280).astype(np.int16)
    silence = np.zeros((ROWS_PER_LOOK + HOPS_AVERAGED) * 1280, np.int16)
    front_end, spotter = FrontEnd(features), Spotter(head)
    spotter.feed(front_end.feed(silence))
    expected = spotter.feed(front_end.feed(pcm))
    late = LateSpotter(features, head, 28)
    assert late.hear(pcm[:9000]) + late.hear(pcm[9000:]) == list(range(28))
    for hop in asked:
        np.testing.assert_array_equal(late.scores(hop), expected[hop])
