"""Which keyword was said: thresholds, the span, what contains what, silence, stop."""

import numpy as np
import pytest

from node.voice.decision import HOP_SAMPLES, Bias, Decision, syllables, threshold
from node.voice.spotter import Label

PRICE, MUCH, SHIPPING, WAKE, STOP, FULL_STOP, FILLER, UNSURE = range(8)
LABELS = (
    Label("how much is it", "price", "en"),
    Label("多少钱", "price", "zh"),
    Label("how much is it to ship", "delivery", "en"),
    Label("小潮小潮", "wake", "zh"),
    Label("停", "stop", "zh"),
    Label("please stop now", "stop", "en"),
    Label("那个", "filler", "zh"),
    Label("有优惠吗", "discount", "zh", threshold=0.8),
)
PLAIN = Bias()
SPEAKING = Bias(is_speaking=True)


def hop(**scores):
    """Scores of one hop; what is left belongs to none of the keywords."""
    line = np.zeros(len(LABELS) + 1, np.float32)
    for name, score in scores.items():
        line[globals()[name] + 1] = score
    line[0] = 1 - line.sum()
    return line


NOTHING = hop()


def choices(hops, *, bias=PLAIN, is_speech=True, vetoed=(), ended_after=(), first=0, decision=None):
    """What is decided at which hop, with utterances that end after some of the hops."""
    decision = decision or Decision(LABELS)
    chosen = []
    for number, line in enumerate(hops, first + 1):
        choice = decision.feed(
            line, number * HOP_SAMPLES, is_speech=is_speech, bias=bias, vetoed=vetoed
        )
        if choice is not None:
            chosen.append((number, choice.label.keyword, round(choice.score, 2)))
        if number in ended_after:
            decision.utterance_ended()
    return chosen


def test_it_decides_four_hops_after_the_first_crossing_by_the_highest_score():
    assert choices([NOTHING, hop(MUCH=0.6), hop(MUCH=0.9)] + [NOTHING] * 9) == [(6, "多少钱", 0.9)]


def test_below_a_half_nothing_is_accepted_whatever_the_threshold():
    assert choices([hop(PRICE=0.49, MUCH=0.3)] * 9) == []
    assert choices([hop(PRICE=0.5)] * 9)[0][1] == "how much is it"


def test_a_keywords_own_higher_threshold_counts():
    assert choices([hop(UNSURE=0.79)] * 9) == []
    assert choices([hop(UNSURE=0.81)] * 9)[0][1] == "有优惠吗"


def test_within_the_span_a_keyword_beats_one_that_it_contains():
    hops = [hop(PRICE=0.95), hop(PRICE=0.9), hop(SHIPPING=0.6), NOTHING, NOTHING]
    assert choices(hops) == [(5, "how much is it to ship", 0.6)]


def test_after_the_span_it_is_too_late():
    hops = [hop(PRICE=0.95)] + [NOTHING] * 4 + [hop(SHIPPING=0.9)] * 20
    assert choices(hops) == [(5, "how much is it", 0.95)]


def test_a_decision_silences_the_rest_of_the_utterance():
    assert len(choices([hop(MUCH=0.9)] * 60)) == 1


def test_even_where_the_utterance_ends_at_once_it_silences_a_second():
    hops = [hop(MUCH=0.9)] * 40
    first, second, *_ = choices(hops, ended_after=range(1, 60))
    assert (first[0], second[0]) == (5, 22)  # deaf to hop 17 = 5 + 12.5, then a span of four


def test_after_the_wake_word_a_question_in_the_same_breath_is_heard():
    hops = [hop(WAKE=0.9)] * 8 + [hop(MUCH=0.9)] * 8 + [hop(WAKE=0.9)] * 20
    assert [keyword for _, keyword, _ in choices(hops)] == ["小潮小潮", "多少钱"]


def test_the_wake_word_again_is_heard_in_the_next_utterance():
    hops = [hop(WAKE=0.9)] * 5 + [NOTHING] * 20 + [hop(WAKE=0.9)] * 5
    assert len(choices(hops)) == 1
    assert len(choices(hops, ended_after=[12])) == 2


def test_without_speech_lately_nothing_is_crossed():
    assert choices([hop(MUCH=0.9)] * 9, is_speech=False) == []


def test_a_short_stop_word_counts_at_a_third_only_while_we_speak():
    assert choices([hop(STOP=0.9)] * 9) == []
    assert choices([hop(STOP=0.31)] * 9, bias=SPEAKING)[0][1] == "停"
    assert choices([hop(STOP=0.29)] * 9, bias=SPEAKING) == []


def test_a_longer_stop_word_counts_always_and_sooner_while_we_speak():
    assert choices([hop(FULL_STOP=0.4)] * 9) == []
    assert choices([hop(FULL_STOP=0.6)] * 9)[0][1] == "please stop now"
    assert choices([hop(FULL_STOP=0.4)] * 9, bias=SPEAKING)[0][1] == "please stop now"


def test_a_likelier_intent_is_no_stop_even_while_we_speak():
    assert choices([hop(STOP=0.35, MUCH=0.6)] * 9, bias=SPEAKING)[0][1] == "多少钱"


def test_a_clip_known_to_say_it_raises_an_intents_threshold():
    bias = Bias(boosts={"price": 0.95})
    assert choices([hop(MUCH=0.94)] * 9, bias=bias) == []
    assert choices([hop(WAKE=0.6)] * 9, bias=bias)[0][1] == "小潮小潮"


@pytest.mark.parametrize(("shift", "count"), [(0.0, 1), (0.2, 0), (-0.2, 1)])
def test_the_operators_shift_moves_every_threshold(shift, count):
    assert len(choices([hop(MUCH=0.6)] * 9, bias=Bias(shift=shift))) == count


def test_after_the_wake_word_less_is_enough_for_8_s():
    enough, called = hop(UNSURE=0.72), [hop(WAKE=0.9)] * 5
    assert choices([enough] * 9) == []
    assert [one for _, one, _ in choices([*called, *[enough] * 9])] == ["小潮小潮", "有优惠吗"]
    late = [*called, *[NOTHING] * 101, *[enough] * 9]
    assert [one for _, one, _ in choices(late)] == ["小潮小潮"]


def test_after_a_question_to_the_called_assistant_other_talk_needs_the_whole_threshold_again():
    hops = [*[hop(WAKE=0.9)] * 5, *[hop(MUCH=0.9)] * 5, *[NOTHING] * 20, *[hop(UNSURE=0.72)] * 9]
    found = choices(hops, ended_after={20})
    assert [one for _, one, _ in found] == ["小潮小潮", "多少钱"]


def test_who_pressed_talk_needs_less_but_never_less_than_before_nor_for_the_wake_word():
    called = Bias(is_addressed=True)
    assert choices([hop(UNSURE=0.72)] * 9, bias=called)[0][1] == "有优惠吗"
    assert choices([hop(UNSURE=0.68)] * 9, bias=called) == []
    assert threshold(Label("价格", "price", "zh", threshold=0.6), called) == 0.6
    assert threshold(Label("小潮", "wake", "zh", threshold=0.9), called) == 0.9
    assert threshold(Label("多少", "price", "zh", threshold=1.0), called) == 1.0


def test_one_language_may_be_listened_for_alone():
    hops = [hop(MUCH=0.6, PRICE=0.4)] * 9
    assert choices(hops, bias=Bias(locale="en")) == []
    assert choices(hops, bias=Bias(locale="zh"))[0][1] == "多少钱"


def test_what_the_loudspeaker_says_is_dropped_and_silences_nothing():
    decision = Decision(LABELS)
    assert choices([hop(MUCH=0.9)] * 5, vetoed={"price"}, decision=decision) == []
    assert choices([hop(WAKE=0.9)] * 8, first=5, decision=decision)[0][1] == "小潮小潮"


def test_another_intent_in_the_same_span_is_not_dropped_with_it():
    hops = [hop(MUCH=0.9), hop(WAKE=0.7)] + [NOTHING] * 4
    assert choices(hops, vetoed={"price"}) == [(5, "小潮小潮", 0.7)]


def test_a_filler_is_told_but_never_chosen():
    decision = Decision(LABELS)
    assert decision.is_filler(hop(FILLER=0.6))
    assert not decision.is_filler(hop(MUCH=0.9))
    assert choices([hop(FILLER=0.9)] * 9) == []


@pytest.mark.parametrize(
    ("keyword", "count"),
    [
        *(("多少钱", 3), ("停", 1), ("stop", 1), ("how much is it", 4), ("price please", 2)),
        *(("go on", 2), ("hey tidal", 3), ("the price", 2), ("little", 2), ("", 0), ("mmm", 1)),
    ],
)
def test_syllables_are_counted(keyword, count):
    assert syllables(keyword) == count
