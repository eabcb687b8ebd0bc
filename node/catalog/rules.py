"""What a catalog must obey: form, texts, bar codes, reference prices, offers, pictures."""

from collections import Counter
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import Final

from node.catalog.assets import missing
from node.catalog.draft import CatalogDraft, OfferDraft, PricesDraft, ProductDraft, RefPriceDraft
from node.catalog.gtin import is_gtin
from node.catalog.market import MarketRules
from node.catalog.prices import is_currency
from node.catalog.texts import judge_text, judge_words
from node.findings import Finding

FORMAT: Final = "livesell-catalog/1"
SPAN_DAYS: Final = {"lowest-7d": 7, "lowest-30d": 30}
"""Days that a reference price must have been the lowest (CN rules; Directive 98/6 Art. 6a)."""


def judge_catalog(
    draft: CatalogDraft,
    locales: Collection[str],
    *,
    has_files: bool = True,
    rules: MarketRules | None = None,
) -> Iterator[Finding]:
    """Every fault of `draft` beyond its types; `locales` are those that a show needs.

    Without `has_files` nobody looks for the pictures. Words are judged by `rules`, or else by
    those of the strictest market.
    """
    needed = locales or usual_locales(draft)
    yield from _head(draft)
    yield from _seller(draft, needed, rules)
    for product in draft.products.values():
        yield from _product(product, draft, needed, rules)
        if has_files:
            yield from _image(product, draft)
        yield from _strike(product)
    for offer in draft.offers.values():
        yield from _offer(offer, draft)
        yield from _window(offer)


def usual_locales(draft: CatalogDraft) -> tuple[str, ...]:
    """The locales in which more than half of all texts are written, sorted."""
    texts = [text for product in draft.products.values() for text in product.texts.values()]
    counts = Counter(locale for text in texts for locale in text.lines)
    return tuple(sorted(locale for locale, count in counts.items() if 2 * count > len(texts)))


def _head(draft: CatalogDraft) -> Iterator[Finding]:
    if draft.format != FORMAT:
        yield draft.table.given("format").finding("E01", f'expected format = "{FORMAT}"')
    if not draft.table.has("currency"):
        yield draft.table.finding("E11", "`currency` is missing: the one that the kiosk shows")
    elif draft.currency is not None and not is_currency(draft.currency):
        message = 'expected three capital letters, as in "CNY"'
        yield draft.table.given("currency").finding("E53", message)


def _seller(
    draft: CatalogDraft, locales: Collection[str], rules: MarketRules | None
) -> Iterator[Finding]:
    seller = draft.seller
    if seller is None:
        return
    if not seller.table.has("name"):
        yield seller.table.finding("E11", "`name` is missing")
    for text in seller.texts.values():
        yield from judge_text(text, locales, rules)
    for key, line in (("licence", seller.licence), ("contact", seller.contact)):
        yield from judge_words(seller.table.given(key), [line or ""], rules)


def _contents(product: ProductDraft) -> Iterator[Finding]:
    if product.per is None:
        return
    if not product.table.has("net"):
        yield product.table.finding("E11", "`net` is missing: what the package holds")
    elif product.net is not None and product.net.kind != product.per.kind:
        message = f"`net` tells a {product.net.kind}, this is a {product.per.kind}"
        yield product.table.given("unit_price_per").finding("E53", message)


def _product(
    product: ProductDraft,
    draft: CatalogDraft,
    locales: Collection[str],
    rules: MarketRules | None,
) -> Iterator[Finding]:
    for key in ("title", "price"):
        if not product.table.has(key):
            yield product.table.finding("E11", f"`{key}` is missing")
    for text in product.texts.values():
        yield from judge_text(text, locales, rules)
    currency = draft.currency or ""
    is_known = is_currency(currency)
    if product.prices is not None and is_known and not product.prices.table.has(currency):
        yield product.prices.table.finding("E11", f"no price in {currency}, the catalog's currency")
    if product.gtin is not None and not is_gtin(product.gtin):
        message = "no GTIN: 8, 12, 13 or 14 digits whose last one is the check digit"
        yield product.table.given("gtin").finding("E30", message)
    yield from _contents(product)


def _image(product: ProductDraft, draft: CatalogDraft) -> Iterator[Finding]:
    if product.image is not None:
        reason = missing(draft.source.folder, product.image)
        if reason:
            yield product.table.given("image").finding("E50", reason)


def _strike(product: ProductDraft) -> Iterator[Finding]:
    ref = product.ref_price
    if ref is None:
        return
    yield from _basis(ref)
    if product.prices is None:
        return
    for currency, amount in ref.prices.amounts.items():
        price = product.prices.amounts.get(currency)
        if price is None:
            if not product.prices.table.has(currency):
                message = f"the product has no price in {currency}"
                yield ref.prices.table.given(currency).finding("E32", message)
        elif Decimal(amount) <= Decimal(price):
            message = f"not above the price {price}"
            yield ref.prices.table.given(currency).finding("E32", message)


def _basis(ref: RefPriceDraft) -> Iterator[Finding]:
    table = ref.prices.table
    if not ref.prices.amounts and not any(is_currency(key) for key in table.entries):
        yield table.finding("E31", 'no amount, as in CNY = "159.00"')
    if ref.basis not in SPAN_DAYS:
        expected = f"`basis` must be one of {', '.join(sorted(SPAN_DAYS))}"
        yield table.given("basis").finding("E31", f"{expected}: where the price comes from")
    for key in ("from", "to"):
        if not table.has(key):
            yield table.finding("E31", f"`{key}` is missing: the days the price was the lowest")
    if ref.start is None or ref.end is None:
        return
    days = (ref.end - ref.start).days + 1
    if days < SPAN_DAYS.get(ref.basis or "", 1):
        message = f"{max(days, 0)} days up to {ref.end}: too few for the basis {ref.basis}"
        yield table.given("from").finding("E31", message)


def _offer(offer: OfferDraft, draft: CatalogDraft) -> Iterator[Finding]:
    for key in ("product", "price"):
        if not offer.table.has(key):
            yield offer.table.finding("E11", f"`{key}` is missing")
    if offer.product is None:
        return
    product = draft.products.get(offer.product)
    if product is None:
        yield offer.table.given("product").finding("E33", "no such product")
        return
    yield from _quantity(offer, product)
    if offer.prices is not None and product.prices is not None:
        yield from _below(offer.prices, product.prices)


def _quantity(offer: OfferDraft, product: ProductDraft) -> Iterator[Finding]:
    if not offer.table.has("qty") or offer.qty == 0:
        yield offer.table.given("qty").finding("E36", "an offer needs a quantity")
    elif offer.qty is not None and product.stock is not None and offer.qty > product.stock:
        message = f"more than the stock of {product.id}, {product.stock}"
        yield offer.table.given("qty").finding("E36", message)


def _below(prices: PricesDraft, regular: PricesDraft) -> Iterator[Finding]:
    for currency, amount in prices.amounts.items():
        price = regular.amounts.get(currency)
        if price is not None and Decimal(amount) >= Decimal(price):
            yield prices.table.given(currency).finding("E35", f"not below the price {price}")


def _window(offer: OfferDraft) -> Iterator[Finding]:
    if not offer.table.has("on"):
        yield offer.table.finding("E34", "`on` is missing: the day of the offer")
    if not offer.table.has("window"):
        yield offer.table.finding("E34", "`window` is missing")
    if offer.window is None:
        return
    for key in ("from", "to"):
        if not offer.window.has(key):
            yield offer.window.finding("E34", f"`{key}` is missing")
    if offer.start is not None and offer.end is not None and offer.end <= offer.start:
        yield offer.window.given("to").finding("E34", "the window must end after it begins")
