"""What is said: as long as its sound, cut by name, an answer over a segment's end."""

import pytest

from node.errors import CommandError
from node.program.commands import Answer, CutSaying, Say, SayLasts
from node.program.rundown import Cue
from node.program.saying import reading_s
from tests.fakes.rundowns import clip, rundown, say
from tests.fakes.stage import Stage, stage

WORDS = {"zh": "展会价一百二十九元。", "en": "The show price is 129 yuan."}
ANSWER = Answer("answer.1", WORDS, locale="en")


def on_air(*cues: Cue) -> Stage:
    on = stage(rundown(clip("a", 60, *cues), clip("b", 60), play=("a", "b")))
    on.go(10)
    return on


def test_a_sentence_ends_with_its_sound():
    on = on_air()
    on.do(ANSWER)
    on.step()
    on.do(SayLasts("answer.1", 0.5))
    on.go(14)
    assert on.show.saying is not None
    on.step()
    assert on.show.saying is None
    assert [(fact.why, fact.ms) for fact in on.seen("say.end")] == [("time", 500.0)]


def test_the_words_stand_as_long_as_reading_takes_though_the_sound_is_over():
    on = on_air()
    on.do(ANSWER)
    on.do(SayLasts("answer.1", 0.5))
    on.go(16)
    assert (on.show.saying, on.show.lower_third is None) == (None, False)
    on.go(round(reading_s(WORDS) * 30))
    assert on.show.lower_third is None


def test_the_words_stand_as_long_as_a_slow_sound():
    on = on_air()
    on.do(ANSWER)
    on.do(SayLasts("answer.1", 9))
    on.go(9 * 30)
    assert on.show.lower_third is not None
    on.step()
    assert (on.show.saying, on.show.lower_third) == (None, None)


def test_a_length_told_twice_or_for_another_sentence_changes_nothing():
    on = on_air()
    on.do(ANSWER)
    on.do(SayLasts("answer.1", 3))
    once = on.show
    on.do(SayLasts("answer.1", 3))
    on.do(SayLasts("a.0", 1))
    assert on.show == once


def test_an_answer_is_spoken_in_the_language_of_the_question_and_shown_in_all():
    on = on_air()
    on.do(ANSWER)
    assert on.show.saying is not None
    assert (on.show.saying.locale, on.show.saying.is_answer) == ("en", True)
    assert on.show.lower_third is not None
    assert on.show.lower_third.text == WORDS


def test_an_answer_asked_for_twice_is_said_once():
    on = on_air()
    on.do(ANSWER)
    on.step()
    on.do(ANSWER)
    assert len(on.seen("say.start")) == 1
    assert not on.seen("say.cut")


def test_a_cut_sentence_takes_its_words_along_and_tells_why_and_when():
    on = on_air()
    on.do(ANSWER)
    on.go(15)
    on.do(CutSaying("answer.1", "speech"))
    assert (on.show.saying, on.show.lower_third) == (None, None)
    (cut,) = on.seen("say.cut")
    assert (cut.cue, cut.why, cut.ms) == ("answer.1", "speech", 500.0)


def test_cutting_what_is_over_changes_nothing():
    on = on_air()
    on.do(ANSWER)
    before = on.show
    on.do(CutSaying("a.0", "stop"))
    assert on.show == before
    assert not on.seen("say.cut")


def test_a_firm_sentence_is_said_to_its_end():
    on = on_air()
    on.do(Answer("notice", WORDS, is_firm=True))
    with pytest.raises(CommandError, match="to its end"):
        on.do(CutSaying("notice", "speech"))
    assert on.show.saying is not None


def test_an_answer_goes_on_over_the_end_of_a_segment_and_a_cues_words_do_not():
    on = stage(rundown(clip("a", 2, say("a", 0, 10)), clip("b", 9), play=("a", "b")))
    on.go(50)
    on.do(ANSWER)
    on.go(20)
    assert on.show.airing.segment == "b"
    assert on.show.saying is not None
    assert on.show.lower_third is not None
    assert [fact.why for fact in on.seen("say.cut")] == ["replaced"]
    on.go(200)
    assert (on.show.saying, on.show.lower_third) == (None, None)
    assert [fact.why for fact in on.seen("say.end")] == ["time"]


def test_a_sentence_of_the_rundown_takes_the_place_of_an_answer():
    on = on_air(say("a", 0, 30))
    on.do(ANSWER)
    on.go(25)
    assert on.show.saying is not None
    assert on.show.saying.cue == "a.0"
    assert [(fact.cue, fact.why) for fact in on.seen("say.cut")] == [("answer.1", "replaced")]


def test_an_operators_sentence_is_said_in_the_first_language():
    on = on_air()
    on.do(Say(WORDS))
    assert on.show.saying is not None
    assert (on.show.saying.locale, on.show.saying.is_answer) == ("", False)
