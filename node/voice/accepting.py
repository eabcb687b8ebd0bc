"""Judges a reply of cloud or staff before it is said: in time, short, lawful, at true prices."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Final, Literal

from node.catalog.products import Product
from node.voice.booth import Booth
from node.voice.currencies import names, with_signs_read
from node.voice.figures import figures, stray_figures
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
"""Why a reply is not said. unsafe: a model's, to a question or with words of health or safety."""

ACTIONS: Final = ("", "card.show")
"""What a reply may have done besides being said."""
MOST_CHARACTERS: Final = 2000
"""Of all its texts together: more is not looked at."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to turn `number`, by locale; it came at a loop time.

    `action` is empty or `card.show`, `product` then the one to show. `sound` is a recording of
    the text in the asker's locale. `is_of_health`: it speaks of health or safety.
    """

    number: int
    by: Literal["cloud", "staff"]
    at_s: float
    text: Mapping[str, str] = field(repr=False)
    action: str = ""
    product: str = ""
    sound: Path | None = None
    is_of_health: bool = False


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
        if reply.by == "cloud" and _is_made_up(texts[name], booth, about):
            return "price"
    line = Line(f"reply.{reply.by}", texts, texts)
    return Accepted(line, reply.product if reply.action else "")


def prices_named(text: str) -> Iterator[tuple[Decimal, str]]:
    """The amounts that a text names as prices, each with its currency or, untold, an empty one."""
    for match in _price().finditer(with_signs_read(text).casefold()):
        digits = next(match[name] for name in _AMOUNTS if match[name] is not None)
        amount = _amount(digits)
        mark = match["before"] or match["after"] or match["of"] or match["yuan"] or ""
        if amount is not None:
            yield amount, _currencies().get(mark, "")


def _out_of_bounds(reply: Reply, booth: Booth, intent: str, due_s: float) -> Refusal | Literal[""]:
    """What is wrong with a reply whatever its words are."""
    is_known = reply.product in booth.catalog.products
    faults: tuple[tuple[bool, Refusal], ...] = (
        (reply.at_s > due_s, "late"),
        (reply.by == "cloud" and (intent == "suitable" or reply.is_of_health), "unsafe"),
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
    is_true = all(_is_true(*named, booth, about) for named in prices_named(text))
    return "" if is_true and not _UNREADABLE.search(text.casefold()) else "price"


def _is_made_up(text: str, booth: Booth, about: set[str]) -> bool:
    """Whether a model gives something away, or names a number that is not of these products."""
    if _GIFTS.search(text.casefold()):
        return True
    products = [booth.catalog.products[one] for one in about]
    told = [one for product in products for one in _texts(product)]
    known = {number for one in told for number in figures(one)}
    known |= {amount for one in about for amount in _costs(one, booth).values()}
    return any(True for _ in stray_figures(text, known))


def _texts(product: Product) -> Iterator[str]:
    """What the catalog says of a product."""
    for texts in (product.title, *product.facts.values()):
        yield from texts.values()


def _costs(product: str, booth: Booth) -> Mapping[str, Decimal]:
    """What it costs now by currency; offers count while they run."""
    offer = booth.offers.get(booth.prices[product].offer)
    prices = booth.catalog.products[product].price if offer is None else offer.price
    return {currency: Decimal(amount) for currency, amount in prices.items()}


def _is_true(amount: Decimal, currency: str, booth: Booth, about: set[str]) -> bool:
    """Whether one of the products costs so much now."""
    currency = currency or booth.catalog.currency
    return any(_costs(one, booth).get(currency) == amount for one in about)


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


_NAMES: Final = {
    **dict.fromkeys(("¥", "rmb", "cny", "人民币", "元", "块", "圆", "yuan"), "CNY"),
    **dict.fromkeys(("$", "usd", "美元", "dollar", "dollars", "us dollars", "bucks"), "USD"),
    **dict.fromkeys(("eur", "欧元", "euro", "euros"), "EUR"),
    **dict.fromkeys(("gbp", "英镑", "pounds"), "GBP"),
}
_NUMBER: Final = r"\d[\d,]*(?:\.\d+)?"
_COSTS: Final = (
    r"(?:价格?|卖|售|costs?|price[ds]?|sells?|pay)(?:\s*(?:是|为|is|at|for|now|现在))?\s*:?\s*"
)
_SMALL_WORDS: Final = r"(?:只要|仅|才|only|just|for)\s*"


@cache
def _currencies() -> Mapping[str, str]:
    """The currencies (ISO 4217) by what is written before or behind an amount."""
    signs = {one.text: one.codes[0] for one in names() if not one.locale}
    return {**signs, **_NAMES}


@cache
def _price() -> re.Pattern[str]:
    marks = "|".join(sorted(map(re.escape, _currencies()), key=len, reverse=True))
    return re.compile(
        rf"(?P<before>{marks})\s*(?P<marked>{_NUMBER})"
        rf"|(?P<counted>{_NUMBER})\s*(?P<after>{marks})"
        r"|(?P<words>[零一二两三四五六七八九十百千万]+)\s*(?P<yuan>元|块|圆)"
        rf"|{_COSTS}(?P<cost>{_NUMBER})(?:\s*(?P<of>{marks}))?"
        rf"|{_SMALL_WORDS}(?P<only>{_NUMBER})(?![\d.]\d)(?=\s*(?:$|[,.!?;。]))"
        r"|(?P<decimal>\d+\.\d\d)(?!\d)"
    )


_AMOUNTS: Final = ("marked", "counted", "words", "cost", "only", "decimal")
_LINK: Final = re.compile(r"https?:|www\.|\w\.(?:com|cn|net|shop)\b", re.IGNORECASE)
_UNREADABLE: Final = re.compile(
    r"[\d一二三四五六七八九半]\s*折(?!叠)|\d\s*%\s*off|% (?:discount|cheaper)|half (?:price|off)"
    r"|半价|打折|免费|(?<![-\w])(?<!feel )free\b(?! of)|便宜\s*\d|减\s*\d|立减|\d+ off\b"
    r"|[元块圆]\s*[\d一二三四五六七八九半]"
)
"""Reductions, gifts, amounts of two parts (九十九块九): none can be compared with a price."""
_GIFTS: Final = re.compile(
    r"优惠|折扣|特惠|让利|降价|立省|满减|包邮|赠|送[您你一两]|买.{0,3}送|discount|coupon|voucher"
    r"|half the price|buy \w+,? get|cheaper|on the house|complimentary"
)
"""What only the shop may promise: a model's words of it are not said."""
