"""Struck prices of a day, judged at load by a ledger on disk and the market's rule."""

from datetime import UTC, datetime

import pytest

from node.catalog.ledger import Ledger
from node.catalog.past_prices import read_past_prices
from node.catalog.products import Catalog, Product

PLACE = "product.L1.ref_price.CNY = '268.00'"
CITED = "(rule configured for market CN, source: 规范促销行为暂行规定 2020; "


@pytest.fixture
def ledger(booth):
    one = Ledger(booth.folder / "prices.jsonl", UTC)
    yield one
    one.close()


def asked(ledger, *steps):
    for month, day, price in steps:
        products = {"L1": Product("L1", {}, {"CNY": price})}
        at = datetime(2027, month, day, tzinfo=UTC)
        ledger.note_prices(Catalog("CNY", products, {}, ""), "test", at)


def told(booth, ledger):
    """What is said of the strike in CNY, beside that an offer will undercut it."""
    found = [one for one in booth.read(ledger=ledger).findings if one.place == PLACE]
    return [f"{one.code}: {one.message}" for one in found if "undercuts" not in one.message]


def test_a_strike_that_was_the_lowest_price_is_silent(booth, ledger):
    asked(ledger, (3, 1, "268.00"))
    assert told(booth, ledger) == []


def test_a_lower_price_in_the_span_refuses_it_by_the_markets_rule(booth, ledger):
    asked(ledger, (3, 1, "268.00"), (5, 2, "199.00"), (5, 3, "268.00"))
    (why,) = told(booth, ledger)
    assert why.startswith("E37: above the lowest price of 7 days: 199.00 on 2027-05-02 " + CITED)


def test_a_ledger_that_begins_too_late_is_a_warning(booth, ledger):
    asked(ledger, (5, 3, "268.00"))
    (why,) = told(booth, ledger)
    assert why.startswith("W37: not drawn: the price ledger has gaps from 2027-04-30 to 2027-05-06")


def test_a_ledger_altered_in_the_middle_is_a_gap_and_the_day_is_played(booth, ledger):
    asked(ledger, (3, 1, "199.00"), (3, 2, "278.00"), (3, 3, "268.00"))
    path = ledger.path
    path.write_bytes(path.read_bytes().replace(b'"278.00"', b'"268.00"'))
    ledger.load()
    assert "line 2" in ledger.fault
    assert told(booth, ledger) == []  # what stands behind the damage reaches back far enough
    path.write_bytes(path.read_bytes().replace(b"2027-03-03", b"2027-03-04"))
    ledger.load()
    (why,) = told(booth, ledger)
    assert why.startswith("W37: not drawn: the price ledger has gaps")
    assert booth.read(ledger=ledger).rundown is not None


def test_imported_prices_close_the_gap(booth, ledger):
    asked(ledger, (5, 7, "228.00"))
    assert told(booth, ledger)[0].startswith("W37")
    old = booth.folder / "old.csv"
    old.write_text("date,product,currency,price\n2027-03-01,L1,CNY,268.00\n", encoding="utf-8")
    now = datetime(2027, 5, 8, tzinfo=UTC)
    reading = booth.read()
    past = read_past_prices(old, reading.catalog, reading.rundown.timezone, now)
    ledger.note_past(past, now)
    assert told(booth, ledger) == []
