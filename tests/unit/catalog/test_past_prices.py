"""Prices from before the node's time: read from a file, brought into the ledger, never over it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.catalog.ledger import Ledger
from node.catalog.past_prices import read_past_prices
from node.catalog.products import Catalog, Product
from node.catalog.strikes import Lowest
from node.errors import DeviceError, RundownError

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 9, tzinfo=SHANGHAI)
CATALOG = Catalog(
    "CNY",
    {
        "P17": Product("P17", {"zh": "茶具"}, {"CNY": "129.00"}, gtin="09521234543213"),
        "P18": Product("P18", {"zh": "杯"}, {"CNY": "89.00"}),
    },
    {},
    "0" * 64,
)
HEAD = "date,product,currency,price\n"
OLD = HEAD + "2026-10-01,P17,CNY,159.00\n2026-11-01,P17,CNY,149.00\n"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "old.csv"


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    one.load()
    yield one
    one.close()


def read(file, text, catalog=CATALOG):
    file.write_text(text, encoding="utf-8")
    return read_past_prices(file, catalog, SHANGHAI, NOW)


def faults(file, text):
    with pytest.raises(RundownError) as refused:
        read(file, text)
    return [fault.removeprefix(f"{file}: ") for fault in refused.value.faults]


def october(ledger):
    return ledger.lowest("P17", "CNY", date(2026, 10, 1), date(2026, 10, 31))


def test_a_day_begins_in_the_booths_time_zone(file):
    (row, _) = read(file, OLD)
    assert row.since == datetime(2026, 9, 30, 16, tzinfo=UTC)
    assert (row.product, row.currency, row.price, row.line) == ("P17", "CNY", "159.00", 2)
    assert row.source.startswith("import: sha256:")
    assert row.source.endswith(" old.csv")


@pytest.mark.parametrize("since", ["2026-10-01T09:00:00", "2026-10-01T09:00:00+08:00"])
def test_a_moment_without_offset_is_the_booths(file, since):
    (row,) = read(file, f"ts,gtin,currency,price,source\n{since},09521234543213,CNY,159,till\n")
    assert row.since == datetime(2026, 10, 1, 1, tzinfo=UTC)
    assert row.product == "P17"
    assert row.source.endswith(" old.csv; till")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("2026-13-01,P17,CNY,1", "line 2: date '2026-13-01': expected 2026-11-21"),
        ("2026-11-22,P17,CNY,1", "line 2: 2026-11-22T00:00:00: lies in the future"),
        ("0001-01-01,P17,CNY,1", "line 2: date '0001-01-01': expected"),
        ("2026-10-01,P177,CNY,1", "line 2: product 'P177': not in the catalog (did you mean P17?)"),
        ("2026-10-01,,CNY,1", "line 2: no product"),
        ("2026-10-01,P17,Yuan,1", "line 2: currency 'Yuan': expected three letters"),
        ("2026-10-01,P17,CNY,-1", "line 2: price '-1': expected a decimal amount"),
        ('2026-10-01,P17,CNY,"1,50"', "line 2: price '1,50': expected a decimal amount"),
        ("2026-10-01,P17,CNY", "line 2: more or fewer fields than columns"),
        ("2026-10-01,P17,CNY,1,2", "line 2: more or fewer fields than columns"),
        ("2026-10-02,P17,CNY,1\n2026-10-01,P17,CNY,2", "line 3: P17 CNY: not later than line 2"),
        ("2026-10-02,P17,CNY,1\n2026-10-02,P17,CNY,1", "line 3: P17 CNY: not later than line 2"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(file, line, told):
    (fault,) = faults(file, f"{HEAD}{line}\n")
    assert fault.startswith(told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: no column ts or date"),
        ("date,product,price\n", "line 1: no column currency"),
        ("date,product,currency,prise\n", "line 1: unknown column 'prise' (did you mean price?)"),
        ("ts,date,product,currency,price\n", "line 1: ts and date: give one of them"),
        (HEAD, "no prices"),
        ('date,product,currency,price\n"', "cannot be read: unexpected end of data"),
    ],
)
def test_a_file_without_the_columns_is_refused(file, text, told):
    assert faults(file, text)[0] == told


def test_every_wrong_line_is_told_up_to_fifty(file):
    told = faults(file, HEAD + "2026-10-01,P17,CNY,-1\n" * 60)
    assert len(told) == 51
    assert told[-1] == "and 10 more"


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_reader(tmp_path_factory, content):
    file = tmp_path_factory.getbasetemp() / "garbage.csv"
    file.write_bytes(HEAD.encode() + content)
    try:
        told = [str(row.line) for row in read_past_prices(file, CATALOG, SHANGHAI, NOW)]
    except RundownError as refused:
        told = list(refused.faults)
    assert told


def test_an_import_gives_a_new_box_its_history(file, ledger, tmp_path):
    assert ledger.note_past(read(file, OLD), NOW) == 2
    assert october(ledger) == Lowest("159.00", date(2026, 10, 1))
    again = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    again.load()
    assert again.fault == ""
    assert october(again) == Lowest("159.00", date(2026, 10, 1))
    assert again.asked("P17") == ledger.asked("P17")


def test_a_file_imported_twice_comes_in_once(file, ledger):
    past = read(file, OLD)
    ledger.note_past(past, NOW)
    assert [one for one in past if ledger.in_the_way(one)] == []
    assert ledger.note_past(past, NOW) == 0


def test_half_an_import_is_made_whole_by_the_next(file, ledger):
    past = read(file, OLD)
    ledger.note_past(past[:1], NOW)
    assert [one for one in past if ledger.in_the_way(one)] == []
    assert ledger.note_past(past, NOW) == 1


def test_what_the_node_noted_itself_is_never_rewritten(file, ledger):
    noted = datetime(2026, 10, 15, tzinfo=SHANGHAI)
    ledger.note_prices(CATALOG, "catalog", noted)
    early, late = read(file, OLD)
    assert ledger.in_the_way(early) is None
    assert ledger.in_the_way(late).since == noted
    ledger.note_past([early], NOW)
    assert october(ledger) == Lowest("129.00", date(2026, 10, 15))


def test_a_second_file_reaches_further_back_only(file, ledger):
    ledger.note_past(read(file, OLD), NOW)
    (older, between) = read(file, HEAD + "2026-09-01,P17,CNY,169\n2026-10-20,P17,CNY,99\n")
    assert ledger.in_the_way(older) is None
    assert ledger.in_the_way(between).price == "159.00"


def test_products_and_currencies_do_not_stand_in_each_others_way(file, ledger):
    ledger.note_prices(CATALOG, "catalog", datetime(2026, 10, 15, tzinfo=SHANGHAI))
    (row,) = read(file, HEAD + "2026-11-01,P18,USD,13.90\n")
    assert ledger.in_the_way(row) is None


def test_the_next_price_of_the_node_follows_the_imported_one(file, ledger):
    ledger.note_past(read(file, OLD), NOW)
    ledger.note_prices(CATALOG, "catalog", NOW)
    assert [one.price for one in ledger.asked("P17")["CNY"]] == ["159.00", "149.00", "129.00"]
    assert ledger.fault == ""


def test_a_sealed_line_that_rewrites_history_is_a_gap(file, ledger, tmp_path):
    ledger.note_prices(CATALOG, "catalog", datetime(2026, 10, 15, tzinfo=SHANGHAI))
    ledger.note_past(read(file, HEAD + "2026-11-01,P17,CNY,199\n"), NOW)  # nobody asked first
    again = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    again.load()
    assert "rewrites known prices" in again.fault
    assert again.asked("P17") == {}


def test_a_ledger_that_a_node_holds_is_not_opened_twice(ledger, tmp_path):
    ledger.note_prices(CATALOG, "catalog", NOW)
    second = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    with pytest.raises(DeviceError) as refused:
        second.hold()
    assert isinstance(refused.value.__cause__, BlockingIOError)


def test_a_node_without_news_holds_its_ledger_too(ledger, tmp_path):
    ledger.note_prices(CATALOG, "catalog", NOW)
    ledger.close()
    again = Ledger(tmp_path / "prices.jsonl", SHANGHAI)
    again.load()
    assert again.note_prices(CATALOG, "catalog", NOW) == 0
    with pytest.raises(DeviceError):
        ledger.hold()
    again.close()


def test_a_clock_before_the_last_line_imports_nothing(file, ledger):
    ledger.note_prices(CATALOG, "catalog", NOW)
    with pytest.raises(DeviceError, match="clock"):
        ledger.note_past(read(file, OLD), datetime(2026, 1, 1, tzinfo=UTC))
