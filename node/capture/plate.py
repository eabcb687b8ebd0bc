"""The plate in the simulated picture: that it is simulated, the time of day, the frame's number."""

from datetime import datetime
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from node.media import Pixels, Size, planes

GROUND, INK = 38, 225
GLYPHS = "0123456789:."
COUNTER_DIGITS = 7


class Plate:
    """Draws by copying glyphs that were drawn once; luma only, the ground is neutral grey."""

    def __init__(self, size: Size, *, x: int, y: int) -> None:
        unit = size.height // 36
        self._x, self._y, self._unit = x, y, unit
        self._large = _glyphs(unit * 2)
        self._small = _glyphs(unit)
        self._label = _label(unit)
        width = max(12 * self._large["0"].shape[1], self._label.shape[1]) + 2 * unit
        self._box = (width // 2 * 2, 6 * unit // 2 * 2)

    def draw_ground(self, pixels: Pixels) -> None:
        """Draw what never changes: the ground and the word that it is simulated."""
        luma, *chroma = planes(pixels)
        width, height = self._box
        luma[self._y : self._y + height, self._x : self._x + width] = GROUND
        for plane in chroma:
            plane[self._y // 2 : (self._y + height) // 2,
                  self._x // 2 : (self._x + width) // 2] = 128  # fmt: skip
        _lay(luma, self._label, self._x + self._unit, self._y + self._unit // 2)

    def draw(self, luma: NDArray[np.uint8], now: datetime, tick: int) -> None:
        """Draw the local time of `now` to the millisecond and the frame's number."""
        local = now.astimezone()
        clock = f"{local:%H:%M:%S}.{local.microsecond // 1000:03}"
        left = self._x + self._unit
        _write(luma, self._large, clock, left, self._y + 2 * self._unit)
        counter = f"{tick:0{COUNTER_DIGITS}}"
        _write(luma, self._small, counter, left, self._y + 4 * self._unit + self._unit // 2)

    def draw_flash(self, luma: NDArray[np.uint8], *, is_lit: bool) -> None:
        """Draw the lamp in the plate's lower right corner, lit or dark."""
        width, height = self._box
        unit = self._unit
        right, bottom = self._x + width - unit // 2, self._y + height - unit // 2
        luma[bottom - unit : bottom, right - 2 * unit : right] = 235 if is_lit else 16


def _write(
    luma: NDArray[np.uint8], glyphs: dict[str, NDArray[np.uint8]], text: str, x: int, y: int
) -> None:  # fmt: skip
    for letter in text:
        glyph = glyphs[letter]
        _lay(luma, glyph, x, y)
        x += glyph.shape[1]


def _lay(luma: NDArray[np.uint8], tile: NDArray[np.uint8], x: int, y: int) -> None:
    height, width = tile.shape
    luma[y : y + height, x : x + width] = tile


def _glyphs(height: int) -> dict[str, NDArray[np.uint8]]:
    """Digits and marks on the plate's ground, uint8 [height, w]; digits all of one width."""
    font = ImageFont.load_default(height * 0.95)
    digit_width = max(round(font.getlength(digit)) for digit in "0123456789")
    glyphs: dict[str, NDArray[np.uint8]] = {}
    for letter in GLYPHS:
        own = font.getlength(letter)
        width = digit_width if letter.isdigit() else round(own)
        image = Image.new("L", (width, height), GROUND)
        draw = ImageDraw.Draw(image)
        draw.text(((width - own) / 2, height / 2), letter, fill=INK, font=font, anchor="lm")
        glyphs[letter] = np.asarray(image)
    return glyphs


def _label(height: int) -> NDArray[np.uint8]:
    """The drawn words SIMULATED and 模拟 on the plate's ground, uint8 [height, w].

    They are a picture (tools/draw_simulated.py), since a booth's machine may lack Chinese fonts.
    """
    with (
        files("node.capture").joinpath("simulated.png").open("rb") as file,
        Image.open(file) as ink,
    ):
        width = round(ink.width * height / ink.height)
        coverage = np.asarray(ink.convert("L").resize((width, height)), np.uint16)
    return (GROUND + (INK - GROUND) * coverage // 255).astype(np.uint8)
