"""The catalog: what a booth sells, and its offers, as frozen values judged correct."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from node.catalog.contents import Content

LocalText = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RefPrice:
    """The price before a reduction: the lowest from `start` to `end` (both days count)."""

    price: Mapping[str, str]
    basis: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Product:
    """An article. `price` holds decimal strings by ISO 4217 currency.

    `image` is absolute. `stock` is None where nobody counts. `facts` are the fields that answer
    questions: size, material, origin, returns, delivery. `ask` is what visitors call it.
    """

    id: str
    title: LocalText
    price: Mapping[str, str]
    gtin: str = ""
    image: Path | None = None
    badge: LocalText = field(default_factory=dict)
    stock: int | None = None
    measure: LocalText = field(default_factory=dict)
    colours: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, LocalText] = field(default_factory=dict)
    ask: tuple[str, ...] = ()
    ref_price: RefPrice | None = None
    net: Content | None = None
    per: Content | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A lower price for one window of one day: minutes after midnight, start < end."""

    id: str
    product: str
    price: Mapping[str, str]
    start: int
    end: int
    qty: int
    on: date


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as the law wants it told (网络直播营销管理办法, 2021; 电子商务法 Art. 15).

    `licence` is a registration number, `contact` a telephone number or an address to write to.
    """

    name: LocalText
    licence: str = ""
    address: LocalText = field(default_factory=dict)
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything a booth sells. `currency` is the one that its kiosk shows.

    `sha256` is of the file's bytes, as hexadecimal.
    """

    currency: str
    products: Mapping[str, Product]
    offers: Mapping[str, Offer]
    sha256: str
    seller: Seller | None = None
