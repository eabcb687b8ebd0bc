"""Facts about the ear's attention: when a question counts, and what stops the voice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.voice.attention import LISTENS_S, Attention
from node.voice.booth import Question
from node.voice.effects import Asked, CutVoice, DuckVoice, UnduckVoice, Woke
from node.voice.heard import (
    SpeechConfirmed,
    SpeechStarted,
    SpeechVanished,
    Spotted,
    UtteranceEnded,
)
from node.voice.intents import Understood
from tests.fakes.asked_booth import sample_lexicon

FULL = Attention(duplex="full")
HALF = Attention(duplex="half")
STARTED, CONFIRMED, VANISHED = SpeechStarted(0.0), SpeechConfirmed(0.0), SpeechVanished(0.0)
ANSWERED = Question("voice", Understood("price", "zh"), 10.0)


def spotted(intent="price", keyword="多少钱"):
    return Spotted(0.0, 0.0, keyword, intent, "zh", 0.9)


def ended(one=None):
    return UtteranceEnded(0.0, 1.0, one)


class Ear:
    """An ear to which things happen one after the other."""

    def __init__(self, attention):
        self.now, self.at_s = attention, 100.0

    def hear(self, *happened, step_s=0.1):
        effects = ()
        for one in happened:
            self.at_s += step_s
            self.now, more = self.now.hear(one, self.at_s)
            effects += more
        return effects

    def speak(self, voice="answer"):
        self.now, effects = self.now.speaking(voice)
        return effects

    def press(self, **consent):
        self.now, effects = self.now.press(self.at_s, **consent)
        return effects

    def silent(self, **answered):
        self.now = self.now.silent(self.at_s, **answered)

    def wait(self, for_s):
        self.at_s += for_s
        self.now, effects = self.now.tick(self.at_s)
        return effects

    @property
    def light(self):
        return self.now.ear(self.at_s)


def kinds(effects):
    return [type(one) for one in effects]


def test_armed_only_the_wake_word_counts():
    ear = Ear(FULL)
    assert ear.light == "armed"
    said = (STARTED, CONFIRMED, spotted(), ended(spotted()))
    assert ear.hear(*said) == ()
    assert ear.light == "armed"


def test_after_the_wake_word_a_question_counts_also_in_the_same_breath():
    ear = Ear(FULL)
    assert kinds(ear.hear(STARTED, CONFIRMED, spotted("wake", "小潮小潮"))) == [Woke]
    assert ear.light == "listening"
    assert ear.now.awaits(ear.at_s)
    (asked,) = ear.hear(spotted(), ended(spotted()))
    assert asked.spotted == spotted()
    assert (asked.way, asked.may_send) == ("voice", False)
    assert ear.light == "armed"


def test_after_the_wake_word_eight_seconds_are_given_to_begin():
    ear = Ear(FULL)
    ear.hear(STARTED, spotted("wake"), ended(spotted("wake")))
    ear.wait(7.5)
    assert ear.light == "listening"
    ear.wait(0.6)
    assert ear.light == "armed"
    assert ear.hear(STARTED, CONFIRMED, spotted()) == ()


def test_a_question_begun_in_time_may_end_later():
    ear = Ear(FULL)
    ear.hear(STARTED, spotted("wake"), ended(spotted("wake")))
    ear.wait(7.5)
    ear.hear(STARTED, CONFIRMED)
    ear.wait(2)
    assert kinds(ear.hear(spotted())) == [Asked]


def test_who_was_called_asks_back_what_was_not_understood():
    ear = Ear(FULL)
    ear.hear(STARTED, spotted("wake"), ended(spotted("wake")))
    end = ended()
    (asked,) = ear.hear(STARTED, CONFIRMED, end)
    assert (asked.spotted, asked.ended) == (None, end)
    assert asked.question(sample_lexicon()).understood.intent == ""


def test_speech_on_and_on_after_the_wake_word_is_a_question():
    ear = Ear(FULL)
    ear.hear(STARTED, CONFIRMED, spotted("wake"))
    ear.wait(2.0)
    assert kinds(ear.hear(ended(spotted("wake")))) == [Asked]


def test_who_was_not_called_says_nothing_of_the_talk_in_the_hall():
    ear = Ear(FULL)
    ear.now = ear.now.window(is_open=True)
    assert ear.light == "listening"
    assert not ear.now.awaits(ear.at_s)
    assert ear.hear(STARTED, CONFIRMED, ended()) == ()
    assert kinds(ear.hear(STARTED, CONFIRMED, spotted())) == [Asked]


def test_nobody_is_listened_to_for_more_than_eight_seconds():
    ear = Ear(FULL)
    ear.press()
    ear.hear(STARTED, CONFIRMED)
    assert ear.wait(LISTENS_S - 0.2) == ()
    assert kinds(ear.wait(0.3)) == [Asked]
    assert ear.light == "armed"
    assert ear.hear(spotted(), ended()) == ()


def test_a_press_opens_the_ear_with_the_visitors_consent_for_this_turn_alone():
    ear = Ear(HALF)
    assert kinds(ear.press(may_send=True)) == [Woke]
    (asked,) = ear.hear(STARTED, CONFIRMED, spotted())
    assert (asked.way, asked.may_send) == ("talk", True)
    ear.press()
    (asked,) = ear.hear(STARTED, CONFIRMED, ended())
    assert asked.may_send is False


def test_consent_that_was_not_used_ends_with_the_listening():
    ear = Ear(FULL)
    ear.press(may_send=True)
    ear.wait(8.1)
    assert not ear.now.may_send


def test_after_an_answer_the_next_question_needs_no_wake_word():
    ear = Ear(FULL)
    ear.silent(answered=ANSWERED)
    assert ear.light == "listening"
    assert kinds(ear.hear(STARTED, CONFIRMED, spotted())) == [Asked]


def test_after_an_answer_to_a_written_question_the_ear_stays_shut():
    ear = Ear(FULL)
    ear.silent(answered=Question("typed", Understood(), 10.0))
    assert ear.light == "armed"


def test_what_is_asked_back_is_heard_in_the_same_way_with_the_same_consent():
    ear = Ear(FULL)
    ear.silent(answered=Question("talk", Understood(), 1.0, may_send=True), asks_back=True)
    (asked,) = ear.hear(STARTED, CONFIRMED, ended())
    assert (asked.way, asked.may_send) == ("talk", True)


def test_first_speech_ducks_and_confirmed_speech_cuts():
    ear = Ear(FULL)
    ear.speak()
    assert ear.hear(STARTED) == (DuckVoice(),)
    assert ear.hear(CONFIRMED) == (CutVoice("speech"),)
    assert kinds(ear.hear(spotted())) == [Asked]


def test_what_was_no_speech_lets_the_voice_rise_again():
    ear = Ear(FULL)
    ear.speak()
    assert ear.hear(STARTED, VANISHED) == (DuckVoice(), UnduckVoice())
    assert ear.hear(VANISHED) == ()


def test_a_keyword_cuts_before_speech_is_confirmed():
    ear = Ear(FULL)
    ear.speak()
    effects = ear.hear(STARTED, spotted())
    assert kinds(effects) == [DuckVoice, CutVoice, Asked]


def test_who_interrupts_without_a_word_that_is_known_has_eight_seconds():
    ear = Ear(FULL)
    ear.speak()
    ear.hear(STARTED, CONFIRMED, ended())
    assert ear.light == "listening"
    assert kinds(ear.hear(STARTED, CONFIRMED, spotted())) == [Asked]


def test_the_end_of_the_askers_own_words_does_not_cut_the_answer():
    ear = Ear(FULL)
    ear.press()
    ear.hear(STARTED, spotted())
    ear.speak()
    assert ear.hear(CONFIRMED, ended(spotted())) == ()
    assert ear.now.voice == "answer"


@pytest.mark.parametrize("attention", [FULL, HALF])
@pytest.mark.parametrize("voice", ["answer", "say"])
def test_stop_always_stops(attention, voice):
    ear = Ear(attention)
    ear.speak(voice)
    effects = ear.hear(STARTED, spotted("stop", "停"))
    assert CutVoice("stop") in effects
    assert [one.spotted.intent for one in effects if isinstance(one, Asked)] == ["stop"]


def test_in_half_duplex_stop_can_be_left_to_the_button():
    ear = Ear(Attention(duplex="half", hears_stop=False))
    ear.speak()
    assert ear.hear(STARTED, spotted("stop", "停")) == ()
    assert CutVoice("button") in ear.press()


def test_in_half_duplex_nothing_else_is_heard_while_the_node_speaks():
    ear = Ear(HALF)
    ear.speak()
    assert ear.light == "armed"
    heard = (STARTED, CONFIRMED, spotted(), spotted("wake"), ended(spotted()))
    assert ear.hear(*heard) == ()
    assert ear.now.voice == "answer"


def test_what_began_while_the_node_spoke_does_not_count_afterwards_in_half_duplex():
    ear = Ear(HALF)
    ear.now = ear.now.window(is_open=True)
    ear.hear(STARTED)
    ear.speak()
    ear.silent()
    assert ear.hear(ended()) == ()
    assert ear.now.began_s is None


def test_a_firm_line_ends_first_and_then_nothing_follows():
    ear = Ear(FULL)
    ear.speak("firm")
    assert ear.hear(STARTED, CONFIRMED) == ()
    assert ear.speak("answer") == (CutVoice("speech"),)
    assert ear.now.voice == ""


def test_a_wish_to_cut_a_firm_line_is_over_when_nothing_follows_it():
    ear = Ear(FULL)
    ear.speak("firm")
    ear.hear(STARTED, spotted("stop", "停"))
    ear.silent()
    assert ear.speak("answer") == ()


def test_talk_in_the_hall_does_not_cut_a_sentence_of_the_rundown():
    ear = Ear(FULL)
    ear.speak("say")
    assert ear.hear(STARTED, CONFIRMED, ended()) == ()
    assert ear.now.voice == "say"
    assert CutVoice("speech") in ear.hear(STARTED, spotted("wake"))


def test_a_voice_that_somebody_lowered_rises_again_when_the_microphone_is_lost():
    ear = Ear(FULL)
    ear.speak()
    ear.hear(STARTED)
    assert ear.now.is_ducked
    assert ear.now.by("full", is_lost=False) == ear.now
    lost = ear.now.by("half", is_lost=True)
    assert (lost.duplex, lost.is_ducked, lost.is_counted, lost.began_s) == (
        "half", False, False, None,
    )  # fmt: skip


def test_a_muted_ear_hears_nothing_until_a_press():
    ear = Ear(FULL)
    ear.press()
    ear.now = ear.now.muted(is_muted=True)
    assert ear.light == "muted"
    assert ear.hear(STARTED, spotted("wake"), spotted(), ended(spotted())) == ()
    ear.silent(answered=ANSWERED)
    assert ear.light == "muted"
    ear.press()
    assert ear.light == "listening"


def test_a_closed_ear_hears_nothing_not_even_a_press():
    ear = Ear(FULL)
    ear.now = ear.now.opened(is_open=False)
    assert ear.light == "closed"
    assert ear.press() == ()
    assert ear.hear(STARTED, spotted("wake"), spotted()) == ()
    ear.now = ear.now.opened(is_open=True)
    assert ear.light == "armed"


def test_the_light_shows_that_an_utterance_leaves():
    ear = Ear(FULL)
    ear.now = ear.now.sending(is_sending=True)
    assert ear.light == "sending"


def test_a_question_is_of_its_keyword_and_knows_when_it_began():
    ear = Ear(FULL)
    ear.press()
    (asked,) = ear.hear(STARTED, CONFIRMED, spotted("colour", "有黑色吗"))
    question = asked.question(sample_lexicon())
    assert question.understood.slots == {"colour": "black"}
    assert (question.at_s, question.began_s) == (pytest.approx(100.3), pytest.approx(100.1))


HEARD = st.sampled_from(
    (STARTED, CONFIRMED, VANISHED, spotted(), spotted("wake"), spotted("stop", "停"), ended(),
     ended(spotted()), ended(spotted("wake")))
)  # fmt: skip
STEPS = st.one_of(
    HEARD,
    st.sampled_from(("press", "say", "answer", "firm", "silent", "answered", "mute", "unmute",
                     "close", "open", "window", "wait")),
)  # fmt: skip


def happen(ear, step):
    """One thing more; its effects."""
    changes = {
        "mute": lambda: ear.now.muted(is_muted=True),
        "unmute": lambda: ear.now.muted(is_muted=False),
        "close": lambda: ear.now.opened(is_open=False),
        "open": lambda: ear.now.opened(is_open=True),
        "window": lambda: ear.now.window(is_open=not ear.now.is_window),
        "silent": lambda: ear.now.silent(ear.at_s),
        "answered": lambda: ear.now.silent(ear.at_s, answered=ANSWERED),
    }
    if not isinstance(step, str):
        return ear.hear(step)
    if step in changes:
        ear.now = changes[step]()
        return ()
    return {"press": ear.press, "wait": lambda: ear.wait(3.0)}.get(step, lambda: ear.speak(step))()


@given(st.sampled_from((FULL, HALF)), st.lists(STEPS, max_size=30))
def test_nothing_is_asked_of_an_ear_that_is_shut_or_was_not_called(attention, steps):
    ear = Ear(attention)
    for step in steps:
        before, light = ear.now, ear.light
        effects = happen(ear, step)
        asked = [one for one in effects if isinstance(one, Asked)]
        if light in {"muted", "closed"}:
            assert asked == []
        for one in asked:
            is_stop = one.spotted is not None and one.spotted.intent == "stop"
            assert is_stop or light == "listening" or before.is_counted
        if any(isinstance(one, CutVoice) for one in effects):
            assert ear.now.voice == ""
            assert before.voice != "firm" or step in {"say", "answer"}
