"""The countdown strip: a thin line of words along the lower edge while an offer runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw

from node.graphics import shapes, typeset
from node.graphics.countdown import ClockPlace, height_of, room_of
from node.graphics.overlay import to_overlay
from node.graphics.palette import ACCENT, AMBER, WHITE
from node.graphics.shapes import Colour
from node.graphics.typeset import Style
from node.graphics.words import state_texts
from node.media import Overlay, Size

BAR: Colour = (24, 20, 19, 255)  # opaque: the clock's cells are laid on it without a seam
WORDS: Colour = (255, 252, 247, 255)
SECOND: Colour = (222, 213, 203, 255)

# px at a height of 720: beneath card and lower third, as wide as both.
MARGIN, TOP, HEIGHT = 60, 668, 40
_RADIUS, _PADDING, _GAP = 10, 16, 14
_WORDS, _WORDS_MIN, _CLOCK = 21, 16, 28


@dataclass(frozen=True, slots=True)
class StripFace:
    """What a strip says, by locale: the product, the offer's price, how many are left."""

    title: Mapping[str, str]
    price: Mapping[str, str]
    left: Mapping[str, str]


def strip_clock(size: Size) -> ClockPlace:
    """Where the strip's clock stands in a program picture of `size`."""
    unit = size.height / 720
    size_px = round(_CLOCK * unit)
    right = size.width - round(MARGIN * unit) - round(_PADDING * unit)
    top = round((TOP + HEIGHT / 2) * unit - height_of(size_px) / 2)
    return ClockPlace(right // 2 * 2, top // 2 * 2, size_px, AMBER, BAR)


def draw_strip(strip: StripFace, *, size: Size, locales: Sequence[str]) -> Overlay:
    """Draw the strip but for its clock, in the first locale, then the second as far as it fits.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    unit = size.height / 720
    width, height = size.width - 2 * round(MARGIN * unit), round(HEIGHT * unit)
    canvas = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    shapes.panel(canvas, (0, 0, width, height), _RADIUS * unit, BAR)
    clock = strip_clock(size)
    slot = room_of(clock.size_px) + round(_PADDING * unit)
    pen, middle = ImageDraw.Draw(canvas), height / 2
    x = _draw_kicker(canvas, locales, unit)
    ends = " ".join(typeset.spoken(state_texts()["ends"], locales)[:2])
    style = Style("regular", round(17 * unit), SECOND)
    text, font = typeset.fit(ends, style, width / 4, round(14 * unit))
    ends_x = width - slot - round(10 * unit) - typeset.width(text, font)
    typeset.draw_line(pen, (ends_x, middle + font.size * 0.36), text, font, SECOND)
    _draw_words(pen, (x, middle), ends_x - x - round(_GAP * unit), _words(strip, locales), unit)
    x_px, y_px = round(MARGIN * unit), round(TOP * unit)
    return to_overlay(canvas, x=x_px, y=y_px)


def _words(strip: StripFace, locales: Sequence[str]) -> list[tuple[str, Colour]]:
    prices = typeset.spoken(strip.price, locales)[:1]
    titles = typeset.spoken(strip.title, locales)
    left = typeset.spoken(strip.left, locales)
    first = [(" · ".join([*titles[:1], *left[:1]]), WORDS)]
    second = [(" · ".join([*titles[1:2], *left[1:2]]), SECOND)]
    return [*((price, AMBER) for price in prices), *first, *second]


def _draw_kicker(canvas: Image.Image, locales: Sequence[str], unit: float) -> int:
    """The word for an offer in a small plate; returns where the next words begin."""
    words = typeset.spoken(state_texts()["offer"], locales)[:1]
    if not words:
        return round(_PADDING * unit)
    font = typeset.fitting_font(words[0], "bold", round(17 * unit))
    x, side = round(8 * unit), round(10 * unit)
    height = round(26 * unit)
    top = (canvas.height - height) // 2
    width = round(typeset.width(words[0], font)) + 2 * side
    shapes.panel(canvas, (x, top, x + width, top + height), 7 * unit, ACCENT)
    at = (x + side, canvas.height / 2 + font.size * 0.36)
    typeset.draw_line(ImageDraw.Draw(canvas), at, words[0], font, WHITE)
    return x + width + round(_GAP * unit)


def _draw_words(
    pen: ImageDraw.ImageDraw,
    at: tuple[float, float],
    room: float,
    words: Sequence[tuple[str, Colour]],
    unit: float,
) -> None:
    x, middle = at
    end = x + room
    for index, (text, colour) in enumerate(words):
        size = _WORDS if index < 2 else _WORDS - 4  # noqa: PLR2004  # price and first locale
        if not text or end - x < 40 * unit:
            continue
        style = Style("bold" if index == 0 else "regular", round(size * unit), colour)
        shown, font = typeset.fit(text, style, end - x, round(_WORDS_MIN * unit))
        x += typeset.draw_line(pen, (x, middle + font.size * 0.36), shown, font, colour)
        x += round(_GAP * unit)
