"""The seller's panel: at each block's start, never over a card, whole or anew."""

from dataclasses import replace

import pytest

from node.catalog.products import Seller
from node.program.commands import HideCard, ShowCard
from node.program.horizon import quiet_ticks
from node.program.seller import SELLER_S, seller_look
from tests.fakes.rundowns import live, rundown
from tests.fakes.stage import Stage, stage

TIDE = Seller({"zh": "潮汐茶具有限公司", "en": "Tidal Tea Ware Ltd"}, licence="91440500MA00000000")
DAY = rundown(live("desk", 9000), play=("desk",))
SPAN = SELLER_S * DAY.fps


@pytest.fixture
def on() -> Stage:
    return stage(replace(DAY, seller=TIDE), 600)


def told(on: Stage) -> list[str]:
    return [f"{fact.ev} {fact.why}" for fact in on.facts if fact.ev.startswith("seller.")]


def test_the_panel_stands_at_the_start_and_once_a_block(on: Stage):
    on.step()
    assert seller_look(on.show) is TIDE
    on.go(SPAN)
    assert seller_look(on.show) is None
    on.go(60)
    assert told(on) == ["seller.show block", "seller.hide time"]


def test_a_card_sends_it_away_and_it_comes_again_for_its_whole_time(on: Stage):
    on.go(30)
    on.do(ShowCard("P17", 600))
    assert seller_look(on.show) is None
    on.go(90)
    on.do(HideCard())
    on.step()
    assert seller_look(on.show) is TIDE
    on.go(SPAN - 1)
    assert seller_look(on.show) is TIDE
    on.step()
    assert seller_look(on.show) is None
    assert told(on) == [
        "seller.show block", "seller.hide card", "seller.show block", "seller.hide time",
    ]  # fmt: skip


def test_each_block_tells_it_anew(on: Stage):
    on.go(SPAN + 1)
    on.step()
    on.show = replace(on.show, seller_told=(on.show.began, 1))  # that of another block
    on.step()
    assert seller_look(on.show) is TIDE


def test_a_day_without_a_seller_tells_none():
    on = stage(DAY, 600)
    on.go(30)
    assert seller_look(on.show) is None
    assert told(on) == []


def test_a_rehearsal_does_not_jump_over_the_end_of_the_panel(on: Stage):
    on.step()
    assert quiet_ticks(on.show) <= SPAN
