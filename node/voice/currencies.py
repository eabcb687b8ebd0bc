"""The currencies that a price is asked in: their names, units and signs, as the CLDR has them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from node.voice.tokens import CJK

SIGNS_OF: Final = ("en", "zh_Hans", "en_MO", "ta_MY", "nl", "fr", "ru", "tr")
"""CLDR locales whose signs are read, the first to have one tells whose it is: A$ HK$ (en), AU$ US$
(zh), MOP$ (en_MO), S$ (ta_MY), C$ (nl), $US (fr), ₽, ₺. Each takes 4 ms and 1 MB (x86-64)."""
SHARED: Final[Mapping[str, tuple[str, ...]]] = {"¥": ("CNY", "JPY")}
"""Signs of several currencies; a dollar alone is read by what the shop sells in."""
BEFORE_UNITS: Final = ("in", "how many", "take", "accept")
"""Behind one of these a unit is one of money: `in marks`, and not `does it leave marks`."""
SHORTEST_UNIT: Final = 2
"""Chinese characters of a unit that is known by itself: 克朗; 元 and 镑 say too little."""
WORDS: Final = frozenset(
    {"ALL", "BAM", "BOB", "COP", "CUP", "GEL", "MAD", "MOP", "PEN", "SOS", "TOP", "TRY"}
)
"""Codes that are words too: read in capitals alone, and ALL, which is written for stress, never."""

_BEFORE: Final = rf"(?:(?<=\bin )|(?<=\d)|(?<=\d )|(?<=[{CJK}])|(?<=[{CJK}] ))"
_LAST: Final = r"(?:\s+(?:please|pls|then|now))?\W*$"


@dataclass(frozen=True, slots=True)
class Named:
    """What a currency may be called: `codes` are those (ISO 4217) that are called so.

    `locale` is empty for a sign. `is_last`: it means money only where no other thing is named
    behind it: `in real leather`.
    """

    text: str
    locale: str
    codes: tuple[str, ...]
    is_last: bool = False


def with_signs_read(text: str) -> str:
    """A text with the signs of currencies (`HK$`, `US$20`, `in SEK`) as words of `names()`."""
    usual = unicodedata.normalize("NFKC", text)
    by_sign, signs, codes = _signs()
    read = signs.sub(lambda one: f" {_word(by_sign[one[0].casefold()])} ", usual)
    return codes.sub(lambda one: f" {_word((one[0].upper(),))} ", read)


@cache
def tender() -> tuple[str, ...]:
    """The currencies (ISO 4217) that are legal tender somewhere today, and that have a name."""
    from babel.core import get_global  # noqa: PLC0415  # see catalog/prices.py

    used = get_global("territory_currencies").values()
    codes = {code for known in used for code, _, end, is_tender in known if is_tender and not end}
    return tuple(sorted(code for code in codes if _name(code, "zh_Hans") != code))


@cache
def names() -> tuple[Named, ...]:
    """All names: signs as read, in full (Swedish kronor, 瑞典克朗), by the unit (kronor, 克朗)."""
    return (*_by_sign(), *_in_full(), *_by_unit())


@cache
def called(unit: str) -> frozenset[str]:
    """The currencies whose English name ends so: `dollar`."""
    return frozenset(code for code in tender() if _unit(code) == unit)


def _word(codes: tuple[str, ...]) -> str:
    """The word for which a sign stands; nobody writes it otherwise."""
    return f"money{''.join(codes).casefold()}"


def _by_sign() -> Iterator[Named]:
    signs = {*_signs()[0].values(), *((code,) for code in tender())}
    for codes in sorted(signs):
        yield Named(_word(codes), "", codes)


def _in_full() -> Iterator[Named]:
    for code in tender():
        yield Named(_name(code, "zh_Hans"), "zh", (code,))
        for text in {*_spellings(_name(code, "en")), *_spellings(_name(code, "en", 2))}:
            yield Named(text, "en", (code,))


def _by_unit() -> Iterator[Named]:
    one = _grouped((unit, code) for code in tender() for unit in _spellings(_unit(code)))
    several = _grouped((unit, code) for code in tender() for unit in _spellings(_unit(code, 2)))
    for unit, codes in one.items():
        yield Named(f"in {unit}", "en", codes, is_last=True)
        if unit in several:  # as one says rand and won
            yield Named(f"how many {unit}", "en", codes, is_last=True)
    for unit in several.keys() - one.keys():
        for before in BEFORE_UNITS:
            yield Named(f"{before} {unit}", "en", several[unit])
    for unit, codes in _grouped(zip(map(_chinese_unit, tender()), tender(), strict=True)).items():
        if len(unit) >= SHORTEST_UNIT:
            yield Named(unit, "zh", codes)


def _grouped(named: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    found = dict[str, tuple[str, ...]]()
    for unit, code in named:
        found[unit] = (*found.get(unit, ()), code)
    return found


def _spellings(text: str) -> set[str]:
    """With its accents, and as who has no key for them writes it: króna, krona."""
    plain = unicodedata.normalize("NFD", text.casefold())
    return {text.casefold(), "".join(one for one in plain if unicodedata.category(one) != "Mn")}


def _unit(code: str, count: int = 1) -> str:
    """What the English name ends with."""
    return _name(code, "en", count).split()[-1]


def _chinese_unit(code: str) -> str:
    """克朗 of 瑞典克朗: what is left without the country, whose code begins the currency's."""
    country, name = _countries().get(code[:2], ""), _name(code, "zh_Hans")
    return name.removeprefix(country) if country and name.startswith(country) else ""


def _name(code: str, locale: str, count: int = 1) -> str:
    from babel.numbers import get_currency_name  # noqa: PLC0415  # see catalog/prices.py

    return get_currency_name(code, count=count, locale=locale)


@cache
def _countries() -> Mapping[str, str]:
    """Their Chinese names by their codes (ISO 3166)."""
    from babel import Locale  # noqa: PLC0415  # see catalog/prices.py

    return dict(Locale.parse("zh_Hans").territories)


@cache
def _signs() -> tuple[Mapping[str, tuple[str, ...]], re.Pattern[str], re.Pattern[str]]:
    """The currencies by their signs, in lower case; what finds these; what finds the codes."""
    from babel import Locale  # noqa: PLC0415  # see catalog/prices.py

    found = {"$": (), **SHARED}
    for name in SIGNS_OF:
        for code, sign in Locale.parse(name).currency_symbols.items():
            if code in tender() and any(unicodedata.category(one) == "Sc" for one in sign):
                found.setdefault(sign.casefold(), (code,))
    del found["$"]
    signs = "|".join(map(_bounded, sorted(found, key=len, reverse=True)))
    written = rf"{_BEFORE}(?:{'|'.join(tender())})(?![A-Za-z])(?<!ALL)"
    typed = rf"(?i:(?<=\bin )(?:{'|'.join(sorted({*tender()} - WORDS))})(?={_LAST}))"
    return found, re.compile(signs, re.IGNORECASE), re.compile(f"{written}|{typed}")


def _bounded(sign: str) -> str:
    """A sign of which no letter stands in a Latin word: `S$`, and not the end of `dollars$`."""
    before = "(?<![a-z])" if sign[0].isalpha() else ""
    return before + re.escape(sign) + ("(?![a-z])" if sign[-1].isalpha() else "")
