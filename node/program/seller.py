"""Who sells is told at each block's start, in the card's place while no card is there; pure."""

from dataclasses import replace
from datetime import date

from node.catalog.products import Seller
from node.program.show import Fact, Show, Shown

SELLER_S = 8
"""How long the seller's panel stands, in one piece."""


def seller_told(show: Show) -> tuple[Show, tuple[Fact, ...]]:
    """Put the seller's panel up when a block has begun; a card has precedence, it then waits.

    One that a card cut short stands anew for its whole time when the card is gone.
    """
    if show.rundown.seller is None:
        return (show if show.seller is None else replace(show, seller=None)), ()
    up = show.seller
    if up is None:
        if not is_seller_due(show):
            return show, ()
        until = show.tick + SELLER_S * show.rundown.fps
        shown = Shown(since_tick=show.tick, until_tick=until)
        return replace(show, seller=shown), (show.fact("seller.show", why="block"),)
    if _is_covered(show):
        return replace(show, seller=None), (show.fact("seller.hide", why="card"),)
    if up.until_tick <= show.tick:
        told = replace(show, seller=None, seller_told=_block_of(show))
        return told, (show.fact("seller.hide", why="time"),)
    return show, ()


def is_seller_due(show: Show) -> bool:
    """Whether the panel goes up at the next tick."""
    is_to_tell = show.rundown.seller is not None and show.seller_told != _block_of(show)
    return is_to_tell and show.seller is None and not _is_covered(show)


def seller_look(show: Show) -> Seller | None:
    """Whose panel is to be drawn now, or None."""
    return show.rundown.seller if show.seller is not None and show.card is None else None


def _block_of(show: Show) -> tuple[date, int]:
    """The block by its day and its start: an edited day may count its blocks otherwise."""
    return show.began, show.rundown.blocks[show.block].start


def _is_covered(show: Show) -> bool:
    return show.card is not None or show.again is not None
