"""The label that a picture was made by AI: plain, and as large as the law asks."""

import math
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from node.graphics import shapes, typeset
from node.graphics.fonts import Font, face
from node.graphics.overlay import to_overlay
from node.graphics.shapes import Colour
from node.media import Overlay, Size

PLATE: Colour = (16, 15, 18, 178)
WORDS: Colour = (255, 255, 255, 255)

TEXT_SHARE = 0.05
"""Least height of the text, of the picture's short side (标识办法, GB 45438-2025): 36 px at 720."""

# px at a height of 720: upper left, away from the inset of picture-in-picture.
_X, _Y, _PADDING, _RADIUS = 60, 32, 18, 14
_ONE_LINE_SHARE, _WIDTH_SHARE = 0.42, 0.62  # of the picture's width
_SAMPLE = "制"


def draw_ai_label(text: Mapping[str, str], *, size: Size, locales: Sequence[str]) -> Overlay:
    """Draw the label in all locales, every one at the lawful height of 5 % of the short side.

    One line where it is short, else a line for each locale; too long a text is wrapped, never
    set smaller. Without words: 0 x 0.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    unit = size.height / 720
    size_px = _lawful_size(math.ceil(min(size.width, size.height) * TEXT_SHARE))
    lines = _lines(typeset.spoken(text, locales), size_px, size.width)
    if not lines:
        return to_overlay(Image.new("RGBA", (2, 2), (0, 0, 0, 0)))
    is_from_right = any(typeset.is_right_to_left(words) for words, _ in lines)
    padding, step = round(_PADDING * unit), round(size_px * (1.5 if is_from_right else 1.24))
    padding += 2 * math.ceil(max(0, typeset.rise(*lines[0]) - size_px - padding / 4))
    width = 2 * padding + math.ceil(max(typeset.width(words, font) for words, font in lines))
    canvas = Image.new("RGBA", (width, padding + step * len(lines)), (0, 0, 0, 0))
    shapes.panel(canvas, (0, 0, *canvas.size), _RADIUS * unit, PLATE)
    pen = ImageDraw.Draw(canvas)
    for index, (words, font) in enumerate(lines):
        baseline = padding / 2 + step * index + size_px
        typeset.draw_line(pen, (padding, baseline), words, font, WORDS)
    return to_overlay(canvas, x=round(_X * unit), y=round(_Y * unit))


def _lawful_size(ink_px: int) -> int:
    """The smallest font size (em, px) at which a Chinese character is `ink_px` high."""
    size_px = ink_px
    while typeset.ink_height(face("regular", size_px), _SAMPLE) < ink_px:
        size_px += 1
    return size_px


def _lines(spoken: Sequence[str], size_px: int, width: int) -> list[tuple[str, Font]]:
    joined = "·".join(spoken)  # as wide as a Chinese character: it brings its own space
    if typeset.width(joined, _fitted(joined, size_px)) <= width * _ONE_LINE_SHARE:
        spoken = [joined]
    lines: list[tuple[str, Font]] = []
    for words in spoken:
        font = _fitted(words, size_px)
        shown = typeset.drawable(words, font)
        wrapped = typeset.wrap(shown, font, width * _WIDTH_SHARE, lines_max=2)
        lines += [(line, font) for line in wrapped]
    return lines


def _fitted(words: str, size_px: int) -> Font:
    return typeset.fitting_font(words, "regular", size_px)
