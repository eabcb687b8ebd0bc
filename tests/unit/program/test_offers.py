"""Offers and stock: prices by the clock, what is left, cards that say what is true."""

from datetime import timedelta

import pytest

from node.catalog.products import Product
from node.errors import CommandError
from node.program.cards import Price, price_now, quantity_left
from node.program.commands import SetStock, ShowCard, Sold, Take, TakeLive
from node.program.offers import Trade
from node.program.schedule import opening, saved_of
from tests.fakes.rundowns import card, clip, live, offer, offered, rundown
from tests.fakes.stage import clock, stage

TEA = Product("P17", {"zh": "茶具"}, {"CNY": "129.00", "USD": "19.90"})
DESK = live("desk", 300, 60, offered("desk", 0, 730))
NOON = rundown(DESK, clip("a", 400, card("a", 0, 30, frames=9000)), play=("desk",),
               offers=(offer(),))  # fmt: skip


def test_the_price_holds_by_the_clock_whatever_is_on_air():
    on = stage(rundown(clip("a", 300), play=("a",), offers=(offer(),)), 729, 59)
    on.step()
    assert price_now(TEA, on.show, "CNY") == Price("129.00", "")
    on.go(30)
    assert price_now(TEA, on.show, "CNY") == Price("99.00", "noon")
    on.minute = 745
    on.step()
    assert price_now(TEA, on.show, "CNY") == Price("129.00", "")


def test_an_offer_without_a_price_in_a_currency_leaves_that_price_alone():
    on = stage(NOON, 730)
    on.step()
    assert price_now(TEA, on.show, "USD") == Price("19.90", "")


def test_what_is_sold_is_no_longer_left_and_a_repeat_does_no_harm():
    on = stage(NOON, 730)
    on.do(Sold("noon", 12))
    on.do(Sold("noon", 12))
    on.do(Sold("noon", 3))
    assert quantity_left(on.show, "noon") == 18
    assert [fact.n for fact in on.seen("offer.sold")] == [12]


def test_never_more_is_left_than_there_is():
    on = stage(NOON, 730)
    on.do(SetStock("P17", 4))
    assert quantity_left(on.show, "noon") == 4
    on.do(Sold("noon", 99))
    assert quantity_left(on.show, "noon") == 0
    assert on.seen("offer.sold")[0].why == "more than there were"


def test_a_sale_of_an_unknown_offer_is_refused():
    with pytest.raises(CommandError, match="nope"):
        stage(NOON).do(Sold("nope", 1))


def test_an_offer_sold_out_takes_its_strip_and_its_price_down():
    on = stage(NOON, 730)
    on.go(61 * 30)
    assert on.show.countdown == "noon"
    on.do(Sold("noon", 30))
    on.step()
    assert on.show.countdown == ""
    assert on.seen("offer.end")[0].why == "sold_out"
    assert price_now(TEA, on.show, "CNY").offer == ""


def test_an_offer_sold_out_before_it_starts_is_never_shown():
    on = stage(NOON, 729, 59)
    on.do(Sold("noon", 30))
    on.go(60)
    assert (on.show.card, on.show.strip) == (None, None)
    assert on.seen("cue.skip")[0].why == "sold out"


def test_an_offer_sold_out_in_the_frame_it_starts_goes_in_the_next():
    on = stage(NOON, 729, 59)
    on.go(31)
    on.do(Sold("noon", 30))
    on.step()
    assert (on.show.card, on.show.strip) == (None, None)


@pytest.mark.parametrize(
    ("first", "now", "state"),
    [(86, 86, "in_stock"), (86, 11, "in_stock"), (86, 10, "low"), (400, 20, "low"),
     (400, 21, "in_stock"), (86, 0, "sold_out")],
)  # fmt: skip
def test_a_card_knows_low_from_the_days_first_stock(first, now, state):
    moment = clock(NOON, 600)
    trade = Trade().stocked("P17", first, moment).stocked("P17", now, moment)
    assert trade.state_of("P17") == state


def test_another_day_has_another_first_stock():
    moment = clock(NOON, 600)
    trade = Trade().stocked("P17", 400, moment).stocked("P17", 20, moment + timedelta(days=1))
    assert trade.state_of("P17") == "in_stock"


def test_a_card_flips_at_once_and_the_next_product_is_offered():
    day = rundown(clip("a", 60, card("a", 0, 10, frames=1200), card("a", 1, 1500, "P18")),
                  play=("a",))  # fmt: skip
    on = stage(day)
    on.go(20)
    on.do(SetStock("P17", 0))
    on.step()
    assert on.show.card is not None
    assert (on.show.card.product, on.show.card.state) == ("P17", "sold_out")
    on.go(5 * 30)
    assert on.show.card is not None
    assert (on.show.card.product, on.show.card.state) == ("P18", "in_stock")
    assert [fact.why for fact in on.seen("card.state")] == ["sold_out"]


def test_a_sold_out_card_stays_where_nothing_else_can_be_had():
    on = stage(rundown(clip("a", 60, card("a", 0, 10, frames=1200)), play=("a",)))
    on.do(SetStock("P17", 0))
    on.go(300)
    assert on.show.card is not None
    assert (on.show.card.product, on.show.card.state) == ("P17", "sold_out")


def test_a_card_whose_price_changes_goes_and_comes_again():
    day = rundown(clip("a", 300, card("a", 0, 30, frames=6000)), play=("a",), offers=(offer(),))
    on = stage(day, 729, 50)
    on.go(10 * 30)
    assert on.show.card is not None
    assert on.show.card.offer == ""
    on.step()
    assert on.show.card is None
    on.go(15)
    assert on.show.card is not None
    assert on.show.card.offer == "noon"
    assert [fact.why for fact in on.facts if fact.ev.startswith("card.")] == [
        "cue", "price_changed", "price_changed",
    ]  # fmt: skip


def test_a_card_that_waits_to_come_again_goes_with_its_segment():
    day = rundown(clip("a", 10.2, card("a", 0, 30, frames=600)), clip("b", 9), play=("a", "b"),
                  offers=(offer(),))  # fmt: skip
    on = stage(day, 729, 50)
    on.go(330)
    assert on.show.airing.segment == "b"
    assert (on.show.card, on.show.again) == (None, None)


def test_the_offers_card_takes_the_place_of_any_other():
    on = stage(NOON, 729, 58)
    on.do(ShowCard("P17", 60))
    on.go(62)
    assert on.show.card is not None
    assert on.show.card.is_offer
    ups = [fact.ev for fact in on.facts if fact.ev in ("card.show", "card.hide")]
    assert ups == ["card.show", "card.hide", "card.show"]


def test_the_strip_outlives_its_segment_and_the_card_does_not():
    on = stage(NOON, 730)
    on.go(10)
    on.do(TakeLive())
    on.do(Take("a"))
    on.step()
    assert on.show.card is None
    assert on.show.countdown == "noon"


def test_a_restart_remembers_stock_sales_and_starts():
    on = stage(NOON, 730)
    on.do(SetStock("P17", 86))
    on.do(Sold("noon", 7))
    on.go(90)
    saved = saved_of(on.show, on.now.timestamp())
    again = opening(NOON, on.now, saved, stocks={"P17": 500, "P18": 9})
    assert quantity_left(again, "noon") == 23
    assert again.trade.stock["P17"].now == 86
    assert again.trade.state_of("P18") == "low"
    assert again.trade.started == {"noon"}
    assert again.countdown == "noon"
