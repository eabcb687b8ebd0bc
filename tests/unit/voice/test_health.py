"""Facts about questions of health and safety: no model answers them, others are not among them."""

from dataclasses import replace

import pytest

from node.voice.health import health_words
from node.voice.intents import is_of_health, understand
from node.voice.lexicon import lexicon_of
from tests.fakes.asked_booth import sample_catalog, sample_lexicon
from tests.fakes.health_questions import is_told_for_safety, questions, reaches_a_model


def understood(text):
    return understand(text, sample_lexicon())


def sold(name, text):
    """What is understood where an article of this name is sold."""
    catalog = sample_catalog()
    product = replace(catalog.products["P17"], ask=(name,), title={})
    return understand(text, lexicon_of(replace(catalog, products={"P17": product})))


def test_no_known_question_of_health_reaches_a_model():
    assert [one for one in questions("health.txt") if reaches_a_model(one)] == []


def test_of_harder_ones_that_no_word_was_added_for_three_of_four_reach_none():
    asked = questions("health_aside.txt")
    assert sum(map(reaches_a_model, asked)) <= len(asked) / 4


def test_questions_of_a_shop_are_not_taken_for_them():
    caught = [one for one in questions("harmless.txt") if is_told_for_safety(one)]
    assert len(caught) <= 0.02 * len(questions("harmless.txt"))


def test_what_shops_deal_in_may_still_be_asked_of_a_model():
    assert reaches_a_model("can I take it through airport security")
    assert reaches_a_model("可以刻字吗")


def test_of_what_no_shop_deals_in_no_model_is_asked():
    assert not reaches_a_model("what would a midwife say about it")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("reel", "does the reel fit a left hander"), ("鱼竿", "鱼竿几节的"),
        ("record", "is the record a first pressing"), ("唱机", "唱机自带唱放吗"),
        ("pothos", "can I propagate the pothos"), ("兰花", "兰花什么时候开花"),
        ("brake pads", "do the brake pads fit a corolla"), ("滤芯", "滤芯几个月换一次"),
    ],
)  # fmt: skip
def test_what_a_shop_sells_is_what_shops_deal_in_however_rare(name, text):
    assert not sold(name, text).is_kept_from_models
    assert understood(text).is_kept_from_models


def test_but_not_where_somebody_is_to_use_it():
    assert sold("reel", "would the reel do for my mother's left hand").is_kept_from_models


@pytest.mark.parametrize(
    "text",
    [
        "does it need fertilizer", "do you have Liverpool shirts", "do you have nuts and bolts",
        "do you have hazard lights", "do they come as ankle boots", "when does it bloom",
        "支持蓝牙吗", "是骨传导的吗", "胎压是多少", "会伤唱片吗", "是高腰的吗", "裤脚能改吗",
        "版型偏瘦吗", "铅坠多少钱", "有病虫害吗", "有皮肤衣吗",
    ],
)  # fmt: skip
def test_words_of_fashion_plants_sound_and_cars_are_none_of_health(text):
    assert understood(text).intent != "suitable"


@pytest.mark.parametrize(
    "text",
    ["does it burn in the mouth", "is it bad for the liver", "头痛包治吗", "is it for fertility"],
)
def test_near_them_those_of_health_are_known(text):
    assert understood(text).intent == "suitable"


def test_a_word_that_is_known_is_not_taken_for_a_misspelt_one():
    assert understood("how many pieces has the tea set").intent != "price"


@pytest.mark.parametrize(
    "text", ["I have dermatitis", "is it fine with tonsillitis", "反复口腔溃疡发炎能用吗"]
)
def test_an_ailment_is_known_by_a_part_of_its_name(text):
    assert understood(text).intent == "suitable"


def test_a_doubtful_word_counts_where_nothing_else_is_understood():
    assert understood("does it dry my lips").intent == "suitable"
    assert understood("how much is the one for dry lips").intent == "price"


def test_somebody_near_who_uses_it_is_a_question_of_fitness():
    assert understood("can my husband wear it").intent == "suitable"
    assert understood("我老公戴这个行吗").intent == "suitable"


def test_a_harmless_phrase_holds_a_word_of_health():
    assert understood("这壶有什么毛病").intent != "suitable"
    assert understood("has the offer expired").intent != "suitable"


def test_a_short_word_of_health_is_not_guessed_from_another():
    assert understood("is there one in pain t").intent == "suitable"
    assert understood("is there one in paint").intent != "suitable"


def test_i_will_is_not_ill():
    assert understood("I'll take it").intent == "how_to_buy"


@pytest.mark.parametrize("text", ["Yes, that is fine.", "孕期可以喝。", "It calms the stomach."])
def test_a_reply_that_judges_fitness_or_speaks_of_health_is_known(text):
    assert is_of_health(text, sample_lexicon())


@pytest.mark.parametrize(
    "text",
    [
        "Press it flat, then clip the lid on.",
        "压平再扣上。",
        "It comes within two weeks.",
        "保修十二个月。",
    ],
)
def test_a_reply_on_how_to_use_it_is_not(text):
    assert not is_of_health(text, sample_lexicon())


def test_no_word_of_health_stands_in_two_kinds():
    known = health_words()
    kinds = [*known.sure.values(), known.doubtful, known.whom, known.uses, known.harmless]
    said = [line for kind in kinds for lines in kind.values() for line in lines]
    assert sorted(one for one in set(said) if said.count(one) > 1) == []
