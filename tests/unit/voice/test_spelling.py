"""Facts about words that are misspelt, cut short or parted, and about those that are others."""

import pytest

from node.voice.intents import understand
from node.voice.spelling import joined, mended, voiced
from tests.fakes.asked_booth import sample_lexicon

LEXICON = sample_lexicon()


@pytest.mark.parametrize(
    ("token", "meant"),
    [("mcuh", "much"), ("pirce", "price"), ("pricee", "price"), ("deliverey", "delivery"),
     ("shippping", "shipping"), ("retrun", "return"), ("weigth", "weigh"),
     ("discounnt", "discount"),
     ("colourss", "colours"), ("cancelled", "cancel"),
     ("deliveries", "deliver")],
)  # fmt: skip
def test_a_slip_is_mended(token, meant):
    assert mended(token, LEXICON) == meant


@pytest.mark.parametrize(
    "token",
    ["priceless", "discounter", "dealer", "colourful", "orderly", "costar", "materialise",
     "returnee",
     "orangeade", "brownie", "robotic", "managerial", "repeater", "skipping", "stopwatch", "price",
     "door"],
)  # fmt: skip
def test_a_word_that_goes_on_where_a_known_one_ends_is_another(token):
    assert mended(token, LEXICON) == token


def test_what_is_dear_is_too_dear():
    assert understand("is it pricey", LEXICON).intent == "discount"


def test_a_word_without_its_vowels_is_read():
    assert voiced("hw", LEXICON) == "how"
    assert understand("hw much", LEXICON).intent == "price"
    assert understand("hw mch is it", LEXICON).intent == "price"


@pytest.mark.parametrize("token", ["xyz", "h", "how", "1", "块", "mm"])
def test_of_others_none_is_guessed(token):
    assert voiced(token, LEXICON) == token


@pytest.mark.parametrize(
    ("text", "asked"),
    [("能打个折不", "discount"), ("帮我退个货", "returns"), ("我下个单", "how_to_buy"),
     ("降点价呗", "discount"),
     ("付了款呢", "how_to_buy"), ("帮我叫个人", "call_staff")],
)  # fmt: skip
def test_verb_and_object_that_are_parted_are_read_together(text, asked):
    found = understand(text, LEXICON)
    assert found.intent == asked
    assert found.confidence < 0.9


def test_nothing_else_is_joined():
    tokens = LEXICON.tokens("这个杯子有个盖")
    assert joined(tokens, LEXICON) == tokens
