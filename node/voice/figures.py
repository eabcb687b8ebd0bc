"""Numbers in a text of which nobody knows where they come from: a model's prices above all; pure.

A model words a price in ways that no list foresees: `it's ninety-nine`, 一百二, `now at 99`. So it
is asked of each number where it comes from, not whether it looks like a price.
"""

import re
import unicodedata
from collections.abc import Container, Iterator
from decimal import Decimal
from typing import Final

from node.voice.numerals import read_number

COUNTED: Final = 10
"""Whole numbers up to this count things (`two ways`, 三个)."""


def stray_figures(text: str, known: Container[Decimal]) -> Iterator[str]:
    """The numbers of a text that neither are `known`, nor measure, count, or tell a time."""
    plain = _plain(text)
    for match in _NUMBER.finditer(plain):
        if _MEASURES.match(plain, match.end()) or plain[: match.start()].endswith("百分之"):
            continue
        values = tuple(_values(match))
        is_count = bool(values) and all(one <= COUNTED and one % 1 == 0 for one in values)
        if not is_count and not any(one in known for one in values):
            yield match[0].strip()


def figures(text: str) -> Iterator[Decimal]:
    """Every number of a text, in digits or in words."""
    for match in _NUMBER.finditer(_plain(text)):
        yield from _values(match)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().translate(_FORMAL)


def _values(match: re.Match[str]) -> Iterator[Decimal]:
    """What a number may stand for; nothing for words that are none."""
    if match["digits"]:
        yield Decimal(match["digits"].replace(",", ""))
    elif match["zh"]:
        number = read_number(match["zh"])
        if number is not None:
            yield Decimal(number)
        if short := _SHORT.fullmatch(match["zh"]):  # 一百二 is 120
            place = _TENTH[short["place"]]
            yield Decimal((read_number(short["head"]) or 0) + (read_number(short[3]) or 0) * place)
    elif match["en"]:
        yield Decimal(_english(match["en"]))


def _english(words: str) -> int:
    """`one hundred and twenty-nine`, and `one twenty nine`, which is as much."""
    total, group = 0, 0
    for word in re.split(r"[\s-]+", words.strip()):
        if word == "hundred":
            group = (group or 1) * 100
        elif word == "thousand":
            total, group = total + (group or 1) * 1000, 0
        elif (number := _WORDS.get(word)) is not None:
            has_room = group % 100 == 0 or (number < COUNTED and group % 10 == 0)
            group = group + number if has_room else group * 100 + number
    return total + group


_FORMAL: Final = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟萬〇兩", "一二三四五六七八九十百千万零两")
_TENTH: Final = {"百": 10, "千": 100, "万": 1000}
_SHORT: Final = re.compile(
    r"(?P<head>[一二两三四五六七八九十百千]*(?P<place>[百千万]))([一二三四五六七八九])"
)
_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    "nineteen",
)
_TENS: Final = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS: Final = {word: number for number, word in enumerate(_SMALL)} | {
    word: 20 + 10 * number for number, word in enumerate(_TENS)
}
_WORD: Final = "|".join(sorted((*_WORDS, "hundred", "thousand"), key=len, reverse=True))
_NUMBER: Final = re.compile(
    r"(?P<digits>(?<![a-z\d.])(?<!\d:)\d[\d,]*(?:\.\d+)?)"
    r"|(?!千万[别不要小记]|万一|一一)(?P<zh>[零一二两三四五六七八九十百千万]{2,}|[百千](?=[元块]))"
    rf"|\b(?P<en>(?:{_WORD})(?:[\s-]+(?:and\s+)?(?:{_WORD}))*)\b"
)
_MEASURES: Final = re.compile(
    r"\s*-?\s*(?:"
    r"个?(?:毫升|升|千?克|公?斤|毫米|厘米|公分|米|英?寸|摄?氏?度|分钟|秒钟?|小时|钟头|天|月|年|周)"
    r"|[次个片只件人种层位杯瓶号岁瓦伏倍日楼馆]|毫安|点(?!\d)|%|:\d\d"
    r"|(?:ml|l|g|kg|cm|mm|m|w|v|hz|mah|pm|am|°c|°f|percent|pcs|mins?|secs?|hrs?"
    r"|(?:millilit|lit|centimet|millimet|met)(?:er|re)s?|grams?|kilos?|inch(?:es)?|feet|degrees?"
    r"|seconds?|minutes?|hours?|days?|weeks?|months?|years?|times|pieces?|cups?|people|persons?"
    r"|guests|layers|watts?|volts?|o'clock)\b)"
)
