"""Facts about understanding: the longest phrase, names, slots, languages, safety, misspelling."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.intents import INTENTS, read_intents
from node.voice.intents import heard, understand
from node.voice.lexicon import PHRASES_FILE, lexicon_of, own_phrases, own_words
from node.voice.tokens import tokens_of
from tests.fakes.asked_booth import WAKE_WORDS, sample_catalog

LEXICON = lexicon_of(sample_catalog(), wake_words=WAKE_WORDS)
PHRASES = [
    (intent, locale, line)
    for intent, by_locale in own_phrases().items()
    for locale, lines in by_locale.items()
    for line in lines
]


def understood(text, hint=""):
    return understand(text, LEXICON, hint)


def test_the_shipped_phrasings_are_what_a_merchants_file_would_have_to_be():
    assert read_intents(PHRASES_FILE, ("zh", "en")) == own_phrases()
    assert set(own_phrases()) == set(INTENTS)
    counts = {locale: sum(one == locale for _, one, _ in PHRASES) for locale in ("zh", "en")}
    assert counts == {"zh": 149, "en": 144}


@pytest.mark.parametrize(("intent", "locale", "line"), PHRASES)
def test_every_shipped_phrasing_is_understood_in_its_language(intent, locale, line):
    found = understood(line)
    assert (found.intent, found.locale, found.confidence) == (intent, locale, 1.0)


def test_every_written_word_stands_for_its_intent():
    wrong = [
        (line, found)
        for intent, by_locale in own_words().typed.items()
        for lines in by_locale.values()
        for line in lines
        if (found := understood(line).intent) != intent
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "asked"),
    [("一百块行不行", "discount"), ("99块钱卖不卖", "discount"), ("给个最低价", "discount"),
     ("will you take $50", "discount"), ("可以寄国外吗", "delivery"),
     ("能刷信用卡吗", "how_to_buy"), ("do you take cash", "how_to_buy"),
     ("质量有问题怎么办", "returns"), ("大概几斤", "size"),
     ("can i speak to someone", "call_staff"), ("买一块多少", "price")],
)  # fmt: skip
def test_an_everyday_question_around_a_written_word_is_of_its_intent(text, asked):
    assert understood(text).intent == asked


def test_the_longest_phrase_wins():
    assert understood("how much is shipping").intent == "delivery"
    assert understood("太小声了").intent == "louder"
    assert understood("小声点").intent == "quieter"
    assert understood("别那么大声").intent == "quieter"


@pytest.mark.parametrize(
    "text",
    ["多少钱", "多 少 钱!!", "多少錢?", "  這個 多少錢 ", "多\u200b少钱", "HOW MUCH??",
     "ＨＯＷ　ＭＵＣＨ", "小潮小潮,多少钱", "Hey Tidal, how much"],
)  # fmt: skip
def test_case_width_script_punctuation_and_the_wake_word_do_not_count(text):
    assert understood(text).intent == "price"


def test_a_product_is_known_by_every_name_it_has():
    assert understood("保温杯多少钱").products == ("P18",)
    assert understood("潮汐 480 毫升保温杯多少钱").products == ("P18",)
    assert understood("how much are the cups").products == ("P18",)
    assert understood("茶具和保温杯哪个好").products == ("P17", "P18")


def test_a_name_within_another_phrase_is_no_product():
    assert understood("能放洗碗机吗").products == ()


def test_it_stands_for_a_product_in_the_middle_of_a_phrase():
    found = understood("where is the tea set made")
    assert (found.intent, found.products) == ("origin", ("P17",))


def test_slots_are_told_by_words_and_by_the_catalogs_own_colours():
    assert understood("有黑色吗").slots == {"colour": "black"}
    assert understood("does it come in black").slots == {"colour": "black"}
    assert understood("有雾灰的吗").slots == {"colour": "雾灰"}
    assert understood("有大号吗").slots == {"size": "large"}
    assert understood("有多重").slots == {"about": "weight"}
    assert understood("red one?").intent == "colour"


def test_a_language_is_told_by_the_words_and_can_be_wished_for():
    assert understood("price").locale == "en"
    assert understood("价格").locale == "zh"
    assert understood("12?", hint="en").locale == "en"
    assert understood("说英文").slots["language"] == "en"
    assert understood("speak Chinese").slots["language"] == "zh"
    assert understood("用英文说多少钱").intent == "price"


def test_the_previous_one_gives_way_to_what_is_asked_of_it():
    assert understood("刚才那个").intent == "previous"
    asked = understood("刚才那个多少钱")
    assert (asked.intent, asked.refers) == ("price", "previous")
    assert understood("how much is the previous one").refers == "previous"
    assert understood("下一个多少钱").refers == "next"
    assert understood("和上一个比呢").intent == "compare"


@pytest.mark.parametrize(
    "text",
    ["孕妇能喝吗多少钱", "I'm allergic to nuts, what are the ingredients",
     "is it safe for my baby?", "宝宝能用这个颜色吗", "你好,糖尿病人能喝吗",
     "does the cup have bpa", "will it burn my skin", "对皮肤有刺激吗", "会不会漏电",
     "is it harmful", "what age is it for", "几岁能用", "有辐射吗", "does it cure headaches"],
)  # fmt: skip
def test_health_and_safety_win_over_everything(text):
    assert understood(text).intent == "suitable"


def test_a_word_of_safety_in_a_products_name_asks_nothing():
    catalog = sample_catalog()
    cup = replace(catalog.products["P18"], ask=("儿童保温杯", "kids cup"))
    own = lexicon_of(replace(catalog, products={"P18": cup}))
    assert understand("儿童保温杯多少钱", own).intent == "price"
    assert understand("how much is the kids cup", own).intent == "price"
    assert understand("儿童保温杯安全吗", own).intent == "suitable"


def test_a_longer_phrase_may_hold_a_word_of_safety():
    assert understood("is it dishwasher safe").intent == "usage"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("how mcuh is it", "price"), ("deliverey?", "delivery"), ("这个多少前", "price"),
     ("will it fit in a backpack", "size"), ("声音能不能再大一点", "louder")],
)  # fmt: skip
def test_what_is_nearly_said_is_understood_with_less_confidence(text, intent):
    found = understood(text)
    assert found.intent == intent
    assert 0 < found.confidence < 0.9


@pytest.mark.parametrize("text", ["有没有甜的", "有没有辣的吗", "有没有Liverpool的"])
def test_a_word_that_is_none_of_a_colour_is_not_guessed_to_be_one(text):
    assert understood(text).slots == {}


@pytest.mark.parametrize(
    "text",
    ["", "???", "今天天气怎么样", "who won the match yesterday", "厕所在哪里", "do you have wifi",
     "lorem ipsum dolor", "🙂🙂", "a" * 200, "的" * 200, "多么少的钱啊天哪"],
)  # fmt: skip
def test_what_asks_nothing_of_a_booth_is_not_understood(text):
    assert understood(text).intent == ""


WORDS = sorted({line for _, _, line in PHRASES} | {"茶具", "cup", "孕妇", "刚才那个", "!", " "})


@given(st.one_of(st.text(max_size=300), st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)))
def test_any_text_at_all_is_read_as_an_intent_or_none(text):
    found = understood(text)
    assert found.intent in {"", *INTENTS, "continue", "yes", "no", "thanks"}
    assert 0 <= found.confidence <= 1
    assert set(found.products) <= set(sample_catalog().products)


@given(st.lists(st.sampled_from(WORDS), max_size=3), st.lists(st.sampled_from(WORDS), max_size=3))
def test_whatever_stands_about_it_a_question_of_pregnancy_is_for_staff(before, after):
    assert understood(" ".join([*before, "孕妇能喝吗", *after])).intent == "suitable"


def test_only_two_hundred_characters_are_looked_at():
    assert understood("的" * 200 + "多少钱").intent == ""


def test_whole_answers_count_only_where_nothing_else_is_said():
    assert understood("继续").intent == "continue"
    assert understood("go on").intent == "continue"
    assert understood("好的").intent == "yes"
    assert understood("好的,多少钱").intent == "price"
    assert understood("no thanks").intent == "no"


def test_a_greeting_marks_someone_new():
    assert understood("你好,这个多少钱").is_greeting
    assert understood("hello").intent == "help"
    assert not understood("多少钱").is_greeting


def test_a_name_with_empty_words_is_bare():
    assert understood("那保温杯呢").is_bare
    assert understood("what about the cup").is_bare
    assert not understood("does the cup sing").is_bare
    assert understood("let me see the cup").intent == "price"


def test_a_spotted_keyword_brings_the_slots_of_its_words_and_its_label():
    found = heard("有黑色吗", "colour", locale="zh", slots={}, score=0.83, lexicon=LEXICON)
    assert (found.intent, found.locale, found.confidence) == ("colour", "zh", 0.83)
    assert found.slots == {"colour": "black"}
    fixed = heard("这款", "colour", locale="zh", slots={"colour": "red"}, score=1, lexicon=LEXICON)
    assert fixed.slots == {"colour": "red"}
    assert heard("别录我", "privacy", locale="zh", slots={}, score=1, lexicon=LEXICON).slots == {
        "privacy": "close"
    }


def test_a_merchants_phrasings_take_the_place_of_the_nodes():
    own = lexicon_of(sample_catalog(), phrases={"gift": {"zh": ("来点啥",)}})
    assert understand("来点啥", own).intent == "gift"
    assert understand("什么价", own).intent == ""


def test_a_chinese_character_is_a_word_of_its_own():
    assert tokens_of("这个Tea-Set,多少?", {}) == ("这", "个", "tea", "set", "多", "少")


def test_an_understood_question_holds_none_of_its_words():
    assert "秘密" not in repr(understood("秘密的多少钱"))
