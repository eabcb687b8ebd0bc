"""Facts about what the dialogue is told of a show."""

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from node.program.cards import stocks_of
from node.program.offers import Trade
from node.program.rundown import Cue
from node.program.show import Airing, Show, Shown
from node.voice.booth import CardsSeen, Ways, booth_of, is_climax_near
from tests.fakes.asked_booth import sample_catalog
from tests.fakes.rundowns import FPS, card, clip, rundown

CATALOG = sample_catalog()
CUES = (
    replace(card("ep1", 0, 20 * FPS, product="P18"), beat="turn"),
    replace(card("ep1", 1, 60 * FPS, product="P17"), beat="climax"),
)


@pytest.fixture
def show():
    day = rundown(clip("ep1", 120, *CUES), offers=tuple(CATALOG.offers.values()))
    now = datetime(2026, 11, 21, 12, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
    return Show(day, 0, Airing("ep1", number=3, player=3), now=now)


def at(show, seconds):
    return replace(show, airing=replace(show.airing, position=round(seconds * FPS)))


def told(show, **more):
    given = {"now_s": 50.0, "cards": CardsSeen(), "stocked_s": {}, "ways": Ways()} | more
    return booth_of(show, CATALOG, **given)


@pytest.mark.parametrize(
    ("seconds", "is_near"), [(54.9, False), (55, True), (60, True), (65, True), (65.1, False)]
)
def test_a_climax_is_near_for_five_seconds_before_and_after(show, seconds, is_near):
    assert is_climax_near(at(show, seconds)) is is_near


def test_the_beats_product_is_the_last_that_was_shown_else_the_first_that_will_be(show):
    assert told(at(show, 1)).beat_product == "P18"
    assert told(at(show, 30)).beat_product == "P18"
    assert told(at(show, 61)).beat_product == "P17"
    bare = replace(show, rundown=replace(show.rundown, segments={"ep1": clip("ep1", 120)}))
    assert told(bare).beat_product == ""


def test_prices_are_those_of_the_moment(show):
    booth = told(show)
    assert (booth.prices["P17"].amount, booth.prices["P17"].offer) == ("99.00", "noon17")
    assert booth.running == {"noon17"}
    assert booth.prices["P18"].amount == "89.00"
    assert booth.left["noon17"] == 30


def test_stock_has_the_age_of_the_shops_last_word(show):
    trade = Trade()
    for product, count in stocks_of(CATALOG.products).items():
        trade = trade.stocked(product, count, show.now)
    booth = told(replace(show, trade=trade), stocked_s={"P17": 20.0})
    assert (booth.stock["P17"].count, booth.stock["P17"].age_s) == (86, 30.0)
    assert "P18" not in booth.stock


def test_the_card_is_that_of_the_show_also_where_none_was_told_before(show):
    booth = told(replace(show, card=Shown(product="P18")))
    assert booth.card == "P18"
    assert told(show, cards=CardsSeen().after("P18", 1.0)).card == ""


def test_the_segments_number_and_the_ways_are_passed_on(show):
    booth = told(show, ways=Ways(can_ask_cloud=True, can_call_staff=False, is_heard=True))
    assert (booth.airing, booth.can_ask_cloud, booth.can_call_staff) == (3, True, False)
    assert booth.is_heard


def test_a_cue_by_the_clock_is_no_climax_near(show):
    cue = Cue("ep1.0", -1, "mark", clock=730, beat="climax")
    bare = replace(show, rundown=replace(show.rundown, segments={"ep1": clip("ep1", 120, cue)}))
    assert not is_climax_near(at(bare, 1))
