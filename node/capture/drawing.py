"""What the simulated camera sees: a backdrop with light and steam, the clock plate, the barcode.

Thread: one, that of the camera's executor.
"""

import math
from datetime import datetime
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from node.capture.barcode import CELLS_ACROSS, ROWS, TOP, draw_barcode
from node.capture.desk import CUP, draw_desk
from node.capture.plate import Plate
from node.config import PatternConfig
from node.decode.fit import Fitter
from node.errors import DeviceError
from node.media import Pixels, Size, black, planes

PLATE_AT = (0.695, 0.125)
"""The plate's upper left corner, as parts of width and height: where a backdrop may leave room."""
FLASH_TICKS = 2
GLOW_LUMA, STEAM_LUMA = 26, 70
BRIGHTEST = 235 - GLOW_LUMA
"""The backdrop's luma is kept below, so that the light added on it stays in range."""
GLOW_PERIOD_S = (11.0, 7.0)
STEAM_RISE_PER_S = 0.35
"""Of the steam's height."""


class Drawing:
    """Draws frame after frame; `prepare` first, it does what is done once."""

    def __init__(self, cfg: PatternConfig, *, size: Size, fps: int) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        below_barcode = (TOP + ROWS + 1) * (size.width // CELLS_ACROSS)
        top = below_barcode if cfg.barcode else _even(size.height * PLATE_AT[1])
        self._plate = Plate(size, x=_even(size.width * PLATE_AT[0]), y=top)
        self._backdrop = black(size)
        self._glow = np.zeros((2, 2), np.uint8)
        self._steam = _Steam(size)

    def prepare(self) -> None:
        """Draw or load the backdrop. Raises `DeviceError` when its file is no picture."""
        picture = self._load() if self._cfg.backdrop else draw_desk(self._size)
        frame = av.VideoFrame.from_ndarray(np.asarray(picture), format="rgb24")
        self._backdrop = Fitter(self._size).fit(frame).copy()
        luma, _, _ = planes(self._backdrop)
        np.minimum(luma, BRIGHTEST, out=luma)
        self._glow = _glow(self._size)
        self._plate.draw_ground(self._backdrop)

    def draw(self, tick: int, now: datetime) -> Pixels:
        """The picture of one tick with the wall time `now`."""
        pixels = self._backdrop.copy()
        luma, _, _ = planes(pixels)
        seconds = tick / self._fps
        self._draw_glow(luma, seconds)
        if not self._cfg.backdrop:
            self._steam.draw(luma, seconds)
        self._plate.draw(luma, now, tick)
        if self._cfg.barcode:
            draw_barcode(pixels, int(now.timestamp() * 1000))
            self._plate.draw_flash(luma, is_lit=tick % self._fps < FLASH_TICKS)
        return pixels

    def _draw_glow(self, luma: NDArray[np.uint8], seconds: float) -> None:
        """A patch of light that wanders over the picture's right two thirds."""
        height, width = self._glow.shape
        room_x, room_y = self._size.width * 2 // 3 - width, self._size.height - height
        across, down = (0.5 + 0.5 * math.sin(2 * math.pi * seconds / p) for p in GLOW_PERIOD_S)
        x, y = self._size.width // 3 + int(room_x * across), int(room_y * down)
        luma[y : y + height, x : x + width] += self._glow

    def _load(self) -> Image.Image:
        path = Path(self._cfg.backdrop)
        try:
            with Image.open(path) as image:
                return ImageOps.fit(image.convert("RGB"), (self._size.width, self._size.height))
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DeviceError(f"camera.backdrop = {path}: no picture: {error}") from error


class _Steam:
    """Steam over the drawn cup: noise that rises, thins out and sways."""

    def __init__(self, size: Size) -> None:
        self._height, self._width = size.height // 4, size.height // 7
        self._x = int(CUP[0] * size.width) - self._width // 2
        self._y = int(CUP[1] * size.height) - self._height
        down = np.linspace(0, 1, self._height)[:, None]
        across = np.linspace(-1, 1, self._width)[None, :]
        shape = np.clip(1 - (across / (0.35 + 0.5 * (1 - down))) ** 2, 0, 1) * down
        self._shape = (shape * np.clip((1 - down) * 8, 0, 1) * STEAM_LUMA).astype(np.uint16)
        self._noise = _soft_noise(self._height, self._width)

    def draw(self, luma: NDArray[np.uint8], seconds: float) -> None:
        shift = int(seconds * STEAM_RISE_PER_S * self._height) % self._height
        noise = self._noise[shift : shift + self._height]
        place = luma[self._y : self._y + self._height, self._x : self._x + self._width]
        place[:] = np.minimum(place + (self._shape * noise >> 8), BRIGHTEST)


def _even(length_px: float) -> int:
    return round(length_px / 2) * 2


def _soft_noise(height: int, width: int) -> NDArray[np.uint16]:
    """Cloudy noise 0..255, uint16 [2 height, width]; its halves are alike, so it can scroll."""
    coarse = np.random.default_rng(7).random((6, 4))
    image = Image.fromarray((np.vstack([coarse, coarse, coarse]) * 255).astype(np.uint8))
    grown = np.asarray(image.resize((width, 3 * height), Image.Resampling.BICUBIC), np.float32)
    middle = grown[height : 2 * height]
    soft = np.clip((middle - 70) * 1.5, 0, 255).astype(np.uint16)
    return np.vstack([soft, soft])


def _glow(size: Size) -> NDArray[np.uint8]:
    """A round patch of light that fades to its edge, half the picture's height across."""
    half = size.height // 4
    across = np.linspace(-1, 1, 2 * half)
    distance = np.hypot(across[None, :], across[:, None])
    glow: NDArray[np.float64] = np.clip(1 - distance, 0, 1) ** 1.5 * GLOW_LUMA
    return glow.astype(np.uint8)
