"""Numbers as a person says them in Chinese: 129 is 一百二十九, two of something 两."""

from decimal import Decimal
from typing import Final

_DIGITS: Final = "零一二三四五六七八九"
_PLACES: Final = ("", "十", "百", "千")
_GROUPS: Final = ("", "万", "亿")
_GROUP: Final = 10_000
_TEN: Final = 10
_PAIR: Final = 2
MOST: Final = 10**12
"""The first number that has no words here."""


def spoken_number(number: int) -> str:
    """A whole number, 0 <= number < 10^12, as it is read aloud.

    Raises:
        ValueError: another number.
    """
    if not 0 <= number < MOST:
        raise ValueError(f"no words for {number}")
    if number == 0:
        return _DIGITS[0]
    words, is_gap = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // _GROUP**power % _GROUP
        if group == 0:
            is_gap = bool(words)
            continue
        is_short = words != "" and (is_gap or group < _GROUP // _TEN)
        words += (_DIGITS[0] if is_short else "") + _group(group) + _GROUPS[power]
        is_gap = False
    return words[1:] if words.startswith("一十") else words


def spoken_count(number: int) -> str:
    """As `spoken_number`, of things that are counted: two are 两."""
    return "两" if number == _PAIR else spoken_number(number)


def spoken_yuan(amount: str) -> str:
    """A price in yuan: `129.00` is 一百二十九元, `19.90` 十九元九角, `0.05` 五分."""
    fen = int(Decimal(amount) * 100)
    yuan, jiao, rest = fen // 100, fen // _TEN % _TEN, fen % _TEN
    words = f"{spoken_count(yuan)}元" if yuan or not fen else ""
    if jiao:
        words += f"{_DIGITS[jiao]}角"
    elif rest and yuan:
        words += _DIGITS[0]
    return words + (f"{_DIGITS[rest]}分" if rest else "")


def spoken_decimal(amount: str) -> str:
    """A price of another currency: `19.90` is 十九点九."""
    whole, _, rest = amount.partition(".")
    digits = rest.rstrip("0")
    point = "点" + "".join(_DIGITS[int(one)] for one in digits) if digits else ""
    return spoken_number(int(whole)) + point


def spoken_clock(minute: int) -> str:
    """A time of day: 730 is 十二点十分, 1025 十七点零五分."""
    hours, minutes = divmod(minute, 60)
    hour = f"{spoken_count(hours)}点"
    if not minutes:
        return hour
    return f"{hour}{'零' if minutes < _TEN else ''}{spoken_number(minutes)}分"


def _group(number: int) -> str:
    """A number of one to four digits, 一十 for ten."""
    words, is_gap = "", False
    for place in range(len(_PLACES) - 1, -1, -1):
        digit = number // _TEN**place % _TEN
        if digit == 0:
            is_gap = bool(words)
            continue
        words += ("零" if is_gap else "") + _digit(digit, place) + _PLACES[place]
        is_gap = False
    return words


def _digit(digit: int, place: int) -> str:
    """两百, 两千, but 二十 and 二."""
    is_pair = digit == _PAIR and place > 1
    return "两" if is_pair else _DIGITS[digit]


def read_number(words: str) -> int | None:
    """The number that Chinese words stand for, 一百二十九 or 两万; None for what is no number."""
    total, group, digit = 0, 0, 0
    for word in words:
        if word == "两" or word in _DIGITS:
            digit = _PAIR if word == "两" else _DIGITS.index(word)
        elif word in _PLACES[1:]:
            group += (digit or 1) * _TEN ** _PLACES.index(word)
            digit = 0
        elif word in _GROUPS[1:]:
            total = (total + group + digit) * _GROUP ** _GROUPS.index(word)
            group = digit = 0
        else:
            return None
    return total + group + digit if words else None
