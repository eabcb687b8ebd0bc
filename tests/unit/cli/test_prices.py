"""livesell prices: what it imports, lists and refuses."""

import json
from datetime import UTC, datetime

import pytest

from node.__main__ import main
from node.catalog.ledger import Ledger
from tests.fakes.booth import Booth

OLD = "date,product,currency,price\n2026-01-01,B1,CNY,189.00\n2026-02-01,B1,CNY,179.00\n"


@pytest.fixture
def booth(tmp_path):
    booth = Booth(tmp_path)
    (tmp_path / "node.toml").write_text('rundown = "day.toml"\nstate_dir = "state"\n')
    (tmp_path / "old.csv").write_text(OLD, encoding="utf-8")
    return booth


def prices(booth, *words):
    return main(["prices", *words, "--config", str(booth.folder / "node.toml")])


def imported(booth):
    return prices(booth, "import", str(booth.folder / "old.csv"))


def test_imported_prices_are_listed_in_the_booths_time(booth, capsys):
    assert imported(booth) == 0
    assert "2 prices imported" in capsys.readouterr().out
    assert prices(booth, "list", "B1") == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("2026-01-01 00:00:00+08:00  B1  CNY 189.00  -  import: sha256:")
    assert "CNY 179.00" in second


def test_a_list_is_printed_as_json(booth, capsys):
    imported(booth)
    capsys.readouterr()
    assert prices(booth, "list", "--json") == 0
    assert [one["price"] for one in json.loads(capsys.readouterr().out)] == ["189.00", "179.00"]


def test_importing_twice_does_nothing_and_says_so(booth, capsys):
    imported(booth)
    ledger = booth.folder / "state" / "prices.jsonl"
    before = ledger.read_bytes()
    capsys.readouterr()
    assert imported(booth) == 0
    assert "imported before" in capsys.readouterr().out
    assert ledger.read_bytes() == before


def test_a_file_with_a_wrong_line_imports_nothing(booth, capsys):
    (booth.folder / "old.csv").write_text(OLD + "2026-03-01,B1,CNY,-1\n", encoding="utf-8")
    assert imported(booth) == 1
    assert "line 4: price '-1'" in capsys.readouterr().err
    assert prices(booth, "list", "B1") == 1
    assert "no prices of B1" in capsys.readouterr().err


def test_a_price_that_is_known_is_not_rewritten(booth, capsys):
    imported(booth)
    (booth.folder / "old.csv").write_text(OLD.replace("179.00", "199.00"), encoding="utf-8")
    assert imported(booth) == 1
    told = capsys.readouterr().err
    assert "line 2: B1 CNY: a price is known from 2026-01-01 00:00:00+08:00 on" in told
    assert "line 3: " in told


def test_a_running_node_is_not_written_beside(booth, capsys):
    zone = booth.read().rundown.timezone
    node = Ledger(booth.folder / "state" / "prices.jsonl", zone)
    node.note_prices(booth.read().catalog, "catalog", datetime.now(UTC))
    assert imported(booth) == 1
    assert "a node is running with it" in capsys.readouterr().err
    node.close()
    assert imported(booth) == 0
