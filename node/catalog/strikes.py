"""When a struck price may be shown: what the price ledger must tell, and how far back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

SPAN_BY_MARKET: Final[Mapping[str, int]] = {"CN": 7}
"""Days before a reduction whose lowest price counts (规范促销行为暂行规定 2020); see `span_of`."""
USUAL_SPAN: Final = 30
"""Days everywhere else (Directive 98/6 Art. 6a)."""


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


def span_of(market: str) -> int:
    """Days before a reduction in which the lowest price is looked for."""
    return SPAN_BY_MARKET.get(market, USUAL_SPAN)
