"""Cards as viewers get them: prices in words, a scan code for each showing, where a code leads."""

from collections.abc import Callable
from pathlib import Path

from node.catalog.looks import CardLook, StripLook
from node.catalog.products import Catalog, Product
from node.catalog.strikes import History
from node.graphics.card import CardFace
from node.graphics.offer import left_texts
from node.graphics.strip import StripFace
from node.program.cards import Price, card_state, price_now, quantity_left
from node.program.looks import card_look
from node.program.show import Show
from node.stream.crowd import Showing
from node.web.codes import ScanCodes
from node.web.landing import Landing
from node.web.pricing import Pricing
from node.web.status import CardView, ProductView, RunningOffer, SellerView


class CardBook:
    """Knows what each card says now, and remembers the code of each showing.

    `show` gives the show of this moment: prices hold by its clock. `origin` is where phones reach
    this node (`http://192.168.1.20:8080`), for codes when the rundown names no `qr_base`.
    Without a `history` of prices nothing is struck. `codes` are those given out so far; `may_show`
    tells whether a picture's approval still holds.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        show: Callable[[], Show],
        origin: Callable[[], str],
        history: History | None = None,
        codes: ScanCodes | None = None,
        may_show: Callable[[Path], bool] = lambda _: True,
    ) -> None:
        self._catalog = catalog
        self._known = dict(catalog.products)
        self._show = show
        self._origin = origin
        self._prices = Pricing(show, lambda: self._catalog, history)
        self._codes = codes or ScanCodes()
        self._may_show = may_show

    @property
    def catalog(self) -> Catalog:
        """What is for sale."""
        return self._catalog

    def follow(self, catalog: Catalog) -> None:
        """Sell by another catalog; codes of products that are gone still lead to their page."""
        self._catalog = catalog
        self._known = {**self._known, **catalog.products}

    def price_of(self, product_id: str) -> Price:
        """What a product costs by the clock; empty for one that nobody knows."""
        product = self._known.get(product_id)
        if product is None:
            return Price("", "")
        return price_now(product, self._show(), self._catalog.currency)

    def card_face(self, look: CardLook) -> CardFace | None:
        """What is drawn on a card; its strike is judged at this moment."""
        product = self._known.get(look.product)
        if product is None:
            return None
        was, basis = self._prices.struck(product, look.offer)
        return CardFace(
            title=product.title,
            price=self._prices.price(product, look.offer),
            badge=product.badge,
            image=self.picture(product.id),
            stock_state=look.state,
            was=was,
            basis=basis,
            left=left_texts(look.left, product.measure) if look.is_offer else {},
            is_offer=look.is_offer,
            is_repriced=look.is_repriced,
            unit=self._prices.unit(product, look.offer),
        )

    def strip_face(self, look: StripLook) -> StripFace | None:
        """What is drawn on a countdown strip."""
        offer = self._show().rundown.offers.get(look.offer)
        product = None if offer is None else self._known.get(offer.product)
        if product is None:
            return None
        left = left_texts(look.left, product.measure)
        return StripFace(product.title, self._prices.price(product, look.offer), left)

    def new(self, product_id: str, *, cue: str = "", loop: int = 0) -> str:
        """The code of a new showing of a product's card, by a cue (or by hand) in a loop."""
        return self._codes.give(Showing(product_id, cue, loop, self._show().began))

    def card(self, code: str, until_s: float) -> CardView | None:
        """The card on air as viewers get it; None where there is none, or none to be known.

        What is sold out cannot be bought: it has neither code nor link.
        """
        look = card_look(self._show())
        product = None if look is None else self._known.get(look.product)
        if look is None or product is None:
            return None
        is_for_sale = look.state != "sold_out"
        was, basis = self._prices.struck(product, look.offer) if is_for_sale else ({}, {})
        return CardView(
            product=product.id,
            title=dict(product.title),
            price=self._prices.price(product, look.offer),
            badge=dict(product.badge) if is_for_sale else {},
            image=self._image(product),
            link=f"/q/{code}?k=tap" if is_for_sale else "",
            qr=f"/q/{code}.svg" if is_for_sale else "",
            scan=self._scan(code) if is_for_sale else "",
            until_s=round(until_s, 1),
            state=look.state,
            was=was or None,
            basis=basis or None,
            offer=self.offer(look.offer) if look.offer else None,
            unit=self._prices.unit(product, look.offer) or None,
            repriced=look.is_repriced,
        )

    def offer(self, id_: str) -> RunningOffer | None:
        """An offer as viewers get it; None for one that the rundown does not know."""
        show = self._show()
        offer = show.rundown.offers.get(id_)
        product = None if offer is None else self._known.get(offer.product)
        if offer is None or product is None:
            return None
        was, basis = self._prices.struck(product, id_)
        return RunningOffer(
            id=id_,
            product=offer.product,
            title=dict(product.title),
            price=self._prices.price(product, id_),
            ends_at=round(self._prices.end_of(offer).timestamp() * 1000),
            left=quantity_left(show, id_),
            was=was or None,
            basis=basis or None,
        )

    def showing(self, code: str) -> Showing | None:
        """Which showing a code was given out for, or None for one that never was."""
        return self._codes.find(code)

    def find(self, code: str) -> Landing | None:
        """Where a code leads, or None for one that was never given out."""
        showing = self._codes.find(code)
        product = None if showing is None else self._known.get(showing.product)
        if product is None:
            return None
        currency, show = self._catalog.currency, self._show()
        price = price_now(product, show, currency)
        strike, (was, basis) = (
            self._prices.strike(product, price.offer),
            self._prices.struck(product, price.offer),
        )
        offer = show.rundown.offers.get(price.offer)
        return Landing(
            product=product.id,
            title=product.title,
            price=self._prices.price(product, price.offer),
            amount=price.amount,
            currency=currency,
            scan=self._scan(code),
            image=self._image(product),
            badge=product.badge,
            stock=card_state(show, product.id),
            facts=product.facts,
            gtin=product.gtin,
            shop=f"{self._qr_base}/{code}" if self._qr_base else "",
            was=was,
            basis=basis,
            was_amount="" if strike is None else strike.price,
            unit=self._prices.unit(product, price.offer),
            net=product.net,
            per=product.per,
            until=None if offer is None else self._prices.end_of(offer),
            seller=self.seller(),
            locales=show.rundown.locales,
        )

    def seller(self) -> SellerView | None:
        """Who sells, where the catalog tells it."""
        seller = self._catalog.seller
        if seller is None:
            return None
        return SellerView(
            name=dict(seller.name),
            licence=seller.licence,
            address=dict(seller.address),
            contact=seller.contact,
        )

    def picture(self, product_id: str) -> Path | None:
        """The picture file of a product."""
        product = self._known.get(product_id)
        if product is None or product.image is None or not self._may_show(product.image):
            return None
        return product.image

    def views(self) -> tuple[ProductView, ...]:
        """Every product, for the operator's list."""
        stock = self._show().trade.stock
        return tuple(
            ProductView(
                id=product.id,
                title=dict(product.title),
                price=self._prices.price(product, self.price_of(product.id).offer),
                image=self._image(product),
                stock=stock[product.id].now if product.id in stock else product.stock or 0,
            )
            for product in self._catalog.products.values()
        )

    @property
    def _qr_base(self) -> str:
        return self._show().rundown.qr_base.rstrip("/")

    def _scan(self, code: str) -> str:
        return f"{self._qr_base}/{code}" if self._qr_base else f"{self._origin()}/q/{code}"

    def _image(self, product: Product) -> str:
        path = self.picture(product.id)
        return "" if path is None else f"/media/{product.id}{path.suffix.lower()}"
