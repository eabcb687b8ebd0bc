"""The ear as a whole, with models that a test can foresee."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from node.voice.heard import (
    SpeechConfirmed,
    SpeechStarted,
    SpeechVanished,
    Spotted,
    UtteranceEnded,
)
from node.voice.hearing import Hearing
from node.voice.spotter import Label
from tests.fakes.plain_models import LABELS, models, sound

PRICE, HOW_MUCH, WAKE, STOP = range(1, len(LABELS) + 1)
MODELS = models()
ASKED = sound((0, 1.0), (PRICE, 1.0), (0, 2.0))


def heard(pcm, reference=None, **attributes):
    hearing = Hearing(MODELS)
    for name, value in attributes.items():
        setattr(hearing, name, value)
    return hearing.feed(pcm, reference)


def ended(told):
    return [one for one in told if isinstance(one, UtteranceEnded)]


def keywords(told):
    return [one.keyword for one in told if isinstance(one, Spotted)]


def fingerprint(told):
    return [
        (one.start_s, one.end_s, one.spotted, None if one.pcm is None else one.pcm.tobytes())
        if isinstance(one, UtteranceEnded)
        else one
        for one in told
    ]


def test_a_question_is_started_confirmed_spotted_and_ended():
    started, confirmed, spotted, end = heard(ASKED)
    assert isinstance(started, SpeechStarted)
    assert confirmed == SpeechConfirmed(started.at_s + 0.032)
    assert (spotted.keyword, spotted.intent, spotted.locale) == ("多少钱", "price", "zh")
    assert spotted.start_s == end.start_s == pytest.approx(1.0, abs=0.032)
    assert end.end_s == pytest.approx(2.0, abs=0.032)
    assert end.spotted is spotted
    assert end.decision_delay_s == spotted.at_s - end.end_s
    assert spotted.score > 0.9


def test_speech_without_a_keyword_ends_with_nothing_understood():
    told = heard(sound((0, 0.5), (9, 1.0), (0, 1.0)))
    assert [one.spotted for one in ended(told)] == [None]
    assert ended(told)[0].decision_delay_s is None


def test_a_knock_vanishes():
    told = heard(sound((0, 0.48), (9, 0.03), (0, 1.0)))
    assert [type(one) for one in told] == [SpeechStarted, SpeechVanished]


def test_silence_tells_nothing():
    assert heard(sound((0, 5.0))) == []


def test_20_s_without_a_pause_are_three_utterances():
    told = heard(sound((9, 20.0), (0, 1.0)))
    assert [round(one.end_s - one.start_s, 1) for one in ended(told)] == [8, 8, 4]


def test_a_keyword_brings_its_slots():
    spotted = ended(heard(sound((0, 0.5), (HOW_MUCH, 1.0), (0, 1.0))))[0].spotted
    assert (spotted.slots, spotted.locale) == ({"colour": "black"}, "en")


def test_after_the_wake_word_the_question_of_the_same_breath_is_what_was_understood():
    told = heard(sound((0, 0.5), (WAKE, 0.8), (PRICE, 1.0), (0, 1.0)))
    assert keywords(told) == ["小潮小潮", "多少钱"]
    assert [one.spotted.intent for one in ended(told)] == ["price"]


def test_each_of_two_questions_is_heard():
    assert keywords(heard(np.concatenate((ASKED, ASKED)))) == ["多少钱", "多少钱"]


def test_what_the_loudspeaker_says_itself_is_no_question():
    played = np.concatenate((ASKED[1600:], np.zeros(1600, np.int16)))  # its echo comes 0.1 s later
    told = heard(ASKED, played)
    assert (keywords(told), [one.spotted for one in ended(told)]) == ([], [None])


def test_another_question_than_the_loudspeakers_is_heard():
    played = np.where(ASKED > 0, 3000, 0).astype(np.int16)
    assert keywords(heard(ASKED, played)) == ["多少钱"]


def test_an_echo_below_what_the_canceller_leaves_is_no_speech():
    faint = (ASKED * 0.6).astype(np.int16)
    assert heard(faint, ASKED * 10, loss_db=20.0) == []
    assert heard(ASKED, ASKED // 5, loss_db=20.0) != []


def test_stop_counts_while_we_speak():
    stop = sound((0, 0.5), (STOP, 0.8), (0, 1.0))
    assert keywords(heard(stop)) == []
    assert keywords(heard(stop, is_speaking=True)) == ["停"]


def test_a_boost_and_a_language_hold_keywords_back():
    assert keywords(heard(ASKED, boosts={"price": 1.0})) == []
    assert keywords(heard(ASKED, locale="en")) == []
    assert keywords(heard(ASKED, locale="zh")) == ["多少钱"]
    assert keywords(heard(ASKED, threshold_shift=0.5)) == []


def test_a_filler_leaves_more_time():
    fillers = [Label("那个", "filler", "zh"), *LABELS]
    pcm = sound((0, 0.5), (1, 0.8), (0, 0.75), (2, 0.8), (0, 1.5))
    patient = [one for one in Hearing(models(fillers)).feed(pcm) if isinstance(one, UtteranceEnded)]
    assert [one.spotted.keyword for one in patient] == ["多少钱"]
    assert len(ended(heard(pcm))) == 2


def test_an_utterance_is_kept_only_where_asked_for_with_half_a_second_before():
    assert ended(heard(ASKED))[0].pcm is None
    pcm = ended(heard(ASKED, keeps_utterance=True))[0].pcm
    assert len(pcm) / 16_000 == pytest.approx(0.5 + 1.0 + 0.2, abs=0.07)
    assert list(np.unique(pcm)) == [0, 1000]


def test_no_more_sound_is_kept_than_an_utterance_may_need():
    hearing = Hearing(MODELS)
    hearing.feed(sound((9, 30.0), (0, 60.0)))
    assert len(hearing._ring.cut(0, 10**9)) == 32_000
    hearing.feed(sound((9, 7.9)))
    assert len(hearing._ring.cut(0, 10**9)) <= 16_000 * 8.9


def test_a_keyword_without_an_utterance_is_one_by_itself():
    hearing = Hearing(MODELS)
    hearing._vad._model = lambda _, state: (0.6 if len(told) == 0 else 0.0, state)
    told = []
    for at in range(0, len(ASKED), 512):
        told += hearing.feed(ASKED[at : at + 512])
    assert [type(one) for one in told] == [SpeechStarted, SpeechVanished, Spotted, UtteranceEnded]
    assert told[3].spotted is told[2]


def test_after_a_reset_time_and_everything_else_begins_anew():
    hearing = Hearing(MODELS, keeps_utterance=True)
    before = fingerprint(hearing.feed(ASKED[:40_000]))
    hearing.reset()
    assert fingerprint(hearing.feed(ASKED[:40_000])) == before


def test_a_reference_of_another_length_is_refused():
    with pytest.raises(ValueError, match="has 5 samples, expected 10"):
        Hearing(MODELS).feed(np.zeros(10, np.int16), np.zeros(5, np.int16))


part = st.tuples(st.sampled_from([0, 0, PRICE, HOW_MUCH, WAKE, STOP, 9]), st.floats(0.01, 1.2))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(part, min_size=1, max_size=8),
    st.lists(part, max_size=4),
    st.lists(st.integers(1, 20_000), max_size=20),
    st.sampled_from([None, 20.0]),
)
def test_any_chunking_of_the_same_audio_gives_the_same_utterances(parts, played, sizes, loss_db):
    pcm = sound(*parts, (0, 1.0))
    reference = np.resize(sound(*played, (0, 0.5)), len(pcm))
    once, pieces = Hearing(MODELS, keeps_utterance=True), Hearing(MODELS, keeps_utterance=True)
    once.loss_db = pieces.loss_db = loss_db
    told, at = [], 0
    for size in [*sizes, len(pcm)]:
        told += pieces.feed(pcm[at : at + size], reference[at : at + size])
        at += size
    assert fingerprint(told) == fingerprint(once.feed(pcm, reference))
