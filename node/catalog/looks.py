"""What a card and a countdown strip show, as values to draw by and to compare."""

from dataclasses import dataclass
from typing import Literal

StockState = Literal["in_stock", "low", "sold_out"]


@dataclass(frozen=True, slots=True)
class CardLook:
    """A card: its product, the offer whose price it shows (or empty), and how it stands.

    `is_offer` tells the offer's own card, with a countdown and `left`, the quantity (0 otherwise).
    `is_repriced` tells one that came again because its price changed.
    `since_tick` tells one showing from the next: strikes are judged at each.
    """

    product: str
    offer: str = ""
    is_offer: bool = False
    state: StockState = "in_stock"
    left: int = 0
    since_tick: int = 0
    is_repriced: bool = False


@dataclass(frozen=True, slots=True)
class StripLook:
    """A countdown strip: its offer and the quantity left."""

    offer: str
    left: int = 0
