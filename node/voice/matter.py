"""A question in its place, and the plan of its answer before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from node.catalog.products import Product
from node.program.listening import Answerer
from node.voice.acts import Act, Why
from node.voice.booth import Booth, Question
from node.voice.context import Awaited, Context
from node.voice.replies import Line, Replies
from node.voice.tokens import is_cjk, tokens_of
from node.voice.values import Money, Told, Value, language_of, pick


@dataclass(frozen=True, slots=True)
class Matter:
    """A question in its place: what it is about, in which locales it is answered, asker's first."""

    question: Question
    intent: str
    product_id: str
    locales: tuple[str, ...]
    context: Context
    booth: Booth
    replies: Replies

    @property
    def locale(self) -> str:
        """The asker's."""
        return self.locales[0]

    @property
    def product(self) -> Product:
        """The product that it is about; only for intents of a product."""
        return self.booth.catalog.products[self.product_id]

    @property
    def slots(self) -> Mapping[str, str]:
        """Those of this question alone."""
        return self.question.understood.slots

    def line(self, key: str, **values: Value) -> Line:
        """A template filled in, in each locale that it is answered in."""
        return self.replies.line(key, self.locales, **values)

    def money(self, product_id: str, currency: str = "") -> Money | None:
        """What a product costs now; None where the catalog has no price in a currency.

        Without a `currency` it is the one that the shop shows.
        """
        price = self.booth.prices.get(product_id)
        if price is None:
            return None
        if currency in {"", self.booth.catalog.currency}:
            return Money(price.amount, self.booth.catalog.currency) if price.amount else None
        offer, product = self.booth.offers.get(price.offer), self.booth.catalog.products[product_id]
        running = {} if offer is None else offer.price
        amount = running.get(currency) or product.price.get(currency)
        return Money(amount, currency) if amount else None

    def name(self, product: Product) -> Told:
        """What a product is called, short, by locale."""
        return Told({locale: short_name(product, locale) for locale in self.locales})


@dataclass(frozen=True, slots=True)
class Plan:
    """An answer before it is judged: what is said, who is asked, what is done besides."""

    line: Line | None
    acts: tuple[Act, ...] = ()
    by: Answerer = "node"
    to: Literal["", "cloud", "staff"] = ""
    why: Why = ""
    awaits: Awaited = ""
    is_uncuttable: bool = False


def to_staff(matter: Matter, why: Why, key: str = "staff.asked") -> Plan:
    """Have staff answer; where there is none, say so."""
    if not matter.booth.can_call_staff:
        return Plan(matter.line("staff.away"), by="none", why="away")
    return Plan(matter.line(key), by="staff", to="staff", why=why)


def to_cloud(matter: Matter, why: Why) -> Plan:
    """Have the cloud answer where that is allowed, else staff; never where a model must not."""
    if not matter.booth.can_ask_cloud or matter.question.understood.is_kept_from_models:
        return to_staff(matter, why)
    return Plan(matter.line("cloud.asked"), by="cloud", to="cloud", why=why)


def said(matter: Matter, key: str) -> Plan:
    """A fixed line."""
    return Plan(matter.line(key))


def short_name(product: Product, locale: str) -> str:
    """What visitors call a product in a language, or else its title."""
    is_chinese = language_of(locale) == "zh"
    for name in product.ask:
        if any(map(is_cjk, tokens_of(name, {}))) == is_chinese:
            return name
    return pick(product.title, locale)
