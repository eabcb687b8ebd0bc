"""Facts about what the assistant says: templates, prices in words, bounds, the market's words."""

from pathlib import Path

import pytest

from node.catalog.contents import read_content
from node.catalog.intents import INTENTS
from node.catalog.market import MARKETS, rules_of
from node.voice.acts import Speak
from node.voice.booth import CardSeen, Question, Stocked
from node.voice.intents import Understood
from node.voice.numerals import read_number, spoken_clock, spoken_number, spoken_yuan
from node.voice.replies import Line, own_replies, share_of_an_answer
from node.voice.values import Amount, Clock, Count, Money, Several, Told
from tests.fakes.asked_booth import FOLDER, AskedBooth, sample_catalog

ROOT = Path(__file__).parents[3]
CATALOGS = (FOLDER, ROOT / "node/demo", ROOT / "tests/vectors/rundown",
            ROOT / "tests/vectors/rundown_full")  # fmt: skip
FIRM_SHARE = 0.4
"""Two of the five seconds that an answer may take."""
OTHERS = ("continue", "yes", "no", "thanks", "")
SLOTS = {
    "colour": ({"colour": "black"}, {"colour": "green"}),
    "size": ({"about": "weight"}, {"about": "capacity"}),
    "help": ({"language": "en"}, {"language": "zh"}),
    "privacy": ({"privacy": "robot"}, {"privacy": "camera"}, {"privacy": "close"}),
}


def all_lines(folder, market="CN"):
    """All that is said about a catalog: every intent, slot and product, with and without offers."""
    catalog = sample_catalog(folder)
    for clock in ("11:40", "12:12", "12:45", "18:22"):
        booth = AskedBooth(catalog, market)
        day = max((one.on for one in catalog.offers.values()), default=None)
        booth.clock(clock)
        if day is not None:
            booth.set(now=booth.booth.now.replace(year=day.year, month=day.month, day=day.day))
            booth._priced()
        for product in catalog.products:
            booth.set(cards=(CardSeen(product, 0.0),), stock={product: Stocked(102, 1)})
            for intent in (*INTENTS, *OTHERS):
                for slots in ({}, *SLOTS.get(intent, ())):
                    for locale in ("zh", "en"):
                        understood = Understood(intent, locale, slots, 1.0)
                        question = Question("voice", understood, booth.booth.now_s)
                        _, answered = booth.dialogue.ask(question, booth.booth)
                        yield from (act for act in answered.acts if isinstance(act, Speak))


@pytest.mark.parametrize("folder", CATALOGS, ids=lambda one: one.name)
def test_all_that_is_said_takes_at_most_five_seconds_and_firm_lines_two(folder):
    said = list(all_lines(folder))
    assert len({act.line.key for act in said}) > 20
    for act in said:
        texts = (act.text, act.line.shown[act.locale])
        assert all(share_of_an_answer(text) <= 1 for text in texts), act
        assert act.line.key != "screen.look"
        if act.is_uncuttable:
            assert share_of_an_answer(act.text) <= FIRM_SHARE, act


@pytest.mark.parametrize("market", MARKETS)
def test_no_line_of_the_node_has_a_word_that_a_market_refuses(market):
    rules = rules_of(market)
    for locale, lines in own_replies().texts.items():
        for key, text in lines.items():
            line = Line(key, {locale: text}, {locale: text})
            assert line.fault(locale, rules) == "", text


def test_both_languages_have_the_same_lines_with_the_same_gaps():
    zh, en = own_replies().texts["zh"], own_replies().texts["en"]
    assert set(zh) == set(en)
    for key, line in zh.items():
        assert sorted(gaps(line)) == sorted(gaps(en[key])), key


def gaps(line):
    return [part.partition("}")[0] for part in line.split("{")[1:]]


def test_every_intent_has_a_label():
    for intent in (*INTENTS, *OTHERS):
        assert set(own_replies().label(intent, ("zh", "en"))) == {"zh", "en"}


def test_a_line_without_one_of_its_values_is_not_said_in_that_language():
    line = own_replies().line("fact.told", ("zh", "en"), text=Told({"zh": "硅胶。"}))
    assert line.shown == {"zh": "硅胶。"}
    assert line.fault("en", rules_of("CN")) == "no_text"


def test_a_merchants_line_takes_the_place_of_the_nodes():
    own = own_replies().with_own({"zh": {"price.badge": "现在只要{price}哦。"}})
    money = Money("129.00", "CNY")
    line = own.line("price.badge", ("zh", "en"), price=money, badge=Told({"en": "Show price"}))
    assert line.spoken == {
        "zh": "现在只要一百二十九元哦。", "en": "Show price: 129 yuan.",
    }  # fmt: skip


def test_a_line_with_a_refused_word_is_left_out_of_the_languages_shown():
    line = Line("x", {"zh": "最便宜", "en": "good"}, {"zh": "最便宜", "en": "good"})
    assert line.fault("zh", rules_of("CN")) == "words"
    assert line.lawful(rules_of("CN")).shown == {"en": "good"}


@pytest.mark.parametrize(
    ("amount", "currency", "zh", "en"),
    [
        ("129.00", "CNY", "一百二十九元", "129 yuan"),
        ("19.90", "CNY", "十九元九角", "19.90 yuan"),
        ("2", "CNY", "两元", "2 yuan"),
        ("0.05", "CNY", "五分", "0.05 yuan"),
        ("100.05", "CNY", "一百元零五分", "100.05 yuan"),
        ("19.90", "USD", "十九点九美元", "19.90 US dollars"),
        ("1", "USD", "一美元", "1 US dollar"),
        ("20.00", "EUR", "二十欧元", "20 euros"),
    ],
)
def test_prices_are_said_as_people_say_them(amount, currency, zh, en):
    assert (Money(amount, currency).spoken("zh"), Money(amount, currency).spoken("en")) == (zh, en)


def test_prices_are_shown_as_cldr_writes_them():
    assert Money("129.00", "CNY").shown("zh") == "¥129.00"
    assert Money("129.00", "CNY").shown("en") == "CN¥129.00"
    assert Money("19.90", "EUR").shown("de_DE") == "19,90\xa0€"


@pytest.mark.parametrize(
    ("number", "words"),
    [(0, "零"), (10, "十"), (12, "十二"), (20, "二十"), (86, "八十六"), (100, "一百"),
     (105, "一百零五"), (110, "一百一十"), (200, "两百"), (1005, "一千零五"), (1050, "一千零五十"),
     (2222, "两千两百二十二"),
     (10_000, "一万"), (10_500, "一万零五百"), (120_000, "十二万"), (100_000_005, "一亿零五")],
)  # fmt: skip
def test_numbers_are_read_in_chinese_and_back(number, words):
    assert spoken_number(number) == words
    assert read_number(words) == number


@pytest.mark.parametrize("number", [-1, 10**12])
def test_a_number_without_words_is_refused(number):
    with pytest.raises(ValueError, match="no words"):
        spoken_number(number)


def test_every_number_of_a_price_can_be_read_back():
    for number in range(0, 200_000, 37):
        assert read_number(spoken_number(number)) == number
        assert spoken_yuan(f"{number}.00") == spoken_yuan(str(number))


def test_what_is_no_number_is_none():
    assert read_number("茶") is None
    assert read_number("") is None


def test_times_are_said_in_words_and_shown_by_the_clock():
    assert (spoken_clock(730), spoken_clock(720)) == ("十二点十分", "十二点")
    assert (spoken_clock(1025), spoken_clock(120)) == ("十七点零五分", "两点")
    assert Clock(730).shown("zh") == "12:10"
    assert Clock(730).spoken("en") == "12:10 PM"


def test_counts_have_their_measure():
    sets = Count(30, {"zh": "套", "en": "sets"})
    assert (sets.spoken("zh"), sets.shown("zh"), sets.spoken("en")) == ("三十套", "30套", "30 sets")
    assert Count(2, {"zh": "套"}).spoken("zh") == "两套"
    assert Count(2, {}).spoken("zh") == "两件"
    assert Count(1, {"en": "sets"}).spoken("en") == "1"


def test_lists_and_units_are_written_as_cldr_does():
    assert Several({"zh": ("雾灰", "松绿")}).shown("zh") == "雾灰和松绿"
    assert Several({"en": ("grey", "green", "red")}).shown("en") == "grey, green, and red"
    assert Several({"zh": ("雾灰",)}).shown("en") == ""
    content = read_content("100 g")
    assert content is not None
    assert (Amount(content).spoken("zh"), Amount(content).spoken("en")) == ("100克", "100 grams")


def test_the_share_of_an_answer_counts_characters_and_words():
    assert share_of_an_answer("好" * 25 + "。") == 1
    assert share_of_an_answer(" ".join(["well"] * 15)) == 1
    assert share_of_an_answer("") == 0
