"""A drawn evening scene that moves a little, with a card in its place: a picture for the pages."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 360
_LIGHTS = [(0.08, 0.30, 22), (0.22, 0.18, 34), (0.38, 0.34, 18), (0.55, 0.16, 40),
           (0.70, 0.30, 24), (0.86, 0.20, 36), (0.95, 0.40, 20)]  # fmt: skip


def backdrop() -> Image.Image:
    """The part that stands still: dusk, a table, a tea set."""
    rows = np.linspace(0, 1, HEIGHT)[:, None, None]
    top, low = np.array([38, 30, 52]), np.array([196, 112, 66])
    sky = (top + (low - top) * rows**1.6) * np.ones((1, WIDTH, 1))
    image = Image.fromarray(sky.astype(np.uint8))
    draw = ImageDraw.Draw(image, "RGBA")
    for x, y, r in _LIGHTS:
        cx, cy = x * WIDTH, y * HEIGHT
        draw.ellipse((cx - r, cy - r, cx + r, cy + r), fill=(255, 206, 138, 70))
    image = image.filter(ImageFilter.GaussianBlur(3))
    draw = ImageDraw.Draw(image, "RGBA")
    draw.rectangle((0, 270, WIDTH, HEIGHT), fill=(58, 36, 28))
    draw.rectangle((0, 268, WIDTH, 271), fill=(120, 76, 52))
    draw.ellipse((360, 262, 540, 300), fill=(34, 22, 18, 130))
    draw.rounded_rectangle((390, 190, 500, 284), 36, fill=(93, 122, 104))
    draw.rounded_rectangle((404, 180, 486, 198), 9, fill=(70, 96, 82))
    draw.arc((484, 200, 534, 262), -80, 80, fill=(93, 122, 104), width=11)
    draw.rounded_rectangle((318, 236, 370, 286), 14, fill=(222, 214, 198))
    return image


def pictures(count: int = 24) -> list[NDArray[np.uint8]]:
    """`count` pictures of one second, rgb uint8 [360, 640, 3]: steam rises over the cup."""
    still = backdrop()
    shown = []
    for index in range(count):
        image = still.copy()
        draw = ImageDraw.Draw(image, "RGBA")
        for puff in range(6):
            rise = (index / count + puff / 6) % 1.0
            x = 344 + 9 * math.sin(6.3 * (rise + puff / 6))
            y, r = 232 - 70 * rise, 4 + 9 * rise
            fill = (255, 244, 230, int(90 * (1 - rise)))
            draw.ellipse((x - r, y - r, x + r, y + r), fill=fill)
        draw.rectangle(
            (0, HEIGHT - 3, int(WIDTH * (index + 1) / count), HEIGHT), fill=(255, 150, 90)
        )
        shown.append(np.asarray(image))
    return shown


def product(hue: tuple[int, int, int]) -> Image.Image:
    """A product picture, 480 px square."""
    image = Image.new("RGB", (480, 480), (240, 233, 222))
    draw = ImageDraw.Draw(image)
    draw.ellipse((90, 350, 390, 410), fill=(214, 203, 186))
    draw.rounded_rectangle((150, 130, 330, 390), 60, fill=hue)
    draw.rounded_rectangle((165, 100, 315, 150), 20, fill=tuple(v * 3 // 4 for v in hue))
    return image.filter(ImageFilter.GaussianBlur(0.8))
