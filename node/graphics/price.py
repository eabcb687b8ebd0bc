"""A price set large: digits, the smaller currency beside them, in the line's own direction."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ImageDraw

from node.graphics import typeset
from node.graphics.fonts import Font, face
from node.graphics.palette import ACCENT
from node.graphics.shapes import Colour
from node.graphics.typeset import Style

_SIGN_SHARE = 0.6  # of the price's size, for the currency beside the digits
_AMOUNT = re.compile(r"^([^\d]*)(\d.*?\d|\d)([^\d]*)$")


@dataclass(frozen=True, slots=True)
class SetPrice:
    """A price as its parts from left to right; the digits' font is the larger one."""

    parts: tuple[tuple[str, Font], ...]
    font: Font

    @property
    def width(self) -> float:
        """Of the whole, px."""
        return sum(typeset.width(text, font) for text, font in self.parts)

    def draw(self, pen: ImageDraw.ImageDraw, x: float, baseline: float, colour: Colour) -> None:
        """Draw it from its left edge."""
        for text, font in self.parts:
            x += typeset.draw_line(pen, (x, baseline), text, font, colour) if text else 0


def set_price(text: str, sizes: Sequence[int], room: float) -> SetPrice | None:
    """The price at the first of `sizes` (em, px) at which it is no wider than `room`."""
    for size_px in sizes:
        price = _parted(text, size_px)
        if price.width <= room:
            return price
    return None


def shortened_price(text: str, size_px: int, size_min_px: int, room: float) -> SetPrice:
    """A price that no shop has: small, and cut."""
    shown, font = typeset.fit(text, Style("bold", size_px, ACCENT), room, size_min_px)
    return SetPrice(((shown, font),), font)


def _parted(text: str, size_px: int) -> SetPrice:
    """Split a price into currency and digits; one that has no such form is set in one piece."""
    match, font = _AMOUNT.match(text), face("bold", size_px)
    if match is None:
        whole = typeset.fitting_font(text, "bold", size_px)
        return SetPrice(((typeset.drawable(text, whole), whole),), whole)
    before, digits, after = match.groups()
    smaller = round(size_px * _SIGN_SHARE)
    parts = [(_sign(before, smaller)), (digits, font), (_sign(after, smaller))]
    if typeset.is_right_to_left(before + after):
        parts.reverse()
    return SetPrice(tuple(parts), font)


def _sign(text: str, size_px: int) -> tuple[str, Font]:
    font = typeset.fitting_font(text, "bold", size_px)
    drawn = typeset.drawable(text, font)
    if not drawn.strip("\u200e\u200f\u061c"):
        return "", font
    spaced = (" " if text[:1].isspace() else "") + drawn + (" " if text[-1:].isspace() else "")
    return spaced, font
