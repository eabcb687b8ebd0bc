"""When a struck price may be shown: what the price ledger must tell, and how far back."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from typing import Protocol

from typing_extensions import override

from node.catalog.products import Offer, Product, RefPrice
from node.catalog.rules import SPAN_DAYS


@dataclass(frozen=True, slots=True)
class Lowest:
    """The lowest price of a span, a decimal string, and the day it was first met.

    `has_gaps` says that the ledger does not cover the whole span.
    """

    price: str
    on: date
    has_gaps: bool = False


class Ledger(Protocol):
    """The record of prices that were asked."""

    def lowest(self, product: str, currency: str, start: date, end: date) -> Lowest | None:
        """The lowest price from `start` to `end`, both included; None where none is known."""
        ...

    def in_zone(self, timezone: tzinfo) -> "Ledger":
        """The same record, its days those of a time zone."""
        ...


class History(Ledger, Protocol):
    """The record of prices, to the moment."""

    def knows(self, now: datetime) -> bool:
        """Whether the record reaches up to now, as far as one can tell."""
        ...

    def lowest_between(
        self, product: str, currency: str, start: datetime, end: datetime
    ) -> Lowest | None:
        """The lowest price in force from `start` until before `end`, aware; None: none known."""
        ...

    @override
    def in_zone(self, timezone: tzinfo) -> "History":
        """The same record, its days those of a time zone."""
        ...


@dataclass(frozen=True, slots=True)
class Strike:
    """A struck price that may be shown: `price` was the lowest from `start` to `end`.

    `basis` says of which span it is the lowest: `lowest-7d` or `lowest-30d`.
    """

    price: str
    currency: str
    basis: str
    start: date
    end: date


def strike_of(
    product: Product,
    history: History,
    *,
    currency: str,
    offer: Offer | None,
    days: int,
    now: datetime,
) -> Strike | None:
    """The price to strike beside what `product` costs now, or None: then none may be shown.

    An offer strikes the lowest price before it began, never `ref_price`. Without an offer it is
    the `ref_price`, if the product was never cheaper in the days before the reduction, and has not
    been cheaper than now since (after an offer, the way back up is no reduction).

    Args:
        product: what is shown.
        history: the prices that were asked.
        currency: the one that is shown.
        offer: the running offer that makes the price, if one does.
        days: before a reduction, whose lowest price counts: `StrikeRule.days` of the market.
        now: aware, in the time zone of the show.
    """
    if not history.knows(now):
        return None
    if offer is not None:
        return _before_offer(product, history, currency, offer, days, now)
    ref = product.ref_price
    if ref is None or now.date() <= ref.end or currency not in ref.price:
        return None
    span = max(days, SPAN_DAYS.get(ref.basis, 0))
    return _reference(product, ref, history, currency, span, now)


def _before_offer(
    product: Product, history: History, currency: str, offer: Offer, days: int, now: datetime
) -> Strike | None:
    begin = datetime.combine(offer.on, time(), now.tzinfo) + timedelta(minutes=offer.start)
    start = begin - timedelta(days=days)
    lowest = history.lowest_between(product.id, currency, start, begin)
    price = offer.price.get(currency)
    if lowest is None or lowest.has_gaps or price is None:
        return None
    if Decimal(lowest.price) <= Decimal(price):
        return None
    return Strike(lowest.price, currency, f"lowest-{days}d", start.date(), begin.date())


def _reference(
    product: Product, ref: RefPrice, history: History, currency: str, days: int, now: datetime
) -> Strike | None:
    amount, price = ref.price[currency], product.price.get(currency)
    if price is None or Decimal(amount) <= Decimal(price) or ref.end.toordinal() <= days:
        return None
    start = ref.end - timedelta(days=days - 1)
    before = history.lowest(product.id, currency, start, ref.end)
    if before is None or before.has_gaps or Decimal(before.price) < Decimal(amount):
        return None
    reduced = datetime.combine(ref.end + timedelta(days=1), time(), now.tzinfo)
    since = max(reduced, now - timedelta(days=days))
    lately = history.lowest_between(product.id, currency, since, now)
    if lately is not None and Decimal(lately.price) < Decimal(price):
        return None
    return Strike(amount, currency, f"lowest-{days}d", start, ref.end)
