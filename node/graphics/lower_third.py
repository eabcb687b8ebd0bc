"""The lower third: a line of words and its translations on a dark bar at the lower right."""

from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from node.graphics import shapes, typeset
from node.graphics.fonts import Font
from node.graphics.overlay import to_overlay
from node.graphics.shapes import Colour
from node.graphics.typeset import Style
from node.media import Overlay, Size

BAR: Colour = (24, 20, 19, 224)
EDGE: Colour = (240, 178, 92, 255)
WORDS: Colour = (255, 252, 247, 255)
SECOND: Colour = (222, 213, 203, 255)

# px at a height of 720: beside the card's column, on its base line, inside the title-safe area.
RIGHT_MARGIN, WIDTH_MAX, BOTTOM = 60, 700, 644
_PADDING, _EDGE, _RADIUS = 24, 6, 12
_WORDS, _WORDS_MIN, _SECOND, _SECOND_MIN = 34, 26, 22, 18


def draw_lower_third(text: Mapping[str, str], *, size: Size, locales: Sequence[str]) -> Overlay:
    """Draw the words of the first locale large, those of all others beneath, a line each.

    The bar is as wide as its words, ends at the right margin and never enters the card's column.
    Words too long for it are set smaller, then end in an ellipsis. Without words: 0 x 0.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    unit = size.height / 720
    spoken = typeset.spoken(text, locales)
    left, right = round((_PADDING + _EDGE) * unit), round(_PADDING * unit)
    room = min(round(WIDTH_MAX * unit), size.width - 2 * round(RIGHT_MARGIN * unit)) - left - right
    lines = [_set(words, index, room, unit) for index, words in enumerate(spoken)]
    if not lines:
        return to_overlay(Image.new("RGBA", (2, 2), (0, 0, 0, 0)))
    width = left + right + round(max(typeset.width(words, font) for words, font, _ in lines))
    height = round((_PADDING + sum(font.size * 1.28 for _, font, _ in lines) / unit) * unit)
    canvas = _bar((width, height), unit)
    pen, baseline = ImageDraw.Draw(canvas), _PADDING / 2 * unit
    is_from_right = typeset.is_right_to_left(spoken[0])
    for words, font, colour in lines:
        baseline += font.size * 1.28
        at = width - right - typeset.width(words, font) if is_from_right else left
        typeset.draw_line(pen, (at, baseline - font.size * 0.32), words, font, colour)
    x = size.width - round(RIGHT_MARGIN * unit) - width
    return to_overlay(canvas, x=x, y=round(BOTTOM * unit) - height)


def _set(words: str, index: int, room: float, unit: float) -> tuple[str, Font, Colour]:
    if index == 0:
        style, smallest = Style("bold", round(_WORDS * unit), WORDS), _WORDS_MIN
    else:
        style, smallest = Style("regular", round(_SECOND * unit), SECOND), _SECOND_MIN
    text, font = typeset.fit(words, style, room, round(smallest * unit))
    return text, font, style.colour


def _bar(size: tuple[int, int], unit: float) -> Image.Image:
    """A dark bar with a warm edge at its left; light enough in luma to outlive 4:2:0."""
    sheet = Image.new("RGBA", size, BAR)
    edge = (0, 0, round(_EDGE * unit) - 1, size[1])
    ImageDraw.Draw(sheet).rectangle(edge, fill=EDGE)
    canvas = Image.new("RGBA", size, (0, 0, 0, 0))
    shapes.lay(canvas, sheet, (0, 0), shapes.rounded_mask(size, _RADIUS * unit))
    return canvas
