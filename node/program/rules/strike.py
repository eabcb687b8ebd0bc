"""Rules for struck prices: no strike above what was really asked (domain rules E37 and W37)."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from node.catalog.draft import CatalogDraft, OfferDraft, RefPriceDraft
from node.catalog.market import MarketRules
from node.catalog.strikes import Ledger, Lowest
from node.findings import Finding
from node.program.draft import RundownDraft
from node.program.rules.file import zone_of
from node.program.rules.walk import cues_of


def undercut(draft: RundownDraft) -> Iterator[Finding]:
    """W37: an offer of this rundown will be lower than the strike's basis."""
    catalog = draft.beside.catalog
    if not isinstance(catalog, CatalogDraft):
        return
    names = dict.fromkeys(cue.offer or "" for _, cue in cues_of(draft) if cue.do == "offer.start")
    for offer in (catalog.offers[name] for name in names if name in catalog.offers):
        product = catalog.products.get(offer.product or "")
        if product is not None and product.ref_price is not None:
            yield from _undercut(product.ref_price, offer)


def proven(draft: RundownDraft) -> Iterator[Finding]:
    """E37: the strike is the ledger's lowest price before the reduction; W37 where it has gaps."""
    catalog, ledger = draft.beside.catalog, draft.beside.ledger
    if ledger is None or not isinstance(catalog, CatalogDraft):
        return
    days = draft.rules.strike.days
    zone = zone_of(draft.texts["timezone"] or "")
    ledger = ledger if zone is None else ledger.in_zone(zone)
    for product in catalog.products.values():
        ref = product.ref_price
        if ref is not None and ref.end is not None and ref.end.toordinal() > days:
            yield from _proven(ref, product.id, ref.end, draft.rules, ledger)


def _undercut(ref: RefPriceDraft, offer: OfferDraft) -> Iterator[Finding]:
    if offer.prices is None or (offer.on and ref.start and offer.on < ref.start):
        return
    for currency, amount in ref.prices.amounts.items():
        price = offer.prices.amounts.get(currency)
        if price is not None and Decimal(price) < Decimal(amount):
            message = f"not drawn once {offer.id} ({price}) has begun: it undercuts the strike"
            yield ref.prices.table.given(currency).finding("W37", message)
            return  # one currency tells it


def _proven(
    ref: RefPriceDraft, product: str, end: date, rules: MarketRules, ledger: Ledger
) -> Iterator[Finding]:
    days, cited = rules.strike.days, rules.cited(rules.strike)
    start = end - timedelta(days=days - 1)
    for currency, amount in ref.prices.amounts.items():
        lowest = ledger.lowest(product, currency, start, end)
        given = ref.prices.table.given(currency)
        if lowest is not None and Decimal(lowest.price) < Decimal(amount):
            message = f"above the lowest price of {days} days: {lowest.price} on {lowest.on}"
            yield given.finding("E37", f"{message} ({cited})")
        elif _has_gaps(lowest):
            message = f"not drawn: the price ledger has gaps from {start} to {end}"
            yield given.finding("W37", f"{message} ({cited})")


def _has_gaps(lowest: Lowest | None) -> bool:
    return lowest is None or lowest.has_gaps


RULES: Final = (undercut, proven)
