"""Facts about what a dialogue remembers, and for how long."""

import pytest

from node.voice.booth import CardSeen, CardsSeen
from tests.fakes.asked_booth import AskedBooth


@pytest.fixture
def booth():
    return AskedBooth()


def test_the_product_on_the_card_is_meant(booth):
    booth.card("P18")
    assert booth.ask("便宜点呗").product == "P18"


def test_a_card_that_is_gone_counts_for_ninety_seconds(booth):
    booth.set(beat_product="P21")
    booth.card("P18")
    booth.wait(1)
    booth.card("")
    booth.wait(87)
    assert booth.ask("多少钱").product == "P18"
    booth.wait(1)
    assert booth.ask("多少钱").product == "P21"


def test_with_nothing_to_mean_the_node_asks_which_and_remembers_what(booth):
    booth.card("")
    booth.wait(91)
    asked = booth.ask("什么材质")
    assert (asked.why, asked.asks_back) == ("no_product", True)
    told = booth.ask("保温杯")
    assert (told.intent, told.product) == ("material", "P18")


def test_a_name_counts_until_a_newer_card(booth):
    assert booth.ask("保温杯多少钱").product == "P18"
    assert booth.ask("什么材质").product == "P18"
    booth.card("P21")
    assert booth.ask("什么材质").product == "P21"


def test_the_one_before_is_the_last_other_product(booth):
    booth.wait(1)
    booth.card("P21")
    assert booth.ask("刚才那个多少钱").product == "P17"
    assert booth.ask("刚才那个多少钱").product == "P21"


def test_to_compare_with_the_one_before_moves_nothing(booth):
    booth.wait(1)
    booth.card("P21")
    booth.ask("和上一个比呢")
    assert booth.ask("多少钱").product == "P21"


def test_a_slot_is_carried_over_three_turns(booth):
    booth.ask("有黑色吗")
    for text in ("多少钱", "怎么买"):
        booth.ask(text)
        assert booth.dialogue.context.slots == {"colour": "black"}
    booth.ask("几天到")
    assert booth.dialogue.context.slots == {}


def test_all_is_forgotten_after_a_minute_of_silence(booth):
    booth.ask("speak English")
    booth.ask("保温杯")
    booth.wait(56)
    assert booth.ask("多少钱").product == "P18"
    assert booth.dialogue.context.locale == "en"
    booth.wait(58)
    answered = booth.ask("多少钱")
    assert (answered.product, answered.locale) == ("P17", "zh")


def test_all_is_forgotten_at_the_next_segment_but_that_an_ai_speaks(booth):
    booth.ask("保温杯")
    booth.set(airing=1)
    assert booth.ask("多少钱").product == "P17"
    assert booth.dialogue.context.has_told_ai


def test_all_is_forgotten_when_someone_new_says_hello(booth):
    booth.ask("保温杯有黑色吗")
    booth.ask("你好")
    assert booth.dialogue.context.mentions == ()
    assert booth.dialogue.context.slots == {}
    assert booth.ask("多少钱").product == "P17"


def test_a_card_is_seen_from_its_coming_to_its_going():
    seen = CardsSeen().after("P17", 1.0).after("P17", 2.0).after("", 3.0).after("P18", 4.0)
    assert seen.cards == (CardSeen("P17", 1.0, 3.0), CardSeen("P18", 4.0))
    assert seen.after("P21", 5.0).cards[1] == CardSeen("P18", 4.0, 5.0)


def test_eight_cards_are_kept():
    seen = CardsSeen()
    for number in range(20):
        seen = seen.after(f"P{number}", float(number))
    assert [one.product for one in seen.cards] == [f"P{number}" for number in range(12, 20)]


def test_a_product_that_was_taken_out_of_the_catalog_is_not_meant(booth):
    booth.ask("保温杯多少钱")
    products = {key: one for key, one in booth.catalog.products.items() if key != "P18"}
    from dataclasses import replace  # noqa: PLC0415

    booth.set(catalog=replace(booth.catalog, products=products))
    assert booth.ask("多少钱").product == "P17"
