"""What the dialogue may know of a moment: the booth as it stands, and the question that came."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal

from node.catalog.market import MarketRules
from node.catalog.products import Catalog, Offer
from node.program.cards import Price, price_now
from node.program.offers import CardState
from node.program.order import next_product
from node.program.show import Show
from node.voice.intents import Understood

Way = Literal["voice", "typed", "talk"]

CLIMAX_S: Final = 5.0
"""So near to a climax nothing is said aloud (domain rules §6)."""
CARDS_KEPT: Final = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is finished, by voice, in writing, or after a press of TALK.

    `at_s` is when it was finished, `began_s` when its first word was heard (loop time, s).
    `may_send`: who asks agreed that the words or the sound of this one leave the booth. `text` is
    of a written one; it stands in no log, event or store.
    """

    way: Way
    understood: Understood
    at_s: float
    began_s: float = 0.0
    may_send: bool = False
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class CardSeen:
    """A card that was shown: from and to loop time, s; `down_s` is None while it is up."""

    product: str
    up_s: float
    down_s: float | None = None


@dataclass(frozen=True, slots=True)
class CardsSeen:
    """The last cards, newest last; call `after` with each show that has another card."""

    cards: tuple[CardSeen, ...] = ()

    def after(self, product: str, at_s: float) -> "CardsSeen":
        """With the card that is up now, empty for none."""
        up = self.cards[-1] if self.cards and self.cards[-1].down_s is None else None
        if up is not None and up.product == product:
            return self
        kept = self.cards
        if up is not None:
            kept = (*kept[:-1], replace(up, down_s=at_s))
        if product:
            kept = (*kept, CardSeen(product, at_s))
        return CardsSeen(kept[-CARDS_KEPT:])


@dataclass(frozen=True, slots=True)
class Stocked:
    """How many the shop says there are, and how long ago it said so, s."""

    count: int
    age_s: float


@dataclass(frozen=True, slots=True)
class Booth:
    """The booth at one moment.

    `now_s` is loop time, `now` the wall clock in the rundown's time zone. `prices` are those of
    the moment, `left` the quantities of offers, `running` the offers whose price holds. `cards`
    are the last ones, newest last. `beat_product` belongs to the plot where it stands,
    `next_product` comes after the card. `airing` changes with each segment. `volume` is in
    percent. `is_heard`: someone speaks at this moment; `is_speaking`: an answer is being said.
    """

    now_s: float
    now: datetime
    catalog: Catalog
    rules: MarketRules
    locales: tuple[str, ...]
    name: Mapping[str, str]
    prices: Mapping[str, Price]
    offers: Mapping[str, Offer] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    states: Mapping[str, CardState] = field(default_factory=dict)
    stock: Mapping[str, Stocked] = field(default_factory=dict)
    cards: tuple[CardSeen, ...] = ()
    beat_product: str = ""
    next_product: str = ""
    airing: int = 0
    volume: int = 100
    is_climax_near: bool = False
    is_speaking: bool = False
    is_heard: bool = False
    can_ask_cloud: bool = False
    can_call_staff: bool = True

    @property
    def card(self) -> str:
        """The product whose card is up, or empty."""
        return self.cards[-1].product if self.cards and self.cards[-1].down_s is None else ""


@dataclass(frozen=True, slots=True)
class Ways:
    """Whom a question can be handed to, and what is heard and said at this moment."""

    can_ask_cloud: bool = False
    can_call_staff: bool = True
    is_heard: bool = False
    is_speaking: bool = False


def booth_of(
    show: Show,
    catalog: Catalog,
    *,
    now_s: float,
    cards: CardsSeen,
    stocked_s: Mapping[str, float],
    ways: Ways,
) -> Booth:
    """The booth as a show has it; `stocked_s` is when a product's stock was last told (loop s)."""
    offers, products = show.rundown.offers, catalog.products
    seen = cards.after(show.card.product if show.card else "", now_s)
    card = seen.cards[-1].product if seen.cards else ""
    return Booth(
        now_s=now_s,
        now=show.now,
        catalog=catalog,
        rules=show.rundown.rules,
        locales=show.rundown.locales,
        name=show.rundown.persona.name,
        prices={id_: price_now(one, show, catalog.currency) for id_, one in products.items()},
        offers=offers,
        left={id_: show.trade.left(one) for id_, one in offers.items()},
        running=frozenset(
            id_ for id_, one in offers.items() if show.trade.is_running(one, show.now)
        ),
        states={id_: show.trade.state_of(id_) for id_ in products},
        stock={
            id_: Stocked(known.now, now_s - stocked_s[id_])
            for id_, known in show.trade.stock.items()
            if id_ in stocked_s
        },
        cards=seen.cards,
        beat_product=_beat_product(show),
        next_product=next_product(show, card),
        airing=show.airing.number,
        volume=show.volume,
        is_climax_near=is_climax_near(show),
        is_speaking=ways.is_speaking,
        is_heard=ways.is_heard,
        can_ask_cloud=ways.can_ask_cloud,
        can_call_staff=ways.can_call_staff,
    )


def is_climax_near(show: Show) -> bool:
    """Whether a climax of the segment on air is at most 5 s ahead or behind."""
    reach = CLIMAX_S * show.rundown.fps
    return any(
        abs(cue.at - show.airing.position) <= reach
        for cue in show.segment.cues
        if cue.beat == "climax" and cue.at >= 0
    )


def _beat_product(show: Show) -> str:
    """The product of the last cue that had one, else of the next one that will."""
    told = [cue for cue in show.segment.cues if cue.product and cue.at >= 0]
    passed = [cue for cue in told if cue.at <= show.airing.position]
    first = passed[-1:] or told[:1]
    return first[0].product if first else ""
