"""What is put into a reply: prices, times, counts and catalog texts, as written and as said."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Final, Protocol

from node.catalog.contents import UNITS, Content
from node.catalog.prices import format_price
from node.voice.numerals import spoken_clock, spoken_count, spoken_decimal, spoken_yuan

CLDR: Final = {"zh": "zh_CN", "en": "en_US"}
"""Which region's writing of prices and times a plain language means."""
_YUAN: Final = "CNY"
_ENDING: Final = re.compile(r"[\s。.!?!?;;,,]+$")


class Value(Protocol):
    """Something that stands in a reply; both texts are empty where a locale has none."""

    def shown(self, locale: str) -> str:
        """As it is written on a screen."""
        ...

    def spoken(self, locale: str) -> str:
        """As it is read aloud."""
        ...


def pick(texts: Mapping[str, str], locale: str) -> str:
    """The text of a locale ("zh" also serves "zh-CN", "zh_CN"), or empty."""
    return texts.get(locale) or texts.get(language_of(locale), "")


def language_of(locale: str) -> str:
    """`zh` of `zh-Hans-CN`."""
    return re.split("[-_]", locale)[0]


@dataclass(frozen=True, slots=True)
class Money:
    """A price: a decimal string and its currency (ISO 4217)."""

    amount: str
    currency: str

    def shown(self, locale: str) -> str:
        """`¥129.00` in zh, `CN¥129.00` in en: as CLDR writes it."""
        return format_price(self.amount, self.currency, CLDR.get(locale, locale))

    def spoken(self, locale: str) -> str:
        """一百二十九元, 129 yuan."""
        if language_of(locale) == "zh":
            if self.currency == _YUAN:
                return spoken_yuan(self.amount)
            return spoken_decimal(self.amount) + self._name(locale)
        amount = Decimal(self.amount)
        number = f"{amount:.0f}" if amount == amount.to_integral_value() else f"{amount:.2f}"
        return f"{number} {self._name(locale)}"

    def _name(self, locale: str) -> str:
        from babel.numbers import get_currency_name  # noqa: PLC0415  # see catalog/prices.py

        if self.currency == _YUAN and language_of(locale) == "en":
            return "yuan"
        return get_currency_name(
            self.currency, count=Decimal(self.amount), locale=CLDR.get(locale, locale)
        )


@dataclass(frozen=True, slots=True)
class CurrencyName:
    """A currency (ISO 4217) by its name: 美元, US dollars."""

    code: str

    def shown(self, locale: str) -> str:
        """As the CLDR has it, of several."""
        from babel.numbers import get_currency_name  # noqa: PLC0415  # see catalog/prices.py

        return get_currency_name(self.code, count=2, locale=CLDR.get(locale, locale))

    def spoken(self, locale: str) -> str:
        """The same."""
        return self.shown(locale)


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day, in minutes after midnight, 0..1440."""

    minute: int

    def shown(self, locale: str) -> str:
        """`12:10` in zh, `12:10 PM` in en."""
        from babel.dates import format_time  # noqa: PLC0415  # see catalog/prices.py

        hour, minute = divmod(self.minute % (24 * 60), 60)
        return format_time(time(hour, minute), "short", locale=CLDR.get(locale, locale))

    def spoken(self, locale: str) -> str:
        """十二点十分; in other languages as it is written."""
        if language_of(locale) == "zh":
            return spoken_clock(self.minute)
        return self.shown(locale).replace("\u202f", " ")


@dataclass(frozen=True, slots=True)
class Count:
    """So many of a product, in its measure by locale: 30 套, 30 sets."""

    number: int
    measure: Mapping[str, str]

    def shown(self, locale: str) -> str:
        """`30套`, `30 sets`; one alone has no measure in a language with plurals."""
        gap = "" if language_of(locale) == "zh" else " "
        return f"{self.number}{gap}{self._measure(locale)}".strip()

    def spoken(self, locale: str) -> str:
        """三十套."""
        if language_of(locale) == "zh":
            return spoken_count(self.number) + self._measure(locale)
        return self.shown(locale)

    def _measure(self, locale: str) -> str:
        is_chinese = language_of(locale) == "zh"
        measure = pick(self.measure, locale)
        if is_chinese:
            return measure or "件"
        return "" if self.number == 1 else measure


@dataclass(frozen=True, slots=True)
class Told:
    """A catalog's text by locale, said as it is written, without the point at its end."""

    texts: Mapping[str, str]

    def shown(self, locale: str) -> str:
        """The text."""
        return _ENDING.sub("", pick(self.texts, locale))

    def spoken(self, locale: str) -> str:
        """The text."""
        return self.shown(locale)


@dataclass(frozen=True, slots=True)
class Several:
    """Words in a row by locale: `雾灰和松绿`, `mist grey and pine green`."""

    texts: Mapping[str, Sequence[str]]

    def shown(self, locale: str) -> str:
        """Joined as CLDR joins a list."""
        from babel.lists import format_list  # noqa: PLC0415  # see catalog/prices.py

        words = self.texts.get(locale) or self.texts.get(language_of(locale), ())
        return format_list(list(words), locale=CLDR.get(locale, locale)) if words else ""

    def spoken(self, locale: str) -> str:
        """The same."""
        return self.shown(locale)


@dataclass(frozen=True, slots=True)
class Amount:
    """What a package holds: 100 克, 100 g."""

    content: Content

    def shown(self, locale: str) -> str:
        """As CLDR writes the unit."""
        return self._written(locale, "short")

    def spoken(self, locale: str) -> str:
        """The unit in full: 100 grams."""
        return self._written(locale, "long")

    def _written(self, locale: str, length: str) -> str:
        from babel.units import format_unit  # noqa: PLC0415  # see catalog/prices.py

        unit = UNITS[self.content.unit][2]
        if not unit:
            return ""
        is_long = length == "long"
        text: str = format_unit(
            self.content.amount,
            unit,
            "long" if is_long else "short",
            locale=CLDR.get(locale, locale),
        )
        return text
