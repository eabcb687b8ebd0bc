"""Which struck price may be shown, by the ledger and the market's rule."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from node.catalog.ledger import Ledger
from node.catalog.products import Catalog, Offer, Product, RefPrice
from node.catalog.strikes import Strike, strike_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
REF = RefPrice({"CNY": "159.00"}, "lowest-30d", date(2026, 10, 20), date(2026, 11, 19))
TEA = Product("P17", {"zh": "茶具"}, {"CNY": "129.00", "USD": "19.90"}, ref_price=REF)
NOON = Offer("noon17", "P17", {"CNY": "99.00"}, 730, 745, 30, date(2026, 11, 21))


def at(month, day, hour=0, minute=0):
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    yield one
    one.close()


def asked(ledger, *steps):
    for when, price, *running in steps:
        product = Product("P17", {}, {"CNY": price})
        ledger.note_prices(Catalog("CNY", {"P17": product}, {}, ""), "test", when, running)


def strike(ledger, when, *, offer=None, days=7, product=TEA, currency="CNY"):
    return strike_of(product, ledger, currency=currency, offer=offer, days=days, now=when)


USUAL = ((at(10, 1), "159.00"), (at(11, 20, 9), "129.00"))


def test_a_reference_price_that_was_the_lowest_is_struck_with_its_basis(ledger):
    asked(ledger, *USUAL)
    expected = Strike("159.00", "CNY", "lowest-30d", date(2026, 10, 21), date(2026, 11, 19))
    assert strike(ledger, at(11, 21)) == expected


def test_an_offer_strikes_the_lowest_price_before_it_and_never_the_reference_price(ledger):
    asked(ledger, *USUAL, (at(11, 21, 12, 10), "129.00", NOON))
    expected = Strike("129.00", "CNY", "lowest-7d", date(2026, 11, 14), date(2026, 11, 21))
    assert strike(ledger, at(11, 21, 12, 15), offer=NOON) == expected


@pytest.mark.parametrize(
    ("hours", "is_struck"), [(0.1, False), (24, False), (29 * 24, False), (31 * 24, True)]
)
def test_after_an_offer_the_strike_is_gone_for_the_span(ledger, hours, is_struck):
    end = at(11, 21, 12, 25)
    asked(ledger, *USUAL, (at(11, 21, 12, 10), "129.00", NOON), (end, "129.00"))
    assert (strike(ledger, end + timedelta(hours=hours)) is not None) == is_struck


@pytest.mark.parametrize("days", [7, 30])
def test_the_rule_says_how_many_days_count(ledger, days):
    begin = at(11, 21, 12, 10) - timedelta(days=days)
    asked(ledger, (at(9, 1), "119.00"), (begin + timedelta(minutes=1), "129.00"))
    found = strike(ledger, at(11, 21, 12, 15), offer=NOON, days=days)
    assert (found.price, found.basis) == ("119.00", f"lowest-{days}d")


@pytest.mark.parametrize("days", [7, 30])
def test_what_was_asked_before_the_span_does_not_count(ledger, days):
    begin = at(11, 21, 12, 10) - timedelta(days=days)
    asked(ledger, (at(9, 1), "119.00"), (begin, "129.00"))
    assert strike(ledger, at(11, 21, 12, 15), offer=NOON, days=days).price == "129.00"


def test_a_cheaper_day_within_the_span_forbids_the_reference_price(ledger):
    asked(ledger, (at(10, 1), "159.00"), (at(11, 1), "149.00"), (at(11, 2), "159.00"), USUAL[1])
    assert strike(ledger, at(11, 21)) is None


@pytest.mark.parametrize("first", [at(10, 22), at(11, 20)])
def test_a_ledger_that_does_not_reach_back_forbids_the_strike(ledger, first):
    asked(ledger, (first, "159.00"), (at(11, 20, 9), "129.00"))
    assert strike(ledger, at(11, 21)) is None


def test_an_empty_ledger_forbids_every_strike(ledger):
    assert strike(ledger, at(11, 21)) is None
    assert strike(ledger, at(11, 21, 12, 15), offer=NOON) is None


def test_a_damaged_ledger_forbids_every_strike(ledger, tmp_path):
    asked(ledger, *USUAL)
    path = tmp_path / "prices.jsonl"
    path.write_bytes(path.read_bytes().replace(b"159", b"259"))
    ledger.load()
    assert ledger.fault
    assert strike(ledger, at(11, 21)) is None
    assert strike(ledger, at(11, 21, 12, 15), offer=NOON) is None


def test_a_clock_before_the_last_line_forbids_every_strike(ledger):
    asked(ledger, *USUAL, (at(12, 24), "128.00"))
    assert strike(ledger, at(11, 21)) is None


def test_an_offer_that_is_no_reduction_strikes_nothing(ledger):
    asked(ledger, (at(10, 1), "89.00"))
    assert strike(ledger, at(11, 21, 12, 15), offer=NOON) is None


@pytest.mark.parametrize(
    ("product", "currency", "when"),
    [
        (TEA, "USD", at(11, 21)),
        (TEA, "EUR", at(11, 21)),
        (TEA, "CNY", at(11, 19, 23)),
        (Product("P17", {}, {"CNY": "129.00"}), "CNY", at(11, 21)),
        (Product("P17", {}, {"CNY": "159.00"}, ref_price=REF), "CNY", at(11, 21)),
    ],
)
def test_where_there_is_no_reduction_nothing_is_struck(ledger, product, currency, when):
    asked(ledger, *USUAL)
    assert strike(ledger, when, product=product, currency=currency) is None


def test_a_reference_price_of_the_year_one_is_no_crash(ledger):
    ref = RefPrice({"CNY": "159.00"}, "lowest-7d", date.min, date(1, 1, 10))
    old = Product("P17", {}, {"CNY": "129.00"}, ref_price=ref)
    asked(ledger, *USUAL)
    assert strike(ledger, at(11, 21), product=old, days=30) is None
