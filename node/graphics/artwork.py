"""The drawn graphics of a rundown, made ahead of time in a thread of their own."""

import asyncio
import logging
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar, cast

from node.errors import AssetError
from node.graphics.card import CardFace, draw_card
from node.graphics.label import draw_ai_label
from node.graphics.lower_third import draw_lower_third
from node.graphics.slate import draw_slate
from node.media import Overlay, Pixels, Size

log = logging.getLogger(__name__)

T = TypeVar("T")
Text = Mapping[str, str]

KEPT_MAX = 400
"""Drawings in memory; a card is about 1 MB, a slate 1.4 MB at 720p."""


class Artwork:
    """Gives a drawing at once if it is made; else begins it and answers None.

    `faces` are the cards by product id. Thread: the loop's, except for the drawing itself.
    """

    def __init__(
        self, *, faces: Mapping[str, CardFace], locales: Sequence[str], size: Size
    ) -> None:
        self._faces = faces
        self._locales = tuple(locales)
        self._size = size
        self._pool = ThreadPoolExecutor(1, "artwork")
        self._drawn: dict[Hashable, Future[object]] = {}

    def card(self, product: str) -> Overlay | None:
        """The card of a product; None for one without a face, too."""
        face = self._faces.get(product)
        if face is None:
            return None
        return self._get(
            ("card", product), lambda: draw_card(face, size=self._size, locales=self._locales)
        )

    def lower_third(self, text: Text) -> Overlay | None:
        """A lower third."""
        return self._get(
            ("lower third", tuple(text.items())),
            lambda: draw_lower_third(text, size=self._size, locales=self._locales),
        )

    def label(self, text: Text) -> Overlay | None:
        """An AI label."""
        return self._get(
            ("label", tuple(text.items())),
            lambda: draw_ai_label(text, size=self._size, locales=self._locales),
        )

    def slate(self, name: str, text: Text, image: Path | None) -> Pixels | None:
        """The full picture of a slate."""
        return self._get(("slate", name), lambda: draw_slate(text, image, self._size))

    async def settle(self) -> None:
        """Wait until everything asked for so far is drawn or has failed."""
        waiting = [asyncio.wrap_future(future) for future in self._drawn.values()]
        await asyncio.gather(*waiting, return_exceptions=True)

    def close(self) -> None:
        """Stop drawing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _get(self, key: Hashable, draw: Callable[[], T]) -> T | None:
        future = self._drawn.get(key)
        if future is None:
            if len(self._drawn) >= KEPT_MAX:
                self._drawn.pop(next(iter(self._drawn)))
            future = cast("Future[object]", self._pool.submit(draw))
            self._drawn[key] = future
            future.add_done_callback(_report)
        if not future.done() or future.cancelled() or future.exception() is not None:
            return None
        return cast("T", future.result())  # what `draw` of this key gave


def _report(future: "Future[object]") -> None:
    """Thread: the drawing one."""
    error = None if future.cancelled() else future.exception()
    if isinstance(error, AssetError):
        log.error("a graphic cannot be drawn: %s", error)
    elif error is not None:
        log.error("a graphic cannot be drawn", exc_info=error)
