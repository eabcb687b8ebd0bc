"""Smooth shapes for graphics: rounded panels, soft shadows, pictures cut to a tile."""

import logging
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

log = logging.getLogger(__name__)

Colour = tuple[int, int, int, int]
"""R, G, B, A, each 0..255."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom (beyond the last pixel), px."""

PICTURE_PIXELS_MAX = 40_000_000
"""A product picture beyond this is refused: it would stall the node (a phone's camera has 12 M)."""

_SUPERSAMPLING = 4


def rounded_mask(size: tuple[int, int], radius_px: float) -> Image.Image:
    """A rounded rectangle as an "L" mask with smooth edges."""
    width, height = size
    large = Image.new("L", (width * _SUPERSAMPLING, height * _SUPERSAMPLING), 0)
    edge = (0, 0, large.width - 1, large.height - 1)
    ImageDraw.Draw(large).rounded_rectangle(edge, radius_px * _SUPERSAMPLING, fill=255)
    return large.resize(size, Image.Resampling.BOX)


def panel(canvas: Image.Image, box: Box, radius_px: float, colour: Colour) -> None:
    """Lay a rounded panel of one colour over a drawing, in place."""
    sheet = Image.new("RGBA", (box[2] - box[0], box[3] - box[1]), colour)
    lay(canvas, sheet, box[:2], rounded_mask(sheet.size, radius_px))


def lay(canvas: Image.Image, sheet: Image.Image, at: tuple[int, int], mask: Image.Image) -> None:
    """Lay an RGBA sheet, cut by a mask, over a drawing, in place."""
    cut = sheet.copy()
    cut.putalpha(ImageChops.multiply(sheet.getchannel("A"), mask))
    canvas.alpha_composite(cut, at)


def shadow(canvas: Image.Image, box: Box, radius_px: float, blur_px: float, colour: Colour) -> None:
    """Draw the soft shadow of a rounded panel, in place; call it before the panel."""
    left, top, right, bottom = box
    mask = Image.new("L", canvas.size, 0)
    mask.paste(rounded_mask((right - left, bottom - top), radius_px), (left, top))
    mask = mask.filter(ImageFilter.GaussianBlur(blur_px))
    red, green, blue, strength = colour
    dark = Image.new("RGBA", canvas.size, (red, green, blue, 0))
    dark.putalpha(mask.point([value * strength // 255 for value in range(256)]))
    canvas.alpha_composite(dark)


def ramp(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    """A vertical gradient between two colours."""
    scale = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGBA", size, bottom), Image.new("RGBA", size, top), scale)


def open_picture(path: Path | None, *, purpose: str) -> Image.Image | None:
    """A picture file as RGBA, upright; None when there is none or it cannot be read.

    What cannot be read is logged as a warning with path and reason. Thread: blocks on the disk.
    """
    if path is None:
        return None
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > PICTURE_PIXELS_MAX:
                size = f"{picture.width}x{picture.height}"
                log.warning("%s %s: %s is too large, drawn without it", purpose, path, size)
                return None
            return ImageOps.exif_transpose(picture).convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        log.warning("%s %s: cannot be read, drawn without it: %s", purpose, path, error)
        return None
