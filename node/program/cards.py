"""Cards, countdown strips and lower thirds on air: up, down, sold out, at another price; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from node.catalog.products import Offer, Product
from node.program.offers import CardState, remaining_s
from node.program.order import next_product
from node.program.rundown import Cue
from node.program.saying import hushed
from node.program.show import Fact, Show, Shown, Strip

Change = tuple[Show, tuple[Fact, ...]]

OFFER_CARD_S = 60
"""An offer's own card, before the strip alone goes on (domain.md, `offer.start`)."""
MINUTE_S = 60
PRICE_GAP_S = 0.5
"""A card whose price has changed goes and comes again after so long: it never morphs."""
SOLD_OUT_S = 5
"""A sold-out card is seen so long before the next product is offered in its place."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a product costs now, as a decimal string, and the offer that makes it so, or empty."""

    amount: str
    offer: str


def price_now(product: Product, show: Show, currency: str) -> Price:
    """The price by the clock; the amount is empty where the product has none in a currency."""
    offers = show.rundown.offers
    id_ = show.trade.running(offers, product.id, show.now)
    if id_ and currency in offers[id_].price:
        return Price(offers[id_].price[currency], id_)
    return Price(product.price.get(currency, ""), "")


def card_state(show: Show, product: str) -> CardState:
    """How a product's card stands now."""
    return show.trade.state_of(product)


def quantity_left(show: Show, offer: str) -> int:
    """How many an offer still has; 0 for one that the rundown does not know."""
    known = show.rundown.offers.get(offer)
    return 0 if known is None else show.trade.left(known)


def card_up(show: Show, shown: Shown, why: str, cue: Cue | None = None) -> Change:
    """Show a card in place of any other, with the price and the state of this moment."""
    down, facts = without_card(show, "replaced")
    offer = show.trade.running(show.rundown.offers, shown.product, show.now)
    state = show.trade.state_of(shown.product)
    card = replace(shown, offer=offer, state=state, state_tick=show.tick)
    fact = show.fact("card.show", cue, product=shown.product, why=why)
    fact = replace(fact, cue=shown.cue, offer=offer)
    return replace(down, card=card), (*facts, fact)


def without_card(show: Show, why: str) -> Change:
    """Take the card down, and forget one that would come again."""
    if show.again is not None:
        show = replace(show, again=None)
    if show.card is None:
        return show, ()
    fact = show.fact("card.hide", product=show.card.product, why=why)
    fact = replace(fact, cue=show.card.cue, offer=show.card.offer)
    return replace(show, card=None), (fact,)


def cue_card(show: Show, cue: Cue) -> Shown:
    """The card, or the lower third, that a cue shows for its span."""
    until = cue.at + cue.for_frames if cue.at >= 0 else -1
    until_tick = -1 if cue.at >= 0 else show.tick + cue.for_frames
    return Shown(
        product=cue.product,
        text=cue.text,
        cue=cue.id,
        since_tick=show.tick,
        until=until,
        until_tick=until_tick,
    )


def offer_up(show: Show, cue: Cue) -> Change:
    """Put an offer on screen: its card, then its strip; its start is logged once."""
    offer, fps = show.rundown.offers[cue.offer], show.rundown.fps
    span_s = min(OFFER_CARD_S, remaining_s(offer, show.now))
    shown = Shown(
        product=offer.product,
        cue=cue.id,
        since_tick=show.tick,
        until_tick=show.tick + span_s * fps,
        is_offer=True,
    )
    after, facts = card_up(strip_up(show, cue), shown, "offer", cue)
    if offer.id in show.trade.started:
        return after, facts
    started = show.trade.started | {offer.id}
    start = replace(show.fact("offer.start", cue, product=offer.product), offer=offer.id)
    return replace(after, trade=replace(after.trade, started=started)), (start, *facts)


def strip_up(show: Show, cue: Cue) -> Show:
    """Put an offer's countdown strip up, unless it is."""
    if show.strip is not None and show.strip.offer == cue.offer:
        return show
    return replace(show, strip=Strip(cue.offer, cue.id, show.tick))


def deaf(show: Show, why: str) -> Change:
    """Close the microphone window."""
    if not show.listening:
        return show, ()
    return replace(show, listening=False), (show.fact("listen.close", why=why),)


def kept_true(show: Show) -> Change:
    """Take down what is over and turn what is no longer true: time, price, stock."""
    facts = list[Fact]()
    for step in (_over, _strip_over, _price_changed, _state_changed, _again):
        show, more = step(show)
        facts.extend(more)
    return show, tuple(facts)


def _over(show: Show) -> Change:
    position, tick = show.airing.position, show.tick
    facts: tuple[Fact, ...] = ()
    if show.saying is not None and show.saying.until_tick <= tick:
        show, facts = hushed(show, "time")
    if show.lower_third is not None and show.lower_third.is_over(position, tick):
        show = replace(show, lower_third=None)
    if show.card is not None and show.card.is_over(position, tick):
        show, more = without_card(show, "time")
        facts = (*facts, *more)
    return show, facts


def _strip_over(show: Show) -> Change:
    if show.strip is None:
        return show, ()
    offer_id, cue = show.strip.offer, show.strip.cue
    offer = show.rundown.offers.get(offer_id)
    if offer is not None and show.trade.is_running(offer, show.now):
        return show, ()
    why = "edited" if offer is None else "time"
    if offer is not None and not show.trade.left(offer):
        why = "sold_out"
    elif offer is not None and show.second < offer.start * MINUTE_S:
        why = "clock"
        show = _not_yet_fired(show, cue)
    end = replace(show.fact("offer.end", why=why), offer=offer_id, cue=cue)
    return replace(show, strip=None), (end,)


def _not_yet_fired(show: Show, cue: str) -> Show:
    """The wall clock was set back before a cue's time: its time is still to come."""
    base = replace(show.base, clocked=show.base.clocked - {cue})
    return replace(show, airing=base) if show.handed is None else replace(show, handed=base)


def _price_changed(show: Show) -> Change:
    """A card whose price no longer holds goes; it comes again with the price that does."""
    card = show.card
    if card is None:
        return show, ()
    if card.offer == show.trade.running(show.rundown.offers, card.product, show.now):
        return show, ()
    down, facts = without_card(show, "price_changed")
    if card.is_offer:
        return down, facts
    gap = round(PRICE_GAP_S * show.rundown.fps)
    return replace(down, again=replace(card, since_tick=show.tick + gap, is_repriced=True)), facts


def _state_changed(show: Show) -> Change:
    card = show.card
    if card is None:
        return show, ()
    state = show.trade.state_of(card.product)
    if state != card.state:
        fact = show.fact("card.state", product=card.product, why=state)
        card = replace(card, state=state, state_tick=show.tick)
        return replace(show, card=card), (replace(fact, cue=card.cue),)
    if state != "sold_out" or show.tick - card.state_tick < SOLD_OUT_S * show.rundown.fps:
        return show, ()
    other = next_product(show, card.product)
    if not other:
        return show, ()
    instead = replace(card, product=other, since_tick=show.tick, is_offer=False, is_repriced=False)
    return card_up(show, instead, "sold_out")


def _again(show: Show) -> Change:
    again = show.again
    if again is None or again.since_tick > show.tick:
        return show, ()
    if again.is_over(show.airing.position, show.tick):
        return replace(show, again=None), ()
    return card_up(show, again, "price_changed")


def stocks_of(products: Mapping[str, Product]) -> dict[str, int]:
    """The stock that a catalog tells, by product; those that nobody counts are left out."""
    return {id_: one.stock for id_, one in products.items() if one.stock is not None}


def running_offers(show: Show, now: datetime) -> list[Offer]:
    """The offers whose price holds at `now` (aware)."""
    local = now.astimezone(show.rundown.timezone)
    return [one for one in show.rundown.offers.values() if show.trade.is_running(one, local)]
