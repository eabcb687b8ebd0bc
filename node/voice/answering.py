"""How the node answers each intent: by itself, or by whom else; pure."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from node.program.commands import SetVolume, ShowCard
from node.voice import of_products
from node.voice.acts import CloseEar, Do, Hush
from node.voice.matter import Matter, Plan, said, to_staff

VOLUME_STEP: Final = 15
VOLUME_LEAST: Final = 10
VOLUME_MOST: Final = 100
"""Percent."""


def planned(matter: Matter) -> Plan:
    """How a matter of an intent that the node knows is answered."""
    return _PLANS[matter.intent](matter)


def is_of_a_product(intent: str) -> bool:
    """Whether an intent cannot be answered without knowing which product is meant."""
    return intent in _OF_A_PRODUCT


def _fact(name: str) -> Callable[[Matter], Plan]:
    return lambda matter: of_products.fact(matter, name)


def _next(matter: Matter) -> Plan:
    return _shown(matter, "next", matter.context.following(matter.booth))


def _previous(matter: Matter) -> Plan:
    return _shown(matter, "previous", matter.context.previous(matter.booth))


def _shown(matter: Matter, key: str, product_id: str) -> Plan:
    """Another product's card, with its name and price."""
    if not product_id:
        return said(matter, f"{key}.none")
    product, money = matter.booth.catalog.products[product_id], matter.money(product_id)
    acts = (Do(ShowCard(product_id, of_products.BUY_CARD_S)),)
    if money is None:
        return Plan(None, acts)
    return Plan(matter.line(f"{key}.card", name=matter.name(product), price=money), acts)


def _repeat(matter: Matter) -> Plan:
    line = matter.context.said
    if line is None or matter.locale not in line.shown:
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
    """Never a model: a fixed sentence, which ends first, and staff."""
    line = matter.line("suitable.fixed")
    if not matter.booth.can_call_staff:
        return Plan(line, why="unsafe", is_uncuttable=True)
    return Plan(line, by="staff", to="staff", why="unsafe", is_uncuttable=True)


def _privacy(matter: Matter) -> Plan:
    about = matter.slots.get("privacy", "")
    if about == "close":
        return replace(said(matter, "privacy.close"), acts=(CloseEar(),))
    return said(matter, f"privacy.{about if about in {'camera', 'robot'} else 'sound'}")


def _help(matter: Matter) -> Plan:
    language = matter.slots.get("language", "")
    return said(matter, f"help.in_{language}" if language else "help.can")


_PLANS: Final[Mapping[str, Callable[[Matter], Plan]]] = {
    "price": of_products.price,
    "discount": of_products.discount,
    "stock": of_products.stock,
    "size": of_products.size,
    "colour": of_products.colour,
    "material": _fact("material"),
    "origin": _fact("origin"),
    "how_to_buy": of_products.how_to_buy,
    "delivery": _fact("delivery"),
    "returns": _fact("returns"),
    "gift": _fact("gift"),
    "compare": of_products.compare,
    "next": _next,
    "previous": _previous,
    "repeat": _repeat,
    "louder": _louder,
    "quieter": _quieter,
    "call_staff": lambda matter: to_staff(matter, "asked", "staff.called"),
    "stop": lambda _: Plan(None, (Hush(),)),
    "usage": of_products.usage,
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
