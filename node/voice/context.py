"""What a dialogue remembers: which product is meant, the slots, the language; pure.

Forgotten after 60 s of silence, at the next segment, and when someone new says hello.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from node.voice.booth import Booth
from node.voice.intents import Understood
from node.voice.replies import Line

SILENCE_S: Final = 60.0
CARD_S: Final = 90.0
"""So long a card that is gone is still what `it` means."""
TURNS: Final = 3
"""A slot is carried over so many turns (requirement R34)."""
CARRIED: Final = ("colour", "size")

Awaited = Literal["", "staff", "product"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A product that the visitor spoke of, at a loop time."""

    product: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Context:
    """One dialogue so far.

    `mentions` are the products that visitors named, oldest first. `intent` was asked last;
    `locale` is the language that the visitor wished for, or empty. `awaits` is what the assistant
    asked back: whether to call staff, or which product. `said` is the last answer.
    """

    at_s: float = float("-inf")
    airing: int = -1
    mentions: tuple[Mention, ...] = ()
    slots: Mapping[str, str] = field(default_factory=dict)
    slots_age: int = 0
    intent: str = ""
    locale: str = ""
    awaits: Awaited = ""
    is_reasked: bool = False
    has_told_ai: bool = False
    said: Line | None = None

    def still(self, booth: Booth, understood: Understood) -> "Context":
        """What of it holds when a question comes; that an AI answers is told once a dialogue."""
        if booth.now_s - self.at_s > SILENCE_S or understood.is_greeting:
            return Context(airing=booth.airing)
        if booth.airing != self.airing:
            return Context(airing=booth.airing, has_told_ai=self.has_told_ai)
        return self

    def with_slots(self, understood: Understood) -> "Context":
        """With the slots of a question; those of earlier ones are carried over three turns."""
        told = {name: one for name, one in understood.slots.items() if name in CARRIED}
        if told:
            return replace(self, slots=told, slots_age=0)
        if self.slots_age + 1 >= TURNS:
            return replace(self, slots={}, slots_age=0)
        return replace(self, slots_age=self.slots_age + 1)

    def mentioned(self, product: str, at_s: float) -> "Context":
        """With a product that is now spoken of."""
        return replace(self, mentions=(*self.mentions, Mention(product, at_s))[-TURNS:])

    def meant(self, understood: Understood, booth: Booth) -> str:
        """The product that a question is about, or empty: then ask."""
        for product in understood.products:
            if product in booth.catalog.products:
                return product
        match understood.refers:
            case "previous":
                return self.previous(booth)
            case "next":
                return self.following(booth)
            case _:
                return self.current(booth)

    def current(self, booth: Booth) -> str:
        """The product of the card or of the last mention, whichever is newer; else of the beat."""
        line = self._line(booth)
        return line[-1].product if line else _known(booth.beat_product, booth)

    def previous(self, booth: Booth) -> str:
        """The product before the current one, or empty."""
        now = self.current(booth)
        shown = [Mention(card.product, card.up_s) for card in booth.cards]
        line = sorted([*self.mentions, *shown], key=lambda one: one.at_s)
        before = [one.product for one in line if one.product != now]
        return _known(before[-1], booth) if before else ""

    def following(self, booth: Booth) -> str:
        """The show's next product, else the catalog's, that is not sold out; or empty."""
        now, order = self.current(booth), list(booth.catalog.products)
        start = order.index(now) + 1 if now in order else 0
        for product in (booth.next_product, *order[start:], *order[:start]):
            if product in order and product != now and booth.states.get(product) != "sold_out":
                return product
        return ""

    def _line(self, booth: Booth) -> list[Mention]:
        """Cards that still count, and mentions, oldest first."""
        cards = [
            Mention(card.product, card.up_s)
            for card in booth.cards
            if card.down_s is None or booth.now_s - card.down_s <= CARD_S
        ]
        line = sorted([*self.mentions, *cards], key=lambda one: one.at_s)
        return [one for one in line if one.product in booth.catalog.products]


def _known(product: str, booth: Booth) -> str:
    return product if product in booth.catalog.products else ""
