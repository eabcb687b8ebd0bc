"""Cards as viewers get them: prices in words, a scan code for each showing, where a code leads."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from node.catalog.prices import format_price
from node.catalog.products import Catalog, Product
from node.graphics.card import CardFace
from node.web.landing import Landing
from node.web.status import CardView, ProductView

CODE_LENGTH = 6
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letters that are mistaken for digits; 31^6 = 8.9e8 codes."""
CODES_KEPT = 20_000
"""A booth shows a card some 500 times a day: codes live for weeks."""

CLDR = {"zh": "zh_CN", "en": "en_US"}
"""Which region's writing of prices a plain language means."""


class CardBook:
    """Makes the card of each showing and remembers its code.

    `origin` is where phones reach this node (`http://192.168.1.20:8080`), for codes when the
    rundown names no `qr_base`.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        locales: Sequence[str],
        qr_base: str,
        origin: Callable[[], str],
    ) -> None:
        self._catalog = catalog
        self._locales = tuple(locales)
        self._qr_base = qr_base.rstrip("/")
        self._origin = origin
        self._codes: OrderedDict[str, str] = OrderedDict()

    @property
    def products(self) -> Mapping[str, Product]:
        """The catalog's products by id."""
        return self._catalog.products

    def faces(self) -> dict[str, CardFace]:
        """What is drawn on each product's card."""
        return {
            product.id: CardFace(
                title=product.title,
                price=self.price(product),
                badge=product.badge,
                image=product.image,
                stock_state="sold_out" if product.stock == 0 else "in_stock",
            )
            for product in self._catalog.products.values()
        }

    def price(self, product: Product) -> dict[str, str]:
        """The price by locale, as CLDR writes it in the catalog's currency."""
        amount = product.price[self._catalog.currency]
        return {
            locale: format_price(amount, self._catalog.currency, CLDR.get(locale, locale))
            for locale in self._locales
        }

    def new(self, product_id: str, until_s: float) -> CardView:
        """The card of a new showing, with a code of its own; KeyError for an unknown product."""
        product = self._catalog.products[product_id]
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        self._codes[code] = product_id
        while len(self._codes) > CODES_KEPT:
            self._codes.popitem(last=False)
        return CardView(
            product=product_id,
            title=dict(product.title),
            price=self.price(product),
            badge=dict(product.badge),
            image=_image(product),
            link=f"/q/{code}",
            qr=f"/q/{code}.svg",
            scan=self._scan(code),
            until_s=round(until_s, 1),
        )

    def find(self, code: str) -> Landing | None:
        """Where a code leads, or None for one that was never given out."""
        product = self._catalog.products.get(self._codes.get(code, ""))
        if product is None:
            return None
        currency = self._catalog.currency
        return Landing(
            product=product.id,
            title=product.title,
            price=self.price(product),
            amount=product.price[currency],
            currency=currency,
            scan=self._scan(code),
            image=_image(product),
            badge=product.badge,
            facts=product.facts,
            gtin=product.gtin,
            shop=f"{self._qr_base}/{code}" if self._qr_base else "",
        )

    def picture(self, product_id: str) -> Path | None:
        """The picture file of a product."""
        product = self._catalog.products.get(product_id)
        return None if product is None else product.image

    def views(self) -> tuple[ProductView, ...]:
        """Every product, for the operator's list."""
        return tuple(
            ProductView(
                id=product.id,
                title=dict(product.title),
                price=self.price(product),
                image=_image(product),
                stock=product.stock or 0,
            )
            for product in self._catalog.products.values()
        )

    def _scan(self, code: str) -> str:
        return f"{self._qr_base}/{code}" if self._qr_base else f"{self._origin()}/q/{code}"


def _image(product: Product) -> str:
    if product.image is None:
        return ""
    return f"/media/{product.id}{product.image.suffix.lower()}"
