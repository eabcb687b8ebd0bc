"""What a package holds, and from that the price of a unit: 120 g at 58.00 is 48.33 for 100 g."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from node.catalog.prices import format_price, is_amount

UNITS: Final = {
    "g": ("mass", Decimal(1), "mass-gram"),
    "kg": ("mass", Decimal(1000), "mass-kilogram"),
    "ml": ("volume", Decimal(1), "volume-milliliter"),
    "l": ("volume", Decimal(1000), "volume-liter"),
    "cm": ("length", Decimal(1), "length-centimeter"),
    "m": ("length", Decimal(100), "length-meter"),
    "m2": ("area", Decimal(1), "area-square-meter"),
    "pc": ("count", Decimal(1), ""),
}
"""By the word in a catalog: what it measures, in how many of the smallest, its name in the CLDR."""
USUAL: Final = {"mass": "100 g", "volume": "100 ml", "length": "1 m", "area": "1 m2",
                "count": "1 pc"}  # fmt: skip
"""What a price is told for where the catalog does not say (Directive 98/6 Art. 2(b): per kilogram,
litre, metre or square metre, or another quantity in general use)."""

_CONTENT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?) ?([a-z]{1,2}2?)")


@dataclass(frozen=True, slots=True)
class Content:
    """An amount above 0 of one of `UNITS`."""

    amount: Decimal
    unit: str

    @property
    def kind(self) -> str:
        """What it measures: mass, volume, length, area or count."""
        return UNITS[self.unit][0]

    @property
    def size(self) -> Decimal:
        """The amount in the smallest unit of its kind."""
        return self.amount * UNITS[self.unit][1]


def read_content(text: str) -> Content | None:
    """`"120 g"`, `"0.75 l"`, `"6 pc"`; None for what is no content."""
    match = _CONTENT.fullmatch(text)
    if match is None or match[2] not in UNITS or not Decimal(match[1]):
        return None
    return Content(Decimal(match[1]), match[2])


def reference(content: Content) -> Content:
    """What the price of a content is usually told for."""
    words = USUAL[content.kind].split()
    return Content(Decimal(words[0]), words[1])


def unit_price_text(
    price: str, currency: str, content: Content, per: Content, locale: str, *, each: str
) -> str:
    """`¥48.33/100克`, `CN¥48.33/100 g`; a single piece is called `each`.

    Empty where the price of a unit is the price itself, or the amount is beyond any shop's.
    """
    if content.size == per.size:
        return ""
    exact = Decimal(price) * per.size / content.size
    digits = _digits(currency)
    amount = str(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
    if not is_amount(amount):
        return ""
    return f"{format_price(amount, currency, locale)}/{_named(per, locale, each)}"


def _digits(currency: str) -> int:
    from babel.numbers import get_currency_precision  # noqa: PLC0415  # 50 ms, see prices.py

    return min(3, get_currency_precision(currency))


def _named(content: Content, locale: str, each: str) -> str:
    from babel import Locale  # noqa: PLC0415
    from babel.units import format_unit  # noqa: PLC0415

    if not UNITS[content.unit][2]:
        return each if content.amount == 1 else f"{content.amount.normalize():f} {each}"
    form = Locale.parse(locale, sep="-" if "-" in locale else "_")
    text: str = format_unit(content.amount, UNITS[content.unit][2], "short", locale=form)
    return text
