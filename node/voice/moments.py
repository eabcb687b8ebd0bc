"""What the booth was like a moment ago: the cards it showed, and when the shop told its stock."""

from collections.abc import Callable

from node.catalog.products import Catalog
from node.program.show import Show
from node.voice.booth import Booth, CardsSeen, Ways, booth_of

LONG_AGO = float("-inf")


class Moments:
    """Follows the show; `booth` is what the dialogue may know now. Loop thread only."""

    def __init__(self, catalog: Callable[[], Catalog]) -> None:
        self._catalog = catalog
        self._cards = CardsSeen()
        self._stock: dict[str, tuple[object, float]] | None = None

    def follow(self, show: Show, now_s: float) -> None:
        """Take in a show, at a loop time."""
        self._cards = self._cards.after(show.card.product if show.card else "", now_s)
        if self._stock is None:  # the catalog's numbers: nobody has told them today
            self._stock = {id_: (known, LONG_AGO) for id_, known in show.trade.stock.items()}
        for product, known in show.trade.stock.items():
            before = self._stock.get(product)
            if before is None or before[0] is not known:
                self._stock[product] = (known, now_s)

    def booth(self, show: Show, now_s: float, ways: Ways) -> Booth:
        """The booth as it stands."""
        return booth_of(
            show,
            self._catalog(),
            now_s=now_s,
            cards=self._cards,
            stocked_s={product: at_s for product, (_, at_s) in (self._stock or {}).items()},
            ways=ways,
        )
