"""Prices from before the node's time: a CSV file as shops and spreadsheets export it.

A struck price needs a history (domain rules E37, W37); a new box has none of its own. What is
imported is the merchant's word: the ledger keeps it apart by its source, with the file's hash.
"""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from pathlib import Path
from typing import Final

from node.catalog.prices import is_amount, is_currency
from node.catalog.products import Catalog
from node.errors import RundownError
from node.findings import did_you_mean, shown

MAX_BYTES: Final = 8 << 20
MAX_ROWS: Final = 50_000
"""The node holds its ledger in memory, some 300 bytes a line."""
MAX_FAULTS: Final = 50
COLUMNS: Final = ("ts", "date", "product", "gtin", "currency", "price", "source")
IMPORTED: Final = "import: sha256:"
BATCH_CHARACTERS: Final = len(IMPORTED) + 64
"""So much of a source tells one imported file from another."""


@dataclass(frozen=True, slots=True)
class PastPrice:
    """From `since` (UTC) on, `product` cost `price`; `line` is that of the file."""

    line: int
    since: datetime
    product: str
    currency: str
    price: str
    source: str


def batch_of(source: str) -> str:
    """Which import a source is of; empty for the node's own."""
    return source[:BATCH_CHARACTERS] if source.startswith(IMPORTED) else ""


def read_past_prices(
    path: Path, catalog: Catalog, timezone: tzinfo, now: datetime
) -> tuple[PastPrice, ...]:
    """The rows of a CSV file with a head line; days and times without offset are of `timezone`.

    Columns: `ts` or `date`, `product` or `gtin`, `currency`, `price`, and `source` if you like. The
    prices of a product rise in time; none is later than `now` (aware).

    Raises:
        RundownError: it is wrong; one line for each fault, with its line in the file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        text = content.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        heads = [head.strip().lower() for head in reader.fieldnames or ()]
        reader.fieldnames = heads
        lines = [(reader.line_num, line) for line in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RundownError([f"{path}: cannot be read: {error}"]) from error
    faults = list(_head_faults(heads))
    if len(content) > MAX_BYTES or len(lines) > MAX_ROWS:
        faults.append(f"more than {MAX_BYTES >> 20} MiB or {MAX_ROWS} lines: import it in parts")
    if not faults and not lines:
        faults.append("no prices")
    if faults:
        raise RundownError([f"{path}: {fault}" for fault in faults])
    source = f"{IMPORTED}{hashlib.sha256(content).hexdigest()} {path.name}"
    return _rows(path, lines, _Reader(catalog, timezone, now, source))


def refused(path: Path, faults: list[tuple[int, str]]) -> RundownError:
    """Faults by line, the first 50 of them, as an error to raise."""
    told = [f"{path}: line {line}: {fault}" for line, fault in faults[:MAX_FAULTS]]
    rest = len(faults) - len(told)
    return RundownError([*told, f"{path}: and {rest} more"] if rest else told)


def _rows(
    path: Path, lines: list[tuple[int, dict[str, str]]], reader: "_Reader"
) -> tuple[PastPrice, ...]:
    rows, faults = list[PastPrice](), list[tuple[int, str]]()
    latest: dict[tuple[str, str], PastPrice] = {}
    for number, line in lines:
        read = reader.row(number, line)
        if isinstance(read, str):
            faults.append((number, read))
            continue
        before = latest.get((read.product, read.currency))
        if before is not None and read.since <= before.since:
            why = f"{read.product} {read.currency}: not later than line {before.line}"
            faults.append((number, why))
        latest[read.product, read.currency] = read
        rows.append(read)
    if faults:
        raise refused(path, faults)
    return tuple(rows)


def _head_faults(heads: list[str]) -> Iterator[str]:
    for name in heads:
        if name not in COLUMNS:
            yield f"line 1: unknown column {shown(name)}{did_you_mean(name, COLUMNS)}"
    for some in (("ts", "date"), ("product", "gtin"), ("currency",), ("price",)):
        if not set(some) & set(heads):
            yield f"line 1: no column {' or '.join(some)}"
    if {"ts", "date"} <= set(heads):
        yield "line 1: ts and date: give one of them"
    if len(set(heads)) < len(heads):
        yield "line 1: a column is there twice"


class _Reader:
    """Reads one line after the other."""

    def __init__(self, catalog: Catalog, timezone: tzinfo, now: datetime, source: str) -> None:
        self._catalog, self._timezone, self._now, self._source = catalog, timezone, now, source
        self._by_gtin = {one.gtin: one.id for one in catalog.products.values() if one.gtin}

    def row(self, number: int, line: Mapping[str, str]) -> PastPrice | str:
        """The price of a line, or what is wrong with it."""
        if None in line or None in line.values():
            return "more or fewer fields than columns"
        held = {name: text.strip() for name, text in line.items()}
        product = self._product(held.get("product", ""), held.get("gtin", ""))
        since = self._since(held.get("ts", ""), held.get("date", ""))
        currency, price = held["currency"], held["price"]
        faults = [one.why for one in (product, since) if isinstance(one, _Fault)]
        if not is_currency(currency):
            faults.append(f"currency {shown(currency)}: expected three letters, as in CNY")
        if not is_amount(price):
            faults.append(f"price {shown(price)}: expected a decimal amount, as in 129.00")
        if faults or isinstance(product, _Fault) or isinstance(since, _Fault):
            return "; ".join(faults)
        told = f"; {held['source'][:100]}" if held.get("source") else ""
        return PastPrice(number, since, product, currency, price, self._source + told)

    def _product(self, id_: str, gtin: str) -> "str | _Fault":
        by_gtin = self._by_gtin.get(gtin)
        if gtin and by_gtin is None:
            return _Fault(f"gtin {shown(gtin)}: no product of the catalog has it")
        if id_ and id_ not in self._catalog.products:
            hint = did_you_mean(id_, self._catalog.products)
            return _Fault(f"product {shown(id_)}: not in the catalog{hint}")
        if id_ and by_gtin not in {None, id_}:
            return _Fault(f"gtin {shown(gtin)} is that of {by_gtin}, not of {id_}")
        return id_ or by_gtin or _Fault("no product")

    def _since(self, ts: str, day: str) -> "datetime | _Fault":
        try:
            if day:
                at = datetime.combine(date.fromisoformat(day), time())
            else:
                at = datetime.fromisoformat(ts)
            since = (at.replace(tzinfo=self._timezone) if at.tzinfo is None else at).astimezone(UTC)
        except (ValueError, OverflowError):
            what = f"date {shown(day)}" if day else f"ts {shown(ts)}"
            return _Fault(f"{what}: expected 2026-11-21 or 2026-11-21T09:00:00+08:00")
        return _Fault(f"{at.isoformat()}: lies in the future") if since > self._now else since


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a field."""

    why: str
