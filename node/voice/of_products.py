"""How the node answers of a product: from the fields of its catalog, its offers and its stock."""

import re
from dataclasses import replace
from typing import Final

from node.catalog.products import Offer, Product
from node.program.commands import ShowCard
from node.voice.acts import Do
from node.voice.currencies import called
from node.voice.lexicon import own_words
from node.voice.matter import Matter, Plan, said, to_cloud, to_staff
from node.voice.replies import Line
from node.voice.tokens import tokens_of
from node.voice.values import (
    Amount,
    Clock,
    Count,
    CurrencyName,
    Money,
    Several,
    Told,
    language_of,
    pick,
)

STOCK_FRESH_S: Final = 60.0
OFFER_SOON_MIN: Final = 120
BUY_CARD_S: Final = 45.0
"""All three: domain rules §6."""
DOLLAR: Final = "dollar"
SEVERAL: Final = 2
_CONTENT_OF: Final = {"weight": "mass", "capacity": "volume"}
"""Which kind of net content tells what is asked for."""


def price(matter: Matter) -> Plan:
    """What it costs now; with its name where its card is not up."""
    product, asked = matter.product, _asked_currency(matter)
    money = matter.money(product.id, asked)
    if (other := _other_colours(matter)) is not None:
        return other
    if money is None:
        return _no_price_in(asked, matter)
    is_named = product.id != matter.booth.card
    offer = matter.booth.offers.get(matter.booth.prices[product.id].offer)
    name = matter.name(product)
    if offer is not None and money.currency in offer.price:
        key = "price.named_offer" if is_named else "price.offer"
        return Plan(matter.line(key, name=name, price=money, end=Clock(offer.end)))
    if is_named:
        return Plan(matter.line("price.named", name=name, price=money))
    badged = matter.line("price.badge", badge=Told(product.badge), price=money)
    plain = matter.line("price.plain", price=money)
    return Plan(_with(badged, plain) if matter.locale in badged.shown else plain)


def discount(matter: Matter) -> Plan:
    """The offer that runs, or comes within two hours; a gift; else that there is none."""
    if _asked_currency(matter):
        return price(matter)
    currency = matter.booth.catalog.currency
    for offer in _todays(matter):
        if offer.price.get(currency) and (line := _offered(matter, offer)) is not None:
            return Plan(line)
    if matter.product.facts.get("gift"):
        return fact(matter, "gift")
    return Plan(matter.line("discount.none"), awaits="staff")


def stock(matter: Matter) -> Plan:
    """How many there are, if the shop told it within the last minute."""
    if (other := _other_colours(matter)) is not None:
        return other
    known = matter.booth.stock.get(matter.product_id)
    if known is None or known.age_s > STOCK_FRESH_S:
        return to_staff(matter, "stale")
    if known.count <= 0:
        return said(matter, "stock.out")
    return Plan(matter.line("stock.left", count=Count(known.count, matter.product.measure)))


def size(matter: Matter) -> Plan:
    """The size; weight and capacity only where the catalog tells them."""
    about, product = matter.slots.get("about", ""), matter.product
    if about not in _CONTENT_OF:
        return fact(matter, "size")
    if product.net is not None and product.net.kind == _CONTENT_OF[about]:
        return Plan(matter.line("fact.net", net=Amount(product.net)))
    units = own_words().unit[about].get(language_of(matter.locale), ())
    told = pick(product.facts.get("size", {}), matter.locale).casefold()
    has_it = re.search(rf"\d\s*(?:{'|'.join(units) or '(?!)'})(?![a-z])", told)
    return fact(matter, "size") if has_it else to_staff(matter, "no_field")


def colour(matter: Matter) -> Plan:
    """The colours, or whether there is the one that is asked for."""
    product, wanted = matter.product, matter.slots.get("colour", "")
    if not any(product.colours.values()):
        return to_staff(matter, "no_field")
    if (other := _other_colours(matter)) is not None:
        return other
    if wanted:
        return Plan(matter.line("colour.yes", colour=Several(_of_colour(product, wanted))))
    return Plan(matter.line("colour.list", colours=Several(product.colours)))


def fact(matter: Matter, name: str) -> Plan:
    """A field of the catalog, as its author wrote it."""
    texts = matter.product.facts.get(name)
    if not texts:
        return to_staff(matter, "no_field")
    return Plan(matter.line("fact.told", text=Told(texts)))


def how_to_buy(matter: Matter) -> Plan:
    """The card with its code, and one sentence."""
    if matter.booth.states.get(matter.product_id) == "sold_out":
        return said(matter, "stock.out")
    if (other := _other_colours(matter)) is not None:
        return other
    card, asked = Do(ShowCard(matter.product_id, BUY_CARD_S)), _asked_currency(matter)
    if asked and matter.money(matter.product_id, asked) is None:
        return replace(_no_price_in(asked, matter), acts=(card,))
    return replace(said(matter, "how_to_buy.scan"), acts=(card,))


def usage(matter: Matter) -> Plan:
    """The approved text, or else the cloud."""
    if matter.product.facts.get("usage"):
        return fact(matter, "usage")
    return to_cloud(matter, "no_field")


def compare(matter: Matter) -> Plan:
    """The prices of two products side by side, without judgement."""
    booth, named = matter.booth, matter.question.understood.products
    known = [one for one in named if one in booth.catalog.products]
    others = [matter.context.current(booth), matter.context.previous(booth)]
    pair = list(dict.fromkeys([*known, *(one for one in others if one)]))
    if len(pair) < 2:  # noqa: PLR2004  # a comparison is of two
        return Plan(matter.line("compare.which"), awaits="product", why="no_product")
    first, second = (booth.catalog.products[one] for one in pair[:2])
    one, other = matter.money(first.id), matter.money(second.id)
    if one is None or other is None:
        return to_cloud(matter, "no_field")
    line = matter.line(
        "compare.two",
        first=matter.name(first),
        second=matter.name(second),
        price=one,
        other=other,
    )
    return Plan(line)


def _asked_currency(matter: Matter) -> str:
    """The currency that a price is asked in, where it is not the shop's own; else empty.

    Of several that are called so (`kroner`) it is the one that the product has a price in.
    """
    asked = matter.slots.get("currency", "")
    codes = called(DOLLAR) if asked == DOLLAR else frozenset(asked.split())
    if matter.booth.catalog.currency in codes or len(codes) < SEVERAL:
        return "" if matter.booth.catalog.currency in codes else asked
    priced = [code for code in codes if matter.money(matter.product_id, code) is not None]
    if len(priced) == 1:
        return priced[0]
    return "USD" if asked == DOLLAR else "other"


def _no_price_in(asked: str, matter: Matter) -> Plan:
    """The shop's price and currency, and that there is none in the asked one: none is converted."""
    money, product = matter.money(matter.product_id), matter.product
    if money is None:
        return to_staff(matter, "no_field")
    own = CurrencyName(money.currency)
    if asked in {"", "other"}:
        return Plan(matter.line("currency.own", price=money, own=own))
    key = "currency.none" if product.id == matter.booth.card else "currency.named_none"
    name, other = matter.name(product), CurrencyName(asked)
    return Plan(matter.line(key, name=name, price=money, own=own, asked=other))


def _with(first: Line, second: Line) -> Line:
    """A line, with another's texts in the locales that the first has not."""
    shown, spoken = {**second.shown, **first.shown}, {**second.spoken, **first.spoken}
    return replace(first, shown=shown, spoken=spoken)


def _todays(matter: Matter) -> list[Offer]:
    """The product's offers of this day, a running one first, then by their start."""
    booth = matter.booth
    found = [
        one
        for one in booth.offers.values()
        if one.product == matter.product_id and one.on == booth.now.date()
    ]
    return sorted(found, key=lambda one: (one.id not in booth.running, one.start))


def _offered(matter: Matter, offer: Offer) -> Line | None:
    """What is said of an offer that runs or soon will; None for any other."""
    booth, currency = matter.booth, matter.booth.catalog.currency
    left = Count(booth.left.get(offer.id, offer.qty), matter.product.measure)
    money = Money(offer.price[currency], currency)
    if offer.id in booth.running:
        return matter.line("discount.running", price=money, end=Clock(offer.end), count=left)
    minutes = offer.start - (booth.now.hour * 60 + booth.now.minute)
    if 0 < minutes <= OFFER_SOON_MIN and left.number:
        return matter.line("discount.coming", price=money, start=Clock(offer.start), count=left)
    return None


def _other_colours(matter: Matter) -> Plan | None:
    """That a colour of which the question speaks is not to be had; None where it is, or may be."""
    wanted, colours = matter.slots.get("colour", ""), matter.product.colours
    if not wanted or not any(colours.values()):
        return None
    if any(_of_colour(matter.product, wanted).values()):
        return None
    words = own_words().slot["colour"].get(wanted, {})
    names = {locale: lines[0] for locale, lines in words.items()}
    told = Told(names or dict.fromkeys(matter.locales, wanted))
    return Plan(matter.line("colour.no", wanted=told, colours=Several(colours)))


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


def _is_colour(name: str, wanted: str) -> bool:
    """Whether a catalog's colour is the wanted one: 松绿 is green."""
    if name == wanted:
        return True
    words = own_words().slot["colour"].get(wanted, {})
    stems = {word.removesuffix("色").removesuffix("的") for word in words.get("zh", ())}
    latin = set(tokens_of(name, {})) & set(words.get("en", ()))
    return bool(latin) or any(stem in name for stem in stems)
