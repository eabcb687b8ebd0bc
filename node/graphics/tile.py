"""The light tile behind a product's picture, and what stands in for a picture that is missing."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageOps

from node.graphics import shapes
from node.graphics.shapes import Colour
from node.media import Size

TILE: Colour = (240, 234, 225, 255)
PENCIL: Colour = (176, 164, 150, 255)

_SOLID = 255
_CROP_MAX = 1.4  # a photograph is cut to fill its tile if no more than this is lost


def draw_tile(image: Path | None, size: Size, *, margin_px: int) -> Image.Image:
    """A product's picture on its tile, RGBA of `size`.

    A cut-out (with transparency) is shown whole with `margin_px` of air, a photograph from edge
    to edge. A picture that is missing or cannot be read is logged; a drawn parcel stands for it.
    """
    tile = Image.new("RGBA", (size.width, size.height), TILE)
    picture = shapes.open_picture(image, purpose="product picture")
    if picture is None:
        _draw_parcel(tile)
    else:
        _lay_picture(tile, picture, margin_px)
    return tile


def _lay_picture(tile: Image.Image, picture: Image.Image, margin: int) -> None:
    lowest, _ = picture.getchannel("A").getextrema()
    is_cut_out = lowest != _SOLID
    shape = picture.width / picture.height / (tile.width / tile.height)
    if not is_cut_out and 1 / _CROP_MAX < shape < _CROP_MAX:
        fitted = ImageOps.fit(picture, tile.size, Image.Resampling.LANCZOS)
    else:
        air = 2 * margin if is_cut_out else 0
        room = (tile.width - air, tile.height - air)
        fitted = ImageOps.contain(picture, room, Image.Resampling.LANCZOS)
    middle = ((tile.width - fitted.width) // 2, (tile.height - fitted.height) // 2)
    tile.alpha_composite(fitted, middle)


def _draw_parcel(tile: Image.Image) -> None:
    side, pen = min(tile.size), ImageDraw.Draw(tile)
    x, y = (tile.width - side) / 2, (tile.height - side) / 2
    line = max(2, side // 40)

    def box(left: float, top: float, right: float, bottom: float) -> tuple[float, ...]:
        return (x + side * left, y + side * top, x + side * right, y + side * bottom)

    pen.rounded_rectangle(box(0.27, 0.34, 0.73, 0.74), side // 24, outline=PENCIL, width=line)
    pen.line(box(0.27, 0.47, 0.73, 0.47), fill=PENCIL, width=line)
    pen.arc(box(0.4, 0.22, 0.6, 0.46), 180, 360, fill=PENCIL, width=line)
