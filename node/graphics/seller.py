"""The seller's panel: who sells, in words, in the card's place while no card is there."""

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from node.catalog.products import Seller
from node.graphics import shapes, typeset
from node.graphics.card import LEFT, RIGHT
from node.graphics.fonts import Font
from node.graphics.lower_third import BAR, BOTTOM, SECOND, WORDS
from node.graphics.overlay import to_overlay
from node.graphics.palette import AMBER
from node.graphics.shapes import Colour
from node.graphics.typeset import Style
from node.graphics.words import state_texts
from node.media import Overlay, Size

# px at a height of 720: no wider than a card, on the base line of the lower third.
_PADDING, _RADIUS = 18, 12
_KICKER, _NAME, _SECOND_NAME, _LINE, _SMALLEST = 17, 25, 19, 18, 15
_LEADING = 1.36

_Line = tuple[str, Font, Colour]


def draw_seller(seller: Seller, *, size: Size, locales: Sequence[str]) -> Overlay:
    """Draw who sells for the lower left of a program picture: name, number, address, contact.

    The first locale, then the second where it says something else. What is too long for a line
    is set smaller, then goes on in a second one.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    unit = size.height / 720
    padding, width = round(_PADDING * unit), round((RIGHT - LEFT - 28) * unit)
    lines = _lines(seller, locales, width - 2 * padding, unit)
    height = 2 * padding + round(sum(font.size * _LEADING for _, font, _ in lines) - 4 * unit)
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    shapes.panel(canvas, (0, 0, width, height), _RADIUS * unit, BAR)
    pen, y = ImageDraw.Draw(canvas), float(padding)
    is_from_right = bool(lines) and typeset.is_right_to_left(lines[0][0])
    for text, font, colour in lines:
        y += font.size * _LEADING
        x = width - padding - typeset.width(text, font) if is_from_right else padding
        typeset.draw_line(pen, (x, y - font.size * 0.42), text, font, colour)
    x_px = round((LEFT + 14) * unit)
    return to_overlay(canvas, x=x_px, y=round(BOTTOM * unit) - height)


def _lines(seller: Seller, locales: Sequence[str], room: float, unit: float) -> list[_Line]:
    words = state_texts()
    kicker = " ".join(typeset.spoken(words["seller"], locales)[:2])
    lines = _set([kicker], Style("regular", round(_KICKER * unit), AMBER), room, unit)
    names = typeset.spoken(seller.name, locales)[:2]
    lines += _set(names[:1], Style("bold", round(_NAME * unit), WORDS), room, unit)
    lines += _set(names[1:], Style("regular", round(_SECOND_NAME * unit), SECOND), room, unit)
    small = Style("regular", round(_LINE * unit), SECOND)
    for key, value in (("licence", seller.licence), ("contact", seller.contact)):
        if value:
            lines += _set([f"{_first(words[key], locales)} {value}"], small, room, unit)
    return lines + _set(typeset.spoken(seller.address, locales)[:2], small, room, unit)


def _first(text: Mapping[str, str], locales: Sequence[str]) -> str:
    return next(iter(typeset.spoken(text, locales)), "")


def _set(texts: Sequence[str], style: Style, room: float, unit: float) -> list[_Line]:
    lines: list[_Line] = []
    for text in map(typeset.clean, texts):
        shown, font = typeset.fit(text, style, room, round(_SMALLEST * unit))
        if shown != typeset.drawable(text, font):  # cut: an address is told whole
            whole = typeset.drawable(text, font)
            lines += [(line, font, style.colour) for line in typeset.wrap(whole, font, room, 2)]
        else:
            lines.append((shown, font, style.colour))
    return [line for line in lines if line[0]]
