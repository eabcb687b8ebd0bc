"""A merchant's list of products, a CSV file as spreadsheets write it, made into a catalog."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.catalog.draft import is_id
from node.catalog.prices import is_amount
from node.catalog.rules import FORMAT
from node.errors import RundownError

MAX_BYTES: Final = 256 * 1024
NEEDED: Final = ("id", "price")
COLUMNS: Final = ("id", "title_zh", "title_en", "price", "stock", "gtin", "image")
_STOCK: Final = re.compile(r"[0-9]{1,7}")


@dataclass(frozen=True, slots=True)
class Row:
    """One product of the list; what the list does not say is empty."""

    id: str
    title_zh: str
    title_en: str
    price: str
    stock: str = ""
    gtin: str = ""
    image: str = ""


def read_price_list(path: Path) -> tuple[Row, ...]:
    """The products of a CSV file with a head line; a missing title is that of the other language.

    Raises:
        RundownError: it cannot be read; one line for each fault, with its line in the file.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text))
        heads = [head.strip().lower() for head in reader.fieldnames or ()]
        reader.fieldnames = heads
        lines = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RundownError([f"{path}: cannot be read: {error}"]) from error
    faults = [f"{path}: line 1: no column {name!r}" for name in NEEDED if name not in heads]
    rows = [] if faults else [_row(line) for line in lines]
    faults += [f"{path}: line {at}: {fault}" for at, fault in _faults(rows)]
    if not rows and not faults:
        faults = [f"{path}: no products"]
    if faults:
        raise RundownError(faults)
    return tuple(rows)


def catalog_text(rows: tuple[Row, ...], currency: str, folder: Path) -> str:
    """A catalog.toml of these products; pictures that are not in `folder` stay comments."""
    return "\n".join([
        "# What the booth sells. Prices are decimal texts; `livesell check catalog.toml` judges.",
        f'format   = "{FORMAT}"',
        f"currency = {quoted(currency)}",
        *(line for row in rows for line in _product(row, currency, folder)),
        "",
        "# An offer is a real deadline: one day, an end, a quantity. Remove the # to have one.",
        "# [offer.noon]",
        f"# product = {quoted(rows[0].id)}",
        f'# price   = {{ {currency} = "0.01" }}',
        '# window  = { from = "12:00", to = "12:20" }',
        "# qty     = 10",
        "# on      = 2030-01-01",
        "",
    ])  # fmt: skip


def quoted(text: str) -> str:
    """A text as TOML writes it; its basic strings escape as JSON does."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _product(row: Row, currency: str, folder: Path) -> Iterator[str]:
    yield ""
    yield f"[product.{row.id}]"
    yield f"title = {{ zh = {quoted(row.title_zh)}, en = {quoted(row.title_en)} }}"
    yield f"price = {{ {currency} = {quoted(row.price)} }}"
    if row.stock:
        yield f"stock = {int(row.stock)}"
    if row.gtin:
        yield f"gtin = {quoted(row.gtin)}"
    if row.image:
        mark = "" if (folder / row.image).is_file() else "# not there yet: "
        yield f"{mark}image = {quoted(row.image)}"


def _row(line: dict[str, str]) -> Row:
    held = {name: (line.get(name) or "").strip() for name in COLUMNS}
    zh = held["title_zh"] or held["title_en"] or held["id"]
    en = held["title_en"] or held["title_zh"] or held["id"]
    return Row(**(held | {"title_zh": zh, "title_en": en}))


def _faults(rows: list[Row]) -> Iterator[tuple[int, str]]:
    met: set[str] = set()
    for at, row in enumerate(rows, start=2):
        if not is_id(row.id):
            yield at, f"id {row.id[:60]!r}: expected letters, digits, - and _, up to 64"
        elif row.id in met:
            yield at, f"id {row.id!r} is there twice"
        met.add(row.id)
        if not is_amount(row.price):
            yield at, f"price {row.price[:60]!r}: expected a decimal amount, as in 129.00"
        if row.stock and not _STOCK.fullmatch(row.stock):
            yield at, f"stock {row.stock[:60]!r}: expected a whole number"
