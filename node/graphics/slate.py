"""The slate: the picture of a pause, with its holding words; never black."""

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from node.graphics import shapes, typeset
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


def draw_slate(text: Mapping[str, str], image: Path | None, size: Size) -> Pixels:
    """Draw a whole picture: the image cut to fill, or a drawn evening, and the words over it.

    The words of at most two locales, in the order of the mapping. An image that cannot be read
    is logged and replaced by the drawn background; what is dark in it is lifted off black.

    Raises:
        AssetError: no font of this machine can draw Chinese.
    """
    from node.graphics.overlay import to_pixels  # noqa: PLC0415
    picture = shapes.open_picture(image, purpose="slate picture")
    if picture is None:
        canvas = _evening(size)
    else:
        canvas = ImageOps.fit(picture, (size.width, size.height), Image.Resampling.LANCZOS)
    spoken = typeset.spoken(text, tuple(text))[:2]
    if spoken:
        _draw_words(canvas, spoken, size)
    return to_pixels(canvas)
