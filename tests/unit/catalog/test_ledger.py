"""The price ledger: what was asked and when, through damage, cuts and clocks that jump."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.ledger import Ledger
from node.catalog.products import Catalog, Offer, Product
from node.catalog.strikes import Lowest
from node.errors import DeviceError

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = Offer("noon17", "P17", {"CNY": "99.00"}, 730, 745, 30, date(2026, 11, 21))


def at(day, hour=9, minute=0):
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def catalog(**prices):
    products = {name: Product(name, {"zh": name}, price) for name, price in prices.items()}
    return Catalog("CNY", products, {}, "0" * 64)


def cny(price):
    return catalog(P17={"CNY": price})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "prices.jsonl"


@pytest.fixture
def ledger(path):
    one = Ledger(path, SHANGHAI)
    one.load()
    yield one
    one.close()


def again(path):
    one = Ledger(path, SHANGHAI)
    one.load()
    return one


def note(ledger, price, when, running=()):
    return ledger.note_prices(cny(price), "catalog", when, running)


def lowest(ledger, first, last):
    return ledger.lowest("P17", "CNY", date(2026, 11, first), date(2026, 11, last))


def test_only_changes_are_noted(ledger, path):
    two = catalog(P17={"CNY": "129.00", "USD": "19.90"}, P18={"CNY": "89.00"})
    assert ledger.note_prices(two, "catalog", at(1)) == 3
    assert ledger.note_prices(two, "catalog", at(2)) == 0
    assert note(ledger, "129.0", at(3)) == 0
    assert note(ledger, "119.00", at(4)) == 1
    line = json.loads(path.read_text().splitlines()[-1])
    del line["hash"], line["prev"]
    assert line == {
        "ts": "2026-11-04T01:00:00.000+00:00",
        "product": "P17",
        "currency": "CNY",
        "price": "119.00",
        "offer": "",
        "source": "catalog",
    }


def test_what_was_noted_is_read_again(ledger, path):
    note(ledger, "129.00", at(1))
    ledger.close()
    second = again(path)
    assert note(second, "129.00", at(2)) == 0
    assert lowest(second, 2, 3) == Lowest("129.00", date(2026, 11, 2))
    second.close()


def test_the_price_in_force_at_the_start_of_a_span_counts(ledger):
    note(ledger, "99.00", at(1))
    note(ledger, "129.00", at(5, 9))
    assert lowest(ledger, 5, 9) == Lowest("99.00", date(2026, 11, 5))
    assert lowest(ledger, 6, 9) == Lowest("129.00", date(2026, 11, 6))


def test_a_span_that_begins_before_the_first_line_has_gaps(ledger):
    note(ledger, "129.00", at(5))
    assert lowest(ledger, 1, 9) == Lowest("129.00", date(2026, 11, 5), has_gaps=True)
    assert lowest(ledger, 1, 4) is None
    assert ledger.lowest("P99", "CNY", date(2026, 11, 5), date(2026, 11, 9)) is None


def test_both_days_of_a_span_belong_to_it_in_the_time_zone_of_the_show(ledger):
    note(ledger, "129.00", at(1))
    note(ledger, "99.00", at(5, 23, 59))
    note(ledger, "129.00", at(6, 0, 0))
    assert lowest(ledger, 2, 4).price == "129.00"
    assert lowest(ledger, 2, 5) == Lowest("99.00", date(2026, 11, 5))
    assert lowest(ledger, 6, 6).price == "129.00"


def test_an_offer_is_a_price_and_its_end_is_one_too(ledger, path):
    note(ledger, "129.00", at(20))
    assert note(ledger, "129.00", at(21, 12, 10), [NOON]) == 1
    assert note(ledger, "129.00", at(21, 12, 11), [NOON]) == 0
    assert note(ledger, "129.00", at(21, 12, 25)) == 1
    offers = [json.loads(line)["offer"] for line in path.read_text().splitlines()]
    assert offers == ["", "noon17", ""]
    assert ledger.lowest_between("P17", "CNY", at(20), at(21, 12, 10)).price == "129.00"
    assert ledger.lowest_between("P17", "CNY", at(20), at(21, 12, 11)).price == "99.00"
    assert ledger.lowest_between("P17", "CNY", at(21, 12, 25), at(22)).price == "129.00"


def test_amounts_are_compared_as_numbers(ledger):
    note(ledger, "99.00", at(1))
    note(ledger, "100.00", at(2))
    note(ledger, "9.5", at(3))
    assert lowest(ledger, 2, 9).price == "9.5"


def test_damage_in_the_middle_is_a_gap_before_it_and_a_fault(ledger, path):
    for day, price in enumerate(("99.00", "129.00", "119.00", "109.00"), start=1):
        note(ledger, price, at(day))
    ledger.close()
    path.write_bytes(path.read_bytes().replace(b'"129.00"', b'"139.00"'))
    damaged = again(path)
    assert damaged.fault == "prices.jsonl: line 2: content"
    assert lowest(damaged, 2, 9).has_gaps
    assert lowest(damaged, 4, 9) == Lowest("109.00", date(2026, 11, 4))
    assert note(damaged, "109.00", at(9)) == 0
    damaged.close()


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_lines_cut_off_the_end_leave_a_gap_for_good(ledger, path, kept):
    for day, price in enumerate(("129.00", "99.00", "129.00"), start=1):
        note(ledger, price, at(day))
    ledger.close()
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:kept]))
    cut = again(path)
    assert "missing" in cut.fault
    assert lowest(cut, 1, 9) is None
    assert note(cut, "129.00", at(10)) == 1
    cut.close()
    later = again(path)
    assert lowest(later, 1, 12).has_gaps
    assert not lowest(later, 11, 12).has_gaps
    assert "missing" in later.fault
    later.close()


def test_a_torn_last_line_is_noted_again(ledger, path):
    note(ledger, "129.00", at(1))
    head = path.with_suffix(".head").read_bytes()
    note(ledger, "99.00", at(2))
    ledger.close()
    path.write_bytes(path.read_bytes()[:-9])
    path.with_suffix(".head").write_bytes(head)  # it is written behind the line
    torn = again(path)
    assert torn.fault == ""
    assert note(torn, "99.00", at(3)) == 1
    torn.close()
    assert again(path).fault == ""


@pytest.mark.parametrize(
    "content", [b"\xff" * 500, b"{}\n", b"\n\n\n", b"\0" * 100_000, b"[" * 70_000 + b"\n"]
)
def test_garbage_is_no_crash_and_no_price(path, content):
    path.write_bytes(content)
    ledger = again(path)
    assert lowest(ledger, 1, 30) is None
    assert note(ledger, "129.00", at(1)) == 1
    assert lowest(ledger, 2, 3) == Lowest("129.00", date(2026, 11, 2))
    ledger.close()


def test_a_folder_in_its_place_is_a_fault_and_a_device_error(path):
    path.mkdir()
    ledger = again(path)
    assert "directory" in ledger.fault
    with pytest.raises(DeviceError):
        note(ledger, "129.00", at(1))
    assert lowest(ledger, 1, 2) is None


def test_a_clock_set_back_notes_nothing_until_it_is_right_again(ledger):
    note(ledger, "129.00", at(20))
    assert note(ledger, "99.00", datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert not ledger.knows(datetime(1970, 1, 1, tzinfo=UTC))
    assert note(ledger, "99.00", at(21)) == 1


def test_a_small_correction_of_the_clock_keeps_the_order(ledger, path):
    note(ledger, "129.00", at(20, 12, 30))
    note(ledger, "99.00", at(20, 12, 0))
    note(ledger, "129.00", at(21))
    ledger.close()
    assert again(path).fault == ""
    assert lowest(ledger, 20, 20).price == "99.00"


@pytest.mark.parametrize("days", [(date.min, date.max), (date.max, date.max), (date.max, date.min)])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "UTC"])
def test_no_day_is_too_early_or_too_late_to_ask(path, days, zone):
    ledger = Ledger(path, ZoneInfo(zone))
    note(ledger, "129.00", at(1))
    ledger.lowest("P17", "CNY", *days)
    ledger.close()


prices = st.decimals("0.01", "999", places=2).map(str)


@given(st.lists(prices, min_size=1, max_size=20), st.integers(0, 60), st.integers(1, 60))
def test_the_lowest_is_the_lowest_of_all_hours_of_the_span(asked, start, length):
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        ledger = Ledger(Path(folder) / "prices.jsonl", UTC)
        for number, price in enumerate(asked):
            note(ledger, price, begin + timedelta(hours=2 * number))
        hours = range(start, start + length)
        in_force = [asked[min(hour // 2, len(asked) - 1)] for hour in hours]
        found = ledger.lowest_between(
            "P17", "CNY", begin + timedelta(hours=start), begin + timedelta(hours=start + length)
        )
        ledger.close()
    assert Decimal(found.price) == min(map(Decimal, in_force))
    assert not found.has_gaps


def test_the_days_of_another_zone_are_read_from_the_same_record(ledger):
    note(ledger, "129.00", datetime(2026, 11, 5, 20, tzinfo=UTC))  # the sixth in Shanghai
    assert lowest(ledger, 5, 6).on == date(2026, 11, 6)
    assert lowest(ledger.in_zone(UTC), 5, 6).on == date(2026, 11, 5)
