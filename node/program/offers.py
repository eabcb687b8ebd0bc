"""Offers and stock: which price holds by the clock, what is left, how a card stands; pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from node.catalog.products import Offer

CardState = Literal["in_stock", "low", "sold_out"]

LOW_COUNT = 10
LOW_SHARE = 0.05
"""Of the day's first stock (domain.md §3)."""


@dataclass(frozen=True, slots=True)
class Stock:
    """How many of a product there are, and how many there were first that day."""

    now: int
    first: int
    day: int = 0


@dataclass(frozen=True, slots=True)
class Trade:
    """What is known of stock and sales. `sold` counts by offer; `started` offers are logged."""

    stock: Mapping[str, Stock] = field(default_factory=dict)
    sold: Mapping[str, int] = field(default_factory=dict)
    started: frozenset[str] = frozenset()

    def stocked(self, product: str, count: int, now: datetime) -> "Trade":
        """With a product's stock as the shop has just told it."""
        day, known = now.toordinal(), self.stock.get(product)
        is_first = known is None or known.day != day
        first = count if is_first or known is None else known.first
        return replace(self, stock={**self.stock, product: Stock(count, first, day)})

    def state_of(self, product: str) -> CardState:
        """How a product's card stands; where nobody counts it is in stock."""
        stock = self.stock.get(product)
        if stock is None:
            return "in_stock"
        if stock.now <= 0:
            return "sold_out"
        is_low = stock.now <= LOW_COUNT or stock.now <= LOW_SHARE * stock.first
        return "low" if is_low else "in_stock"

    def left(self, offer: Offer) -> int:
        """How many the offer still has, 0 or more: never more than the stock."""
        left = max(0, offer.qty - self.sold.get(offer.id, 0))
        stock = self.stock.get(offer.product)
        return left if stock is None else min(left, max(0, stock.now))

    def is_running(self, offer: Offer, now: datetime) -> bool:
        """Whether the offer's price holds: on its day, inside its window, not sold out."""
        return offer.on == now.date() and remaining_s(offer, now) > 0 and self.left(offer) > 0

    def running(self, offers: Mapping[str, Offer], product: str, now: datetime) -> str:
        """Id of the offer whose price a product has at a moment, or empty."""
        for offer in offers.values():
            if offer.product == product and self.is_running(offer, now):
                return offer.id
        return ""


def remaining_s(offer: Offer, now: datetime) -> int:
    """Seconds to the end of the window; 0 outside it. The day is not looked at."""
    second = now.hour * 3600 + now.minute * 60 + now.second
    return offer.end * 60 - second if offer.start * 60 <= second < offer.end * 60 else 0
