"""A drawn evening scene that moves a little, with a card in its place: a picture for the pages."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 640, 360
_LIGHTS = [(0.08, 0.30, 22), (0.22, 0.18, 34), (0.38, 0.34, 18), (0.55, 0.16, 40),
           (0.70, 0.30, 24), (0.86, 0.20, 36), (0.95, 0.40, 20)]  # fmt: skip

FINE = 3
"""Drawn so much larger, then shrunk, for smooth edges."""
_THINGS = [
    ("box", (0, 268, 640, 360), (58, 36, 28), 0),
    ("box", (0, 268, 640, 270), (126, 80, 54), 0),
    ("oval", (350, 264, 560, 300), (34, 22, 18, 120), 0),
    ("oval", (478, 198, 536, 262), (93, 122, 104), 0),
    ("oval", (489, 210, 524, 250), (150, 88, 60), 0),
    ("box", (390, 190, 500, 284), (93, 122, 104), 36),
    ("box", (404, 181, 486, 198), (70, 96, 82), 8),
    ("box", (318, 236, 370, 286), (222, 214, 198), 14),
]


def backdrop() -> Image.Image:
    """The part that stands still: dusk, a table, a tea set."""
    width, height = WIDTH * FINE, HEIGHT * FINE
    rows = np.linspace(0, 1, height)[:, None, None]
    top, low = np.array([38, 30, 52]), np.array([196, 112, 66])
    sky = (top + (low - top) * rows**1.6) * np.ones((1, width, 1))
    image = Image.fromarray(sky.astype(np.uint8))
    draw = ImageDraw.Draw(image, "RGBA")
    for x, y, r in _LIGHTS:
        cx, cy, rr = x * width, y * height, r * FINE
        draw.ellipse((cx - rr, cy - rr, cx + rr, cy + rr), fill=(255, 206, 138, 70))
    image = image.filter(ImageFilter.GaussianBlur(6))
    draw = ImageDraw.Draw(image, "RGBA")
    for shape, box, fill, radius in _THINGS:
        place = tuple(value * FINE for value in box)
        if shape == "oval":
            draw.ellipse(place, fill=fill)
        else:
            draw.rounded_rectangle(place, radius * FINE, fill=fill)
    return image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)


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
