"""Clocks that count down: digits drawn once, joined into an overlay each second.

A second costs the joining of five small arrays (measured: tests/bench/bench_pixels.py), never a
drawing.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from node.graphics.fonts import face
from node.graphics.overlay import to_overlay
from node.graphics.shapes import Colour
from node.media import Overlay

DIGITS, COLON = "0123456789", ":"
HOUR_S, MINUTE_S = 3600, 60
MINUTES_MAX = 99


@dataclass(frozen=True, slots=True)
class ClockPlace:
    """Where a clock stands: right edge and top (even, px), its digits' em and its colours."""

    right: int
    top: int
    size_px: int
    ink: Colour
    plate: Colour


def clock_text(seconds: int) -> str:
    """`mm:ss`, or `h:mm:ss` from 100 minutes on; never below zero."""
    seconds = max(0, seconds)
    minutes, rest = divmod(seconds, MINUTE_S)
    if minutes <= MINUTES_MAX:
        return f"{minutes:02d}:{rest:02d}"
    return f"{seconds // HOUR_S}:{minutes % 60:02d}:{rest:02d}"


@lru_cache(maxsize=8)
def draw_clock(seconds: int, place: ClockPlace) -> Overlay:
    """The clock at so many seconds to go, its cells joined from glyphs drawn once."""
    cells = [_cells(place)[character] for character in clock_text(seconds)]
    width = sum(cell.luma.shape[1] for cell in cells)
    return Overlay(
        x=place.right - width,
        y=place.top,
        luma=_joined([cell.luma for cell in cells]),
        coverage=_joined([cell.coverage for cell in cells]),
        chroma_u=_joined([cell.chroma_u for cell in cells]),
        chroma_v=_joined([cell.chroma_v for cell in cells]),
        coverage_half=_joined([cell.coverage_half for cell in cells]),
    )


def room_of(size_px: int) -> int:
    """The width that the widest usual clock (`h:mm:ss`) takes, px."""
    return 5 * _digit_width(size_px) + 2 * _colon_width(size_px)


def height_of(size_px: int) -> int:
    """The height of a clock's cells, px, even."""
    return _even(size_px * 1.12)


@lru_cache(maxsize=8)
def _cells(place: ClockPlace) -> dict[str, Overlay]:
    return {one: _cell(one, place) for one in DIGITS + COLON}


def _cell(character: str, place: ClockPlace) -> Overlay:
    """One character on its plate: opaque, so that nothing is cut off and all fit together."""
    size_px = place.size_px
    width = _colon_width(size_px) if character == COLON else _digit_width(size_px)
    height = height_of(size_px)
    sheet = Image.new("RGBA", (width, height), place.plate)
    # Every digit on one line and in the middle of its cell; a colon a little higher, as in clocks.
    lift = size_px * 0.06 if character == COLON else 0
    at = (width / 2, round(height / 2 + size_px * 0.36 - lift))
    font = face("bold", size_px)
    ImageDraw.Draw(sheet).text(at, character, fill=place.ink, font=font, anchor="ms")
    return to_overlay(sheet)


def _digit_width(size_px: int) -> int:
    font = face("bold", size_px)
    return _even(max(font.getlength(digit) for digit in DIGITS) + 1)


def _colon_width(size_px: int) -> int:
    return _even(face("bold", size_px).getlength(COLON) + 1)


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _joined(parts: list[NDArray[np.uint16]]) -> NDArray[np.uint16]:
    return np.concatenate(parts, axis=1)
