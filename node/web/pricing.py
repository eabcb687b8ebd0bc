"""Prices in words: what a product costs now, what it cost before, what a unit of it costs."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from node.catalog.contents import unit_price_text
from node.catalog.prices import format_price
from node.catalog.products import Catalog, Offer, Product
from node.catalog.strikes import History, Strike, strike_of
from node.graphics.typeset import pick
from node.graphics.words import state_texts
from node.program.show import Show

CLDR = {"zh": "zh_CN", "en": "en_US"}
"""Which region's writing of prices a plain language means."""

Words = dict[str, str]
"""A text by locale."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """Writes the prices of a catalog for the locales of the show; without a history no strike."""

    show: Callable[[], Show]
    catalog: Callable[[], Catalog]
    history: History | None

    @property
    def currency(self) -> str:
        """The one that is shown (ISO 4217)."""
        return self.catalog().currency

    def amount(self, product: Product, offer_id: str) -> str:
        """The price as a decimal string, an offer's where it has one in the shown currency."""
        offer = self.show().rundown.offers.get(offer_id)
        amount = product.price.get(self.currency, "")
        return amount if offer is None else offer.price.get(self.currency, amount)

    def price(self, product: Product, offer_id: str) -> Words:
        """The price, by locale."""
        return self._written(self.amount(product, offer_id))

    def strike(self, product: Product, offer_id: str) -> Strike | None:
        """The price that may be struck at this moment."""
        show = self.show()
        if self.history is None:
            return None
        return strike_of(
            product,
            self.history.in_zone(show.rundown.timezone),
            currency=self.currency,
            offer=show.rundown.offers.get(offer_id),
            days=show.rundown.rules.strike.days,
            now=show.now,
        )

    def struck(self, product: Product, offer_id: str) -> tuple[Words, Words]:
        """The struck price and its basis by locale; both empty where none may be shown."""
        strike = self.strike(product, offer_id)
        if strike is None:
            return {}, {}
        words = state_texts()[strike.basis]
        basis = {locale: pick(words, locale) or words["en"] for locale in self._locales}
        return self._written(strike.price), basis

    def unit(self, product: Product, offer_id: str) -> Words:
        """What a unit costs, by locale; empty where the catalog does not tell what is in it."""
        amount, net, per = self.amount(product, offer_id), product.net, product.per
        if not amount or net is None or per is None:
            return {}
        words = state_texts()["each"]
        told = {
            locale: unit_price_text(
                amount,
                self.currency,
                net,
                per,
                CLDR.get(locale, locale),
                each=pick(words, locale) or words["en"],
            )
            for locale in self._locales
        }
        return {locale: text for locale, text in told.items() if text}

    def end_of(self, offer: Offer) -> datetime:
        """When an offer's window ends: by the wall clock, as the window is."""
        midnight = datetime.combine(offer.on, time(), self.show().rundown.timezone)
        return midnight + timedelta(minutes=offer.end)

    @property
    def _locales(self) -> tuple[str, ...]:
        return self.show().rundown.locales

    def _written(self, amount: str) -> Words:
        """An amount as CLDR writes it, by locale; empty where there is none."""
        if not amount:
            return {}
        return {
            locale: format_price(amount, self.currency, CLDR.get(locale, locale))
            for locale in self._locales
        }
