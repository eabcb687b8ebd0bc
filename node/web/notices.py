"""What viewers are told beside the picture, bound to the frame of the show's tick."""

import msgspec

from node.program.show import Show
from node.stream.viewer import Notice, Value
from node.web.status import CardView, RunningOffer, SellerView


def card_notice(show: Show, card: CardView | None) -> Notice:
    """A card that came, changed or went."""
    shown: dict[str, Value] = {"t": "card", "show": card is not None}
    if card is not None:
        shown["card"] = msgspec.to_builtins(card)
    return Notice(show.pts, shown)


def seller_notice(show: Show, seller: SellerView | None) -> Notice:
    """Who sells, or that nobody has said."""
    told: dict[str, Value] = {"t": "seller"}
    if seller is not None:
        told["seller"] = msgspec.to_builtins(seller)
    return Notice(show.pts, told)


def strip_notice(show: Show, strip: RunningOffer | None) -> Notice:
    """A countdown strip that came, changed or went."""
    shown: dict[str, Value] = {"t": "strip", "show": strip is not None}
    if strip is not None:
        shown["offer"] = msgspec.to_builtins(strip)
    return Notice(show.pts, shown)
