"""Where an utterance begins and ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.voice.endpointer import Confirmed, Ended, Endpointer, Started, Vanished

WINDOW = 512


def edges(likelihoods, endpointer=None):
    endpointer = endpointer or Endpointer()
    told = (endpointer.feed(p, (n + 1) * WINDOW) for n, p in enumerate(likelihoods))
    return [edge for edge in told if edge is not None]


def test_the_first_window_starts_and_the_second_adjacent_one_confirms():
    assert edges([0.1, 0.6, 0.5]) == [Started(2 * WINDOW), Confirmed(3 * WINDOW)]


def test_speech_in_doubt_vanishes_after_320_ms():
    assert edges([0.9] + [0.4] * 9) == [Started(WINDOW)]
    assert edges([0.9] + [0.4] * 10) == [Started(WINDOW), Vanished(11 * WINDOW)]


def test_two_windows_apart_do_not_confirm_but_two_adjacent_later_do():
    assert edges([0.9, 0.1, 0.9, 0.1]) == [Started(WINDOW)]
    assert edges([0.9, 0.1, 0.1, 0.9, 0.9])[-1] == Confirmed(5 * WINDOW)


def test_600_ms_below_the_release_end_it_where_speech_was_last_seen():
    assert edges([0.9] * 5 + [0.34] * 18)[2:] == []
    assert edges([0.9] * 5 + [0.34] * 19)[2:] == [Ended(0, 5 * WINDOW)]


def test_between_release_and_onset_speech_goes_on():
    assert edges([0.9] * 5 + [0.35] * 100)[2:] == []


def test_a_pause_shorter_than_600_ms_is_within_the_utterance():
    assert edges([0.9] * 5 + [0.0] * 18 + [0.4] + [0.0] * 19)[2:] == [Ended(0, 24 * WINDOW)]


def test_after_a_filler_it_waits_900_ms_but_in_that_utterance_only():
    endpointer = Endpointer()
    edges([0.9] * 3, endpointer)
    endpointer.extend()
    assert endpointer.feed(0.0, (3 + 28) * WINDOW) is None
    assert endpointer.feed(0.0, (3 + 29) * WINDOW) == Ended(0, 3 * WINDOW)
    assert edges([0.9] * 3 + [0.0] * 19, endpointer)[-1] == Ended(0, 3 * WINDOW)


def test_nobody_is_listened_to_for_more_than_8_s_in_one_go():
    told = edges([0.9] * 625)  # 20 s without a pause
    ended = [edge for edge in told if isinstance(edge, Ended)]
    assert [(edge.start, edge.end) for edge in ended] == [(0, 128_000), (128_000, 256_000)]
    assert told[-1] == Confirmed(502 * WINDOW)


def test_a_keyword_confirms_what_is_in_doubt_and_nothing_else():
    endpointer = Endpointer()
    assert endpointer.confirm(0) is None
    edges([0.9, 0.1], endpointer)
    assert endpointer.confirm(1200) == Confirmed(1200)
    assert endpointer.confirm(1300) is None


@pytest.mark.parametrize("likelihoods", [[], [0.49] * 50])
def test_quiet_tells_nothing(likelihoods):
    endpointer = Endpointer()
    assert (edges(likelihoods, endpointer), endpointer.start) == ([], None)


@given(st.lists(st.sampled_from([0.0, 0.3, 0.4, 0.6, 1.0]), max_size=400))
def test_what_starts_is_confirmed_or_vanishes_before_the_next_and_ends_after_it_began(likelihoods):
    follows = {
        None: {Started},
        Started: {Confirmed, Vanished},
        Confirmed: {Ended},
        Vanished: {Started},
        Ended: {Started},
    }
    last = None
    for edge in edges(likelihoods):
        assert type(edge) in follows[last]
        assert not isinstance(edge, Ended) or 0 < edge.end - edge.start <= 128_000
        last = type(edge)
