"""How the node answers each intent: from the catalog and the show, or by whom else; pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from node.catalog.products import Offer, Product
from node.program.commands import SetVolume, ShowCard
from node.program.listening import Answerer
from node.voice.acts import Act, CloseEar, Do, Hush, Why
from node.voice.booth import Booth, Question
from node.voice.context import Awaited, Context
from node.voice.lexicon import own_words
from node.voice.replies import Line, Replies
from node.voice.tokens import is_cjk, tokens_of
from node.voice.values import Amount, Clock, Count, Money, Several, Told, pick

STOCK_FRESH_S: Final = 60.0
OFFER_SOON_MIN: Final = 120
BUY_CARD_S: Final = 45.0
VOLUME_STEP: Final = 15
VOLUME_LEAST: Final = 10
VOLUME_MOST: Final = 100


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


def planned(matter: Matter) -> Plan:
    """How a matter of an intent that the node knows is answered."""
    return _PLANS[matter.intent](matter)


def is_of_a_product(intent: str) -> bool:
    """Whether an intent cannot be answered without knowing which product is meant."""
    return intent in _OF_A_PRODUCT


def to_staff(matter: Matter, why: Why, key: str = "staff.asked") -> Plan:
    """Have staff answer; where there is none, say so."""
    if not matter.booth.can_call_staff:
        return Plan(_line(matter, "staff.away"), by="none", why="away")
    return Plan(_line(matter, key), by="staff", to="staff", why=why)


def to_cloud(matter: Matter, why: Why) -> Plan:
    """Have the cloud answer where that is allowed, else staff."""
    if not matter.booth.can_ask_cloud:
        return to_staff(matter, why)
    return Plan(_line(matter, "cloud.asked"), by="cloud", to="cloud", why=why)


def said(matter: Matter, key: str) -> Plan:
    """A fixed line."""
    return Plan(_line(matter, key))


def short_name(product: Product, locale: str) -> str:
    """What visitors call a product in a language, or else its title."""
    is_chinese = locale[:2] == "zh"
    for name in product.ask:
        if any(map(is_cjk, tokens_of(name, {}))) == is_chinese:
            return name
    return pick(product.title, locale)


def _line(matter: Matter, key: str) -> Line:
    return matter.replies.line(key, matter.locales)


def _names(matter: Matter, product: Product) -> Told:
    return Told({locale: short_name(product, locale) for locale in matter.locales})


def _money(matter: Matter, product_id: str) -> Money | None:
    price = matter.booth.prices.get(product_id)
    if price is None or not price.amount:
        return None
    return Money(price.amount, matter.booth.catalog.currency)


def _price(matter: Matter) -> Plan:
    if (other := _wrong_colour(matter)) is not None:
        return other
    product, money = matter.product, _money(matter, matter.product_id)
    if money is None:
        return to_staff(matter, "no_field")
    line, locales = matter.replies.line, matter.locales
    is_named = product.id != matter.booth.card
    offer = matter.booth.offers.get(matter.booth.prices[product.id].offer)
    name = _names(matter, product)
    if offer is not None:
        key = "price.named_offer" if is_named else "price.offer"
        return Plan(line(key, locales, name=name, price=money, end=Clock(offer.end)))
    if is_named:
        return Plan(line("price.named", locales, name=name, price=money))
    badged = line("price.badge", locales, badge=Told(product.badge), price=money)
    plain = line("price.plain", locales, price=money)
    return Plan(_with(badged, plain) if matter.locale in badged.shown else plain)


def _with(first: Line, second: Line) -> Line:
    """A line, with another's texts in the locales that the first has not."""
    return replace(
        first,
        shown={**second.shown, **first.shown},
        spoken={**second.spoken, **first.spoken},
    )


def _discount(matter: Matter) -> Plan:
    product, booth, currency = matter.product, matter.booth, matter.booth.catalog.currency
    line, locales = matter.replies.line, matter.locales
    now = booth.now.hour * 60 + booth.now.minute
    for offer in _todays(matter):
        if not offer.price.get(currency):
            continue
        money = Money(offer.price[currency], currency)
        left = Count(booth.left.get(offer.id, offer.qty), product.measure)
        if offer.id in booth.running:
            end = Clock(offer.end)
            return Plan(line("discount.running", locales, price=money, end=end, count=left))
        if 0 < offer.start - now <= OFFER_SOON_MIN and left.number:
            start = Clock(offer.start)
            return Plan(line("discount.coming", locales, price=money, start=start, count=left))
    if "gift" in product.facts:
        return _fact(matter, "gift")
    return Plan(_line(matter, "discount.none"), awaits="staff")


def _todays(matter: Matter) -> list[Offer]:
    """The product's offers of this day, a running one first, then by their start."""
    booth = matter.booth
    found = [
        one
        for one in booth.offers.values()
        if one.product == matter.product_id and one.on == booth.now.date()
    ]
    return sorted(found, key=lambda one: (one.id not in booth.running, one.start))


def _stock(matter: Matter) -> Plan:
    if (other := _wrong_colour(matter)) is not None:
        return other
    known = matter.booth.stock.get(matter.product_id)
    if known is None or known.age_s > STOCK_FRESH_S:
        return to_staff(matter, "stale")
    if known.count <= 0:
        return said(matter, "stock.out")
    count = Count(known.count, matter.product.measure)
    return Plan(matter.replies.line("stock.left", matter.locales, count=count))


def _size(matter: Matter) -> Plan:
    """The size; weight and capacity only where the catalog tells them."""
    about, product = matter.slots.get("about", ""), matter.product
    if not about:
        return _fact(matter, "size")
    kind = {"weight": "mass", "capacity": "volume"}[about]
    if product.net is not None and product.net.kind == kind:
        return Plan(matter.replies.line("fact.net", matter.locales, net=Amount(product.net)))
    units = own_words().unit[about]
    size = pick(product.facts.get("size", {}), matter.locale)
    words = "|".join(map(re.escape, units.get(matter.locale[:2], ())))
    if words and re.search(rf"\d\s*(?:{words})(?![a-z])", size.casefold()):
        return _fact(matter, "size")
    return to_staff(matter, "no_field")


def _colour(matter: Matter) -> Plan:
    product = matter.product
    if not any(product.colours.values()):
        return to_staff(matter, "no_field")
    if (other := _wrong_colour(matter)) is not None:
        return other
    wanted = matter.slots.get("colour", "")
    if wanted:
        colour = Several(_of_colour(product, wanted))
        return Plan(matter.replies.line("colour.yes", matter.locales, colour=colour))
    return Plan(
        matter.replies.line("colour.list", matter.locales, colours=Several(product.colours))
    )


def _fact(matter: Matter, name: str) -> Plan:
    """A field of the catalog as its author wrote it."""
    texts = matter.product.facts.get(name)
    if not texts:
        return to_staff(matter, "no_field")
    return Plan(matter.replies.line("fact.told", matter.locales, text=Told(texts)))


def _how_to_buy(matter: Matter) -> Plan:
    if matter.booth.states.get(matter.product_id) == "sold_out":
        return said(matter, "stock.out")
    if (other := _wrong_colour(matter)) is not None:
        return other
    card = Do(ShowCard(matter.product_id, BUY_CARD_S))
    return replace(said(matter, "how_to_buy.scan"), acts=(card,))


def _usage(matter: Matter) -> Plan:
    if matter.product.facts.get("usage"):
        return _fact(matter, "usage")
    return to_cloud(matter, "no_field")


def _compare(matter: Matter) -> Plan:
    """The prices of two products side by side, without judgement."""
    booth, named = matter.booth, matter.question.understood.products
    known = [one for one in named if one in booth.catalog.products]
    others = [matter.context.current(booth), matter.context.previous(booth)]
    pair = list(dict.fromkeys([*known, *(one for one in others if one)]))[:2]
    if len(pair) < len(("first", "second")):
        return Plan(_line(matter, "compare.which"), awaits="product", why="no_product")
    first, second = (booth.catalog.products[one] for one in pair)
    price, other = _money(matter, first.id), _money(matter, second.id)
    if price is None or other is None:
        return to_cloud(matter, "no_field")
    line = matter.replies.line(
        "compare.two",
        matter.locales,
        first=_names(matter, first),
        second=_names(matter, second),
        price=price,
        other=other,
    )
    return Plan(line)


def _next(matter: Matter) -> Plan:
    return _shown(matter, "next", _following(matter))


def _previous(matter: Matter) -> Plan:
    return _shown(matter, "previous", matter.context.previous(matter.booth))


def _shown(matter: Matter, key: str, product_id: str) -> Plan:
    """Another product's card, with its name and price."""
    if not product_id:
        return said(matter, f"{key}.none")
    product, money = matter.booth.catalog.products[product_id], _money(matter, product_id)
    card = Do(ShowCard(product_id, BUY_CARD_S))
    if money is None:
        return Plan(None, acts=(card,))
    name = _names(matter, product)
    line = matter.replies.line(f"{key}.card", matter.locales, name=name, price=money)
    return Plan(line, acts=(card,))


def _following(matter: Matter) -> str:
    """The product after the current one: the show's next, else the catalog's, if not sold out."""
    booth, now = matter.booth, matter.context.current(matter.booth)
    order = list(booth.catalog.products)
    start = order.index(now) + 1 if now in order else 0
    for product in (booth.next_product, *order[start:], *order[:start]):
        if product and product != now and booth.states.get(product) != "sold_out":
            return product
    return ""


def _repeat(matter: Matter) -> Plan:
    line = matter.context.said
    if line is None:
        return said(matter, "repeat.none")
    return Plan(line)


def _louder(matter: Matter) -> Plan:
    volume = matter.booth.volume
    if volume >= VOLUME_MOST:
        return said(matter, "louder.most")
    command = Do(SetVolume(min(VOLUME_MOST, volume + VOLUME_STEP)))
    return replace(said(matter, "louder.done"), acts=(command,))


def _quieter(matter: Matter) -> Plan:
    volume = matter.booth.volume
    if volume <= VOLUME_LEAST:
        return said(matter, "quieter.least")
    command = Do(SetVolume(max(VOLUME_LEAST, volume - VOLUME_STEP)))
    return replace(said(matter, "quieter.done"), acts=(command,))


def _suitable(matter: Matter) -> Plan:
    """Never a model: a fixed sentence, and staff."""
    line = _line(matter, "suitable.fixed")
    if not matter.booth.can_call_staff:
        return Plan(line, why="unsafe", is_uncuttable=True)
    return Plan(line, by="staff", to="staff", why="unsafe", is_uncuttable=True)


def _privacy(matter: Matter) -> Plan:
    about = matter.slots.get("privacy", "")
    if about == "close":
        return replace(said(matter, "privacy.close"), acts=(CloseEar(),))
    return said(matter, f"privacy.{about if about in {'camera', 'robot'} else 'sound'}")


def _help(matter: Matter) -> Plan:
    return said(matter, "help.language" if "language" in matter.slots else "help.can")


def _wrong_colour(matter: Matter) -> Plan | None:
    """That a colour of which the question speaks is not to be had; None where it is, or may be."""
    wanted, colours = matter.slots.get("colour", ""), matter.product.colours
    if not wanted or not any(colours.values()):
        return None
    if any(_of_colour(matter.product, wanted).values()):
        return None
    names = {
        locale: lines[0] for locale, lines in own_words().slot["colour"].get(wanted, {}).items()
    }
    told = Told(names or dict.fromkeys(matter.locales, wanted))
    return Plan(
        matter.replies.line("colour.no", matter.locales, wanted=told, colours=Several(colours))
    )


def _is_colour(name: str, wanted: str) -> bool:
    """Whether a catalog's colour is the wanted one: 松绿 is green."""
    if name == wanted:
        return True
    words = own_words().slot["colour"].get(wanted, {})
    stems = {word.removesuffix("色").removesuffix("的") for word in words.get("zh", ())}
    latin = set(tokens_of(name, {})) & set(words.get("en", ()))
    return bool(latin) or any(stem in name for stem in stems)


def _of_colour(product: Product, wanted: str) -> dict[str, tuple[str, ...]]:
    """What of a product is of a colour, by locale: a name that is tells of its place elsewhere."""
    places = {
        place
        for names in product.colours.values()
        for place, name in enumerate(names)
        if _is_colour(name, wanted)
    }
    return {
        locale: tuple(name for place, name in enumerate(names) if place in places)
        for locale, names in product.colours.items()
    }


_PLANS: Final[Mapping[str, Callable[[Matter], Plan]]] = {
    "price": _price,
    "discount": _discount,
    "stock": _stock,
    "size": _size,
    "colour": _colour,
    "material": lambda matter: _fact(matter, "material"),
    "origin": lambda matter: _fact(matter, "origin"),
    "how_to_buy": _how_to_buy,
    "delivery": lambda matter: _fact(matter, "delivery"),
    "returns": lambda matter: _fact(matter, "returns"),
    "gift": lambda matter: _fact(matter, "gift"),
    "compare": _compare,
    "next": _next,
    "previous": _previous,
    "repeat": _repeat,
    "louder": _louder,
    "quieter": _quieter,
    "call_staff": lambda matter: to_staff(matter, "asked", "staff.called"),
    "stop": lambda _: Plan(None, acts=(Hush(),)),
    "usage": _usage,
    "suitable": _suitable,
    "privacy": _privacy,
    "help": _help,
    "no": lambda matter: said(matter, "no.said"),
    "thanks": lambda matter: said(matter, "thanks.said"),
}
_OF_A_PRODUCT: Final = frozenset(
    {
        *("price", "discount", "stock", "size", "colour", "material", "origin", "how_to_buy"),
        *("delivery", "returns", "gift", "usage"),
    }
)
