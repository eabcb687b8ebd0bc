"""Answers that can be rendered before anyone asks are those that are given when someone does."""

from itertools import islice

from node.voice.acts import Speak
from node.voice.foreseen import foreseen
from node.voice.replies import own_replies
from tests.fakes.asked_booth import AskedBooth


def lines(on: AskedBooth) -> list[tuple[str, str]]:
    return list(foreseen(own_replies(), on.booth))


def said(on: AskedBooth, text: str) -> list[tuple[str, str]]:
    return [(one.text, one.locale) for one in on.ask(text, "voice").acts if isinstance(one, Speak)]


def test_what_is_answered_was_foreseen():
    on = AskedBooth()
    known = set(lines(on))
    for text in ("这个多少钱", "有什么颜色", "怎么买", "how much is it", "where is it made"):
        answer = said(on, text)
        assert answer
        assert set(answer) <= known


def test_each_sentence_is_foreseen_once():
    known = lines(AskedBooth())
    assert len(known) == len(set(known)) > 50


def test_the_product_of_the_card_comes_first():
    on = AskedBooth()
    on.card("P18")
    on.set(cards=on.cards.cards)
    first = {text for text, _ in islice(foreseen(own_replies(), on.booth), 4)}
    assert {text for text, _ in said(on, "这个多少钱")} & first


def test_another_price_is_another_sentence():
    on = AskedBooth()
    before = set(lines(on))
    on.clock("12:12")
    assert set(lines(on)) - before
