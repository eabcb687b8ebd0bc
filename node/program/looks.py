"""What of a show is to be drawn: the look of its card and of its countdown; pure."""

from collections.abc import Iterator
from typing import Final

from node.catalog.looks import CardLook, StockState, StripLook
from node.program.cards import quantity_left
from node.program.offers import remaining_s
from node.program.rundown import Cue
from node.program.show import Show

STATES: Final[tuple[StockState, ...]] = ("in_stock", "low", "sold_out")


def card_look(show: Show) -> CardLook | None:
    """How the card on air looks now, or None."""
    card = show.card
    if card is None:
        return None
    left = quantity_left(show, card.offer) if card.is_offer else 0
    return CardLook(
        card.product,
        card.offer,
        card.is_offer,
        card.state,
        left,
        card.since_tick,
        card.is_repriced,
    )


def strip_look(show: Show) -> StripLook | None:
    """How the countdown strip looks now, or None."""
    offer = show.countdown
    return StripLook(offer, quantity_left(show, offer)) if offer else None


def looks_of(show: Show, cue: Cue) -> Iterator[CardLook | StripLook]:
    """What a cue will have drawn, as far as it is known now: a card in each of its states."""
    if cue.do == "card.show":
        for state in STATES:
            yield CardLook(cue.product, show.trade.running(show.rundown.offers, cue.product,
                                                           show.now), state=state)  # fmt: skip
    offer = show.rundown.offers.get(cue.offer)
    if offer is None:
        return
    left = quantity_left(show, offer.id)
    yield StripLook(offer.id, left)
    if cue.do == "offer.start":
        state = show.trade.state_of(offer.product)
        yield CardLook(offer.product, offer.id, is_offer=True, state=state, left=left)
        for later in STATES:
            yield CardLook(offer.product, offer.id, state=later)


def countdown_s(show: Show, offer: str) -> int:
    """Seconds to the end of an offer's window; 0 for one that is over or not known."""
    known = show.rundown.offers.get(offer)
    return 0 if known is None else remaining_s(known, show.now)


def card_left_s(show: Show) -> float:
    """Seconds until the card on air goes down by itself; 0 where there is none."""
    card = show.card
    if card is None:
        return 0.0
    by_position = card.until - show.airing.position
    frames = by_position if card.until >= 0 else card.until_tick - show.tick
    return max(0, frames) / show.rundown.fps
