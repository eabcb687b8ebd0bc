"""The slate: the picture of a pause, with its holding words; never black."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from node.graphics import shapes, typeset
from node.graphics.overlay import to_pixels
from node.graphics.shapes import Colour
from node.graphics.typeset import Style
from node.media import Pixels, Size

WORDS: Colour = (255, 252, 246, 255)
SECOND: Colour = (255, 240, 222, 255)
ACCENT: Colour = (255, 202, 120, 255)
VEIL: Colour = (28, 20, 24, 190)

SKY: Colour = (36, 62, 84, 255)
DUSK: Colour = (214, 128, 92, 255)

_LANTERNS = (  # x, y, radius as shares of the height from the middle; brightness
    (-0.66, 0.24, 0.17, 60),
    (-0.34, 0.62, 0.10, 44),
    (0.08, 0.20, 0.08, 52),
    (0.34, 0.46, 0.21, 50),
    (0.62, 0.16, 0.12, 64),
    (0.78, 0.66, 0.14, 42),
    (-0.86, 0.74, 0.20, 36),
)

# px at a height of 720
_LEFT, _BASELINE, _ROOM = 96, 566, 1088
_TEXT, _TEXT_MIN, _SECOND_TEXT, _SECOND_MIN = 64, 40, 34, 24
_FIRST_STEP, _STEP = 58, 48
"""From the first line to the second, and from each to the next, baseline to baseline."""


FLOOR: Colour = (30, 32, 38, 255)
"""No part of a slate is darker than this: luma 43, well off what a viewer calls black."""


def draw_slate(
    text: Mapping[str, str], image: Path | None, size: Size, locales: Sequence[str] = ()
) -> Pixels:
    """Draw a whole picture: the image cut to fill, or a drawn evening, and the words over it.

    The words of every locale, a line each, the first one large; without `locales` in the order of
    the mapping. An image that cannot be read is logged and replaced by the drawn background; what
    is black in it is lifted to `FLOOR`.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    picture = shapes.open_picture(image, purpose="slate picture")
    if picture is None:
        canvas = _evening(size)
    else:
        whole = (size.width, size.height)
        canvas = Image.new("RGBA", whole, SKY)
        canvas.alpha_composite(ImageOps.fit(picture, whole, Image.Resampling.LANCZOS))
    spoken = typeset.spoken(text, locales or tuple(text))
    if spoken:
        _draw_words(canvas, spoken, size)
    floor = Image.new("RGB", canvas.size, FLOOR[:3])
    return to_pixels(ImageChops.lighter(canvas.convert("RGB"), floor))


def _evening(size: Size) -> Image.Image:
    """A street at dusk, out of focus: a gradient and soft lanterns."""
    canvas = shapes.ramp((size.width, size.height), SKY, DUSK)
    unit = size.height
    for x, y, radius, brightness in _LANTERNS:
        glow = Image.new("L", canvas.size, 0)
        middle, reach = (size.width / 2 + x * unit, y * unit), radius * unit
        box = (middle[0] - reach, middle[1] - reach, middle[0] + reach, middle[1] + reach)
        ImageDraw.Draw(glow).ellipse(box, fill=brightness)
        light = Image.new("RGBA", canvas.size, ACCENT)
        light.putalpha(glow.filter(ImageFilter.GaussianBlur(unit / 90)))
        canvas.alpha_composite(light)
    return canvas


def _draw_words(canvas: Image.Image, spoken: Sequence[str], size: Size) -> None:
    unit = size.height / 720
    more = max(0, len(spoken) - 2)
    step = _STEP * unit
    foot = round(340 * unit + more * step)
    veil = shapes.ramp((size.width, foot), (*VEIL[:3], 0), VEIL)
    canvas.alpha_composite(veil, (0, size.height - foot))
    pen, left = ImageDraw.Draw(canvas), round(_LEFT * unit)
    room, baseline = min(_ROOM * unit, size.width - 2 * left), _BASELINE * unit - more * step
    is_from_right = typeset.is_right_to_left(spoken[0])
    rule_left = size.width - left - 72 * unit if is_from_right else left
    pen.rectangle(
        (rule_left, baseline - 92 * unit, rule_left + 72 * unit, baseline - 86 * unit), fill=ACCENT
    )
    large = Style("bold", round(_TEXT * unit), WORDS)
    small = Style("regular", round(_SECOND_TEXT * unit), SECOND)
    for index, words in enumerate(spoken):
        style, smallest = (small, _SECOND_MIN) if index else (large, _TEXT_MIN)
        shown, font = typeset.fit(words, style, room, round(smallest * unit))
        at = size.width - left - typeset.width(shown, font) if is_from_right else left
        typeset.draw_line(pen, (at, baseline), shown, font, style.colour)
        baseline += step if index else _FIRST_STEP * unit
