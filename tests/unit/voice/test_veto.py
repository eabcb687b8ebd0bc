"""What the loudspeaker says itself, and how loud its echo may be."""

import numpy as np
import pytest

from node.voice.veto import EchoFloor, Veto, levels_db
from tests.fakes.plain_models import models, sound

MODELS = models()


@pytest.fixture
def veto():
    return Veto(MODELS.features, MODELS.head)


def test_an_intent_counts_from_when_it_was_played_to_half_a_second_later(veto):
    veto.feed(sound((0, 1.0), (1, 1.0), (0, 3.0)))  # likely from the row that ends at 1.36 s on
    assert veto.said(0, 20_000) == set()
    assert veto.said(0, 22_000) == {"price"}
    assert veto.said(40_000, 45_000) == {"price"}  # 0.5 s after its last row
    assert veto.said(48_000, 50_000) == set()


def test_it_forgets_what_is_older_than_any_decision_still_open(veto):
    veto.feed(sound((1, 1.0), (0, 1.0)))
    assert veto.said(0, 32_000) == {"price"}
    veto.feed(sound((0, 4.0)))
    assert veto.said(0, 32_000) == set()


def test_after_a_reset_nothing_was_said(veto):
    veto.feed(sound((1, 1.0)))
    veto.reset()
    assert veto.said(0, 32_000) == set()


def noise(level, count, seed=4):
    return (np.random.default_rng(seed).normal(size=count) * level).astype(np.int16)


def test_the_level_of_a_window_is_in_dbfs():
    full = np.full(512, 32767, np.int16)
    assert levels_db(np.concatenate((full, full // 10, full * 0))) == pytest.approx(
        [0, -20, -120], abs=0.01
    )


@pytest.mark.parametrize(("heard_level", "is_visitor"), [(250, False), (1000, True)])
def test_only_6_db_above_the_echo_left_over_is_a_visitor(heard_level, is_visitor):
    played = noise(3000, 5120)  # at 20 dB of cancellation 300 are left
    answers = EchoFloor().feed(noise(heard_level, 5120, seed=5), played, 20.0)
    assert answers == [is_visitor] * 10


def test_an_echo_goes_on_for_416_ms():
    played = np.concatenate((noise(3000, 512), np.zeros(512 * 15, np.int16)))
    answers = EchoFloor().feed(noise(300, len(played), seed=5), played, 20.0)
    assert answers == [False] * 13 + [True] * 3


def test_without_a_canceller_every_window_may_be_a_visitor_in_any_pieces():
    floor, heard = EchoFloor(), noise(10, 2000)
    pieces = [heard[at : at + 300] for at in (0, 300, 600)]
    assert [floor.feed(piece, piece, None) for piece in pieces] == [[], [True], []]
