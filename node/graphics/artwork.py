"""The drawn graphics of a rundown, made ahead of time in a thread of their own."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Literal, Protocol, TypeVar, cast

from node.board.leisure import Leisure
from node.catalog.looks import CardLook, StripLook
from node.catalog.products import Seller
from node.errors import AssetError
from node.graphics.card import CardFace, card_clock, draw_card
from node.graphics.countdown import draw_clock
from node.graphics.label import draw_ai_label
from node.graphics.lower_third import draw_lower_third
from node.graphics.seller import draw_seller
from node.graphics.slate import draw_slate
from node.graphics.strip import StripFace, draw_strip, strip_clock
from node.media import Overlay, Pixels, Size

log = logging.getLogger(__name__)

T = TypeVar("T")
Text = Mapping[str, str]

KEPT_MAX = 200
"""Drawings in memory; a card is about 1 MB, a slate 1.4 MB at 720p. The longest unseen goes."""


class Faces(Protocol):
    """Words and prices of what is drawn."""

    def card_face(self, look: CardLook) -> CardFace | None:
        """What a card says; None for a product that nobody knows."""
        ...

    def strip_face(self, look: StripLook) -> StripFace | None:
        """What a strip says; None for an offer that nobody knows."""
        ...


@dataclass(slots=True)
class _Place:
    """A place of the picture: what is to be seen there, and the drawing seen last."""

    look: CardLook | StripLook | None = None
    awaited: "Future[Overlay] | None" = None
    drawn: Overlay | None = None


class Artwork:
    """Gives a drawing at once if it is made; else begins it and answers None.

    A drawing is kept by all that it shows. A slate whose picture `may_show` forbids has the drawn
    evening. What is only prepared, a day's worth of cards at once, is drawn at `leisure`, unless
    something is wanted now. Thread: the loop's, except for the drawing itself.
    """

    def __init__(
        self,
        *,
        faces: Faces,
        locales: Sequence[str],
        size: Size,
        may_show: Callable[[Path], bool] = lambda _: True,
        leisure: Leisure | None = None,
    ) -> None:
        self._may_show = may_show
        self._faces = faces
        self._locales = tuple(locales)
        self._size = size
        self._leisure = leisure or Leisure()
        self._pool = ThreadPoolExecutor(1, "artwork")
        self._wanted = set[Future[object]]()
        self._drawn: OrderedDict[Hashable, Future[object]] = OrderedDict()
        self._card, self._strip = _Place(), _Place()

    def follow(self, locales: Sequence[str]) -> None:
        """Draw for another rundown from now on: its locales, and all words asked for anew."""
        self._locales = tuple(locales)
        self._card, self._strip = _Place(), _Place()

    def card(self, look: CardLook) -> Overlay | None:
        """The card; None for a product without a face, too.

        While only state or quantity change, the drawing before is seen until the next is made.
        """
        return self._seen(self._card, look, lambda: self._begin_card(look))

    def strip(self, look: StripLook) -> Overlay | None:
        """The countdown strip, without its clock."""
        return self._seen(self._strip, look, lambda: self._begin_strip(look))

    def clock(self, where: Literal["card", "strip"], seconds: int) -> Overlay:
        """The clock of an offer's card or of the strip, made here and now: it costs little."""
        place = card_clock(self._size) if where == "card" else strip_clock(self._size)
        return draw_clock(seconds, place)

    def prepare(self, look: CardLook | StripLook) -> None:
        """Have a card or a strip drawn before it is to be seen, and the digits of its clock."""
        if isinstance(look, CardLook):
            self._begin_card(look, is_ahead=True)
        else:
            self._begin_strip(look, is_ahead=True)
        if isinstance(look, StripLook) or look.is_offer:
            where: Literal["card", "strip"] = "card" if isinstance(look, CardLook) else "strip"
            self._begin(("clock", where), lambda: self.clock(where, 0), is_ahead=True)

    def lower_third(self, text: Text) -> Overlay | None:
        """A lower third."""
        return self._get(
            ("lower third", self._locales, tuple(text.items())),
            lambda: draw_lower_third(text, size=self._size, locales=self._locales),
        )

    def label(self, text: Text) -> Overlay | None:
        """An AI label."""
        return self._get(
            ("label", self._locales, tuple(text.items())),
            lambda: draw_ai_label(text, size=self._size, locales=self._locales),
        )

    def seller(self, seller: Seller) -> Overlay | None:
        """The panel that tells who sells."""
        told = (seller.name, seller.licence, seller.address, seller.contact)
        return self._get(
            ("seller", self._locales, *(_value(one) for one in told)),
            lambda: draw_seller(seller, size=self._size, locales=self._locales),
        )

    def slate(self, name: str, text: Text, image: Path | None) -> Pixels | None:
        """The full picture of a slate."""
        shown = image if image is not None and self._may_show(image) else None
        key = ("slate", name, self._locales, tuple(text.items()), shown)
        locales = self._locales
        return self._get(key, lambda: draw_slate(text, shown, self._size, locales))

    async def settle(self) -> None:
        """Wait until everything asked for so far is drawn or has failed."""
        waiting = [asyncio.wrap_future(future) for future in self._drawn.values()]
        await asyncio.gather(*waiting, return_exceptions=True)

    def close(self) -> None:
        """Stop drawing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _seen(
        self,
        place: _Place,
        look: CardLook | StripLook,
        begin: Callable[[], "Future[Overlay] | None"],
    ) -> Overlay | None:
        if look != place.look:
            if not _goes_on(place.look, look):
                place.drawn = None
            elif place.awaited is not None and not place.awaited.done():
                return place.drawn  # one at a time: a thousand sales are not a thousand drawings
            place.look, place.awaited = look, begin()
        made = None if place.awaited is None else _made(place.awaited)
        place.drawn = place.drawn if made is None else made
        return place.drawn

    def _begin_card(self, look: CardLook, *, is_ahead: bool = False) -> "Future[Overlay] | None":
        face, size, locales = self._faces.card_face(look), self._size, self._locales
        if face is None:
            return None
        return self._begin(
            ("card", locales, *_values(face)),
            lambda: draw_card(face, size=size, locales=locales),
            is_ahead=is_ahead,
        )

    def _begin_strip(self, look: StripLook, *, is_ahead: bool = False) -> "Future[Overlay] | None":
        face, size, locales = self._faces.strip_face(look), self._size, self._locales
        if face is None:
            return None
        return self._begin(
            ("strip", locales, *_values(face)),
            lambda: draw_strip(face, size=size, locales=locales),
            is_ahead=is_ahead,
        )

    def _get(self, key: Hashable, draw: Callable[[], T]) -> T | None:
        return _made(self._begin(key, draw))

    def _begin(
        self, key: Hashable, draw: Callable[[], T], *, is_ahead: bool = False
    ) -> "Future[T]":
        future = self._drawn.get(key)
        if future is None:
            if len(self._drawn) >= KEPT_MAX:
                self._drawn.popitem(last=False)
            drawing = partial(self._at_leisure, draw) if is_ahead else draw
            future = cast("Future[object]", self._pool.submit(drawing))
            self._drawn[key] = future
            future.add_done_callback(_report)
        if not is_ahead and not future.done():
            self._wanted.add(future)
            future.add_done_callback(self._wanted.discard)
        self._drawn.move_to_end(key)
        return cast("Future[T]", future)  # what `draw` of this key gives

    def _at_leisure(self, draw: Callable[[], T]) -> T:
        """Draw what nobody waits for. Thread: the drawing one."""
        if self._leisure.is_on_air:
            self._leisure.rest(lambda: bool(self._wanted))
        return draw()


def _goes_on(before: CardLook | StripLook | None, look: CardLook | StripLook) -> bool:
    """Whether it is still the same showing at the same price."""
    if isinstance(before, CardLook) and isinstance(look, CardLook):
        same = ("product", "offer", "is_offer", "is_repriced", "since_tick")
        return all(getattr(before, name) == getattr(look, name) for name in same)
    return isinstance(before, StripLook) and before.offer == look.offer


def _values(face: CardFace | StripFace) -> tuple[Hashable, ...]:
    return tuple(_value(getattr(face, one.name)) for one in fields(face))


def _value(shown: Mapping[str, str] | Hashable) -> Hashable:
    return tuple(shown.items()) if isinstance(shown, Mapping) else shown


def _made(future: "Future[T]") -> T | None:
    if not future.done() or future.cancelled() or future.exception() is not None:
        return None
    return future.result()


def _report(future: "Future[object]") -> None:
    """Thread: the drawing one."""
    error = None if future.cancelled() else future.exception()
    if isinstance(error, AssetError):
        log.error("a graphic cannot be drawn: %s", error)
    elif error is not None:
        log.error("a graphic cannot be drawn", exc_info=error)
