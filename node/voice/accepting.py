"""Judges a reply of cloud or staff before it is said: in time, short, lawful, at true prices."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from node.voice.booth import Booth
from node.voice.numerals import read_number
from node.voice.replies import FULL, Line, has_refused_words, share_of_an_answer

Refusal = Literal[
    "late",
    "too_long",
    "no_text",
    "words",
    "price",
    "link",
    "unknown_product",
    "unlisted_action",
    "withdrawn",
    "unsafe",
]
"""Why a reply is not said. unsafe: a model's, to a question of health or safety."""

ACTIONS: Final = ("", "card.show")
"""What a reply may have done besides being said."""
MOST_CHARACTERS: Final = 2000
"""Of all its texts together: more is not looked at."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to turn `number`, by locale; it came at a loop time.

    `action` is empty or `card.show`, `product` then the one to show.
    """

    number: int
    by: Literal["cloud", "staff"]
    at_s: float
    text: Mapping[str, str] = field(repr=False)
    action: str = ""
    product: str = ""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A reply that may be said; `product` is that of the card to show, or empty."""

    line: Line
    product: str = ""


def accept_reply(
    reply: Reply, booth: Booth, *, locale: str, product: str, intent: str, due_s: float
) -> Accepted | Refusal:
    """The reply as a line, or why it must not be said.

    `locale` is the asker's, `product` what the question was about, `intent` what was asked.
    """
    if refusal := _out_of_bounds(reply, booth, intent, due_s):
        return refusal
    about = {one for one in (product, reply.product) if one in booth.catalog.products}
    texts = {name: _plain(text) for name, text in reply.text.items()}
    if not texts.get(locale):
        return "no_text"
    for name in sorted(texts, key=lambda one: one != locale):
        if refusal := _refused(texts[name], booth, about):
            return refusal
    line = Line(f"reply.{reply.by}", texts, texts)
    return Accepted(line, reply.product if reply.action else "")


def prices_named(text: str) -> Iterator[Decimal]:
    """The amounts of which a text speaks as prices, in digits or in Chinese words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    for match in _PRICE.finditer(plain):
        digits = next(group for group in match.groups() if group is not None)
        amount = _amount(digits)
        if amount is not None:
            yield amount


def _out_of_bounds(reply: Reply, booth: Booth, intent: str, due_s: float) -> Refusal | Literal[""]:
    """What is wrong with a reply whatever its words are."""
    is_known = reply.product in booth.catalog.products
    faults: tuple[tuple[bool, Refusal], ...] = (
        (reply.at_s > due_s, "late"),
        (intent == "suitable" and reply.by == "cloud", "unsafe"),
        (sum(len(text) for text in reply.text.values()) > MOST_CHARACTERS, "too_long"),
        (reply.action not in ACTIONS, "unlisted_action"),
        (bool(reply.action or reply.product) and not is_known, "unknown_product"),
    )
    return next((code for is_so, code in faults if is_so), "")


def _refused(text: str, booth: Booth, about: set[str]) -> Refusal | Literal[""]:
    if share_of_an_answer(text) > FULL:
        return "too_long"
    if _LINK.search(text):
        return "link"
    if has_refused_words(text, booth.rules):
        return "words"
    true = _true_prices(booth, about)
    is_true = all(price in true for price in prices_named(text))
    return "" if is_true and not _REDUCED.search(text.casefold()) else "price"


def _true_prices(booth: Booth, about: set[str]) -> set[Decimal]:
    """What the products cost at this moment, in any of the catalog's currencies without offers."""
    found = {Decimal(booth.prices[one].amount) for one in about if booth.prices[one].amount}
    for one in about:
        if not booth.prices[one].offer:
            found |= {Decimal(price) for price in booth.catalog.products[one].price.values()}
        else:
            offer = booth.offers[booth.prices[one].offer]
            found |= {Decimal(price) for price in offer.price.values()}
    return found


def _amount(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        number = read_number(text)
        return None if number is None else Decimal(number)


def _plain(text: str) -> str:
    """One line without characters that are not drawn."""
    shown = "".join(" " if unicodedata.category(one)[0] == "C" else one for one in text)
    return " ".join(shown.split())


_NUMBER: Final = r"\d[\d,]*(?:\.\d+)?"
_WORDS: Final = "[零一二两三四五六七八九十百千万]+"
_MARK: Final = r"(?:[$¥€£]|cn¥|us\$|hk\$|rmb|cny|usd|eur|gbp)"
_UNIT: Final = (
    r"(?:元|块|圆|人民币|美元|欧元|英镑|港元|yuan|rmb|cny|usd|eur|gbp|dollars?|bucks?|euros?|pounds?"
    r"|us dollars?|[$¥€£])"
)
_COSTS: Final = (
    r"(?:价格?|卖|售|只要|仅|才|costs?|price[ds]?|sells?|only|just|for|pay)"
    r"(?:\s*(?:是|为|is|at|for|now|现在))?\s*:?\s*"
)
_PRICE: Final = re.compile(
    rf"{_MARK}\s*({_NUMBER})|({_NUMBER})\s*{_UNIT}|({_WORDS})\s*(?:元|块|圆)"
    rf"|{_COSTS}({_NUMBER})(?![\d.]*\s*(?:h\b|小时|天|days?|hours?|minutes?|厘米|毫升|克|cm|ml|g\b))"
    r"|(\d+\.\d\d)(?!\d)"
)
_LINK: Final = re.compile(r"https?:|www\.|\w\.(?:com|cn|net|shop)\b", re.IGNORECASE)
_REDUCED: Final = re.compile(
    r"[\d一二三四五六七八九半]\s*折|\d\s*%\s*off|% (?:discount|cheaper)|half (?:price|off)"
    r"|半价|打折|免费|\bfree\b(?! of)|便宜\s*\d|减\s*\d|立减|\d+ off\b"
)
