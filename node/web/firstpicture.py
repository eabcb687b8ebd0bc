"""What must be there before the program begins: its first source and graphics, an open encoder."""

import asyncio

from node.board.heap import settle_garbage
from node.catalog.picturewatch import PictureWatch
from node.channels import State
from node.graphics.artwork import Artwork
from node.program.deck import Deck
from node.program.looks import card_look
from node.program.show import Show
from node.supervise import Health
from node.web.editing import draw_ahead, draw_segment


async def make_ready(
    show: Show,
    *,
    deck: Deck,
    artwork: Artwork,
    pictures: PictureWatch,
    health: State[Health],
    encoder: str,
) -> None:
    """Have all that the first segment needs; `encoder` is the name of the part that codes it."""
    await pictures.look()
    deck.follow(show.segment, show.airing, None)
    draw_segment(artwork, show, show.segment)
    for one in show.rundown.segments.values():
        if one.kind == "slate":
            artwork.slate(one.id, one.text, one.asset)
    if (look := card_look(show)) is not None:
        artwork.prepare(look)
    await asyncio.gather(artwork.settle(), deck.settle(), _is_ready(health, encoder))
    draw_ahead(artwork, show)
    settle_garbage()


async def _is_ready(health: State[Health], name: str) -> None:
    async for parts in health.watch():
        part = parts.get(name)
        if part is not None and part.condition == "ready":
            return
