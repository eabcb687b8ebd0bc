"""A catalog file as its author left it: typed where it can be, nothing judged yet."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from node.catalog.contents import UNITS, Content, read_content
from node.catalog.prices import is_amount, is_currency
from node.catalog.texts import Text, read_text
from node.tables import Source, Table, minute_of_day

FACTS: Final = ("size", "material", "origin", "returns", "delivery")
MAX_COUNT: Final = 10_000_000
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class PricesDraft:
    """Amounts by currency, those that can be read; `table` also holds what stands beside them."""

    table: Table
    amounts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefPriceDraft:
    """A strike: the amounts and where they come from."""

    prices: PricesDraft
    basis: str | None
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """One `[product.P]`. `texts` holds every text by its key, title and colour included."""

    table: Table
    id: str
    gtin: str | None
    texts: Mapping[str, Text]
    prices: PricesDraft | None
    ref_price: RefPriceDraft | None
    stock: int | None
    image: str | None
    ask: tuple[str, ...]
    net: Content | None = None
    per: Content | None = None


@dataclass(frozen=True, slots=True)
class SellerDraft:
    """The `[seller]`; `texts` holds name and address."""

    table: Table
    texts: Mapping[str, Text]
    licence: str | None
    contact: str | None


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """One `[offer.x]`; `start` and `end` in minutes after midnight."""

    table: Table
    id: str
    product: str | None
    prices: PricesDraft | None
    window: Table | None
    start: int | None
    end: int | None
    qty: int | None
    on: date | None


@dataclass(frozen=True, slots=True)
class CatalogDraft:
    """The whole file. Faults of type are in `table.faults`."""

    table: Table
    source: Source
    format: str | None
    currency: str | None
    products: Mapping[str, ProductDraft]
    offers: Mapping[str, OfferDraft]
    seller: SellerDraft | None = None


def draft_catalog(table: Table, source: Source) -> CatalogDraft:
    """Read all that can be read; wrong types and unknown keys become faults of `table`."""
    draft = CatalogDraft(
        table=table,
        source=source,
        format=table.string("format"),
        currency=table.string("currency"),
        products={id_: _product(id_, inner) for id_, inner in _named(table, "product").items()},
        offers={id_: _offer(id_, inner) for id_, inner in _named(table, "offer").items()},
        seller=_seller(table),
    )
    table.finish()
    return draft


def is_id(text: str) -> bool:
    """Whether `text` can name a product, an offer or a segment: it also stands in web links."""
    return _ID.fullmatch(text) is not None


def _named(table: Table, key: str) -> dict[str, Table]:
    tables = table.named_tables(key)
    for id_, inner in tables.items():
        if not is_id(id_):
            message = "a name has 1 to 64 of the letters A-Z a-z, digits, - and _"
            table.faults.append(inner.finding("E53", message))
    return tables


def _seller(table: Table) -> SellerDraft | None:
    inner = table.table("seller")
    if inner is None:
        return None
    texts = {key: read_text(inner, key) for key in ("name", "address")}
    draft = SellerDraft(
        table=inner,
        texts={key: text for key, text in texts.items() if text is not None},
        licence=inner.string("licence"),
        contact=inner.string("contact"),
    )
    inner.finish()
    return draft


def _product(id_: str, table: Table) -> ProductDraft:
    keys = ("title", "badge", "measure", "colour", *FACTS)
    texts = {key: read_text(table, key, is_list=key == "colour") for key in keys}
    draft = ProductDraft(
        table=table,
        id=id_,
        gtin=table.string("gtin"),
        texts={key: text for key, text in texts.items() if text is not None},
        prices=_prices(table, "price"),
        ref_price=_ref_price(table),
        stock=table.integer("stock", 0, MAX_COUNT),
        image=table.string("image"),
        ask=table.strings("ask") or (),
        net=_content(table, "net"),
        per=_content(table, "unit_price_per"),
    )
    table.finish()
    return draft


def _content(table: Table, key: str) -> Content | None:
    text = table.string(key)
    content = None if text is None else read_content(text)
    if text is not None and content is None:
        table.fault(key, f'expected an amount of {", ".join(UNITS)}, as in "120 g"')
    return content


def _prices(table: Table, key: str, beside: tuple[str, ...] = ()) -> PricesDraft | None:
    inner = table.table(key)
    if inner is None:
        return None
    amounts = {}
    for currency in inner.entries:
        if currency in beside or not is_currency(currency):
            continue
        value = inner.given(currency).value
        if isinstance(value, str) and is_amount(value):
            amounts[currency] = value
        else:
            inner.fault(currency, 'expected a decimal amount in quotes, as in "129.00"')
    if not beside:
        inner.finish()
    return PricesDraft(inner, amounts)


def _ref_price(table: Table) -> RefPriceDraft | None:
    prices = _prices(table, "ref_price", beside=("basis", "from", "to"))
    if prices is None:
        return None
    inner = prices.table
    draft = RefPriceDraft(prices, inner.string("basis"), inner.day("from"), inner.day("to"))
    inner.finish()
    return draft


def _offer(id_: str, table: Table) -> OfferDraft:
    window = table.table("window")
    draft = OfferDraft(
        table=table,
        id=id_,
        product=table.string("product"),
        prices=_prices(table, "price"),
        window=window,
        start=_minute(window, "from"),
        end=_minute(window, "to"),
        qty=table.integer("qty", 0, MAX_COUNT),
        on=table.day("on"),
    )
    if window is not None:
        window.finish()
    table.finish()
    return draft


def _minute(window: Table | None, key: str) -> int | None:
    text = window.string(key) if window is not None else None
    minute = None if text is None else minute_of_day(text)
    if window is not None and text is not None and minute is None:
        window.fault(key, "expected a time of day HH:MM, as in 12:10", "E34")
    return minute
