"""Prices: decimal strings, written for people as the CLDR of their locale writes them."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,3})?")  # three decimals: KWD, BHD, OMR
_CURRENCY: Final = re.compile(r"[A-Z]{3}")


def is_amount(text: str) -> bool:
    """Whether `text` is a decimal string such as `129.00`: no sign, no exponent, no comma."""
    return _AMOUNT.fullmatch(text) is not None


def is_currency(text: str) -> bool:
    """Whether `text` has the form of an ISO 4217 code."""
    return _CURRENCY.fullmatch(text) is not None


@lru_cache(maxsize=1024)
def format_price(amount: str, currency: str, locale: str) -> str:
    """`("129.00", "CNY", "en_US")` -> `CN¥129.00`; the locale may also read `en` or `en-US`.

    Raises:
        ValueError: not an amount, or a locale that the CLDR does not know.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415  # 50 ms `check` need not pay
    from babel.numbers import format_currency  # noqa: PLC0415

    if not is_amount(amount):
        raise ValueError(f"not a decimal amount: {amount!r}")
    try:
        form = Locale.parse(locale, sep="-" if "-" in locale else "_")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown locale: {locale[:20]!r}") from error
    return format_currency(Decimal(amount), currency, locale=form)


def is_locale(text: str) -> bool:
    """Whether the CLDR knows how to write a price in this locale."""
    try:
        return text in {"zh", "en"} or bool(format_price("1", "CNY", text))
    except ValueError:
        return False
