"""Layouts of the program picture: rectangles as data, pure geometry, and their composition.

A layout is a background and a few `Window`s; each shows a source shrunk by a whole factor, so
that every layout costs one box filter.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from node.media import Pixels, Size, black, planes
from node.program.commands import Layout
from node.program.pixels import shrink

BACKGROUND = (24, 130, 127)
"""Y, U, V round the side-by-side pictures: dark, a breath of blue, never the black of a fault."""

PLAIN = (64, 130, 127)
"""Y, U, V of a picture of nothing."""

BORDER = (208, 128, 128)
"""Y, U, V of the light line round the inset."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in program pixels; all four even, so that chroma has the same edges."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Window:
    """Where a source appears.

    `shows` is the middle of the source divided by `factor` (1, 2 or 4); what does not fit into
    `at` is cut off evenly left and right. `border` is the width of a light line round it, px.
    """

    shows: Literal["main", "inset"]
    factor: int
    at: Rect
    border: int = 0


@lru_cache(maxsize=32)
def windows(layout: Layout, size: Size) -> tuple[Window, ...]:
    """The windows of a layout, in the order in which they are drawn.

    `size` is a multiple of 8 both ways (1280x720, 1920x1080, 640x360).
    """
    width, height = size.width, size.height
    match layout:
        case "full":
            return (Window("main", 1, Rect(0, 0, width, height)),)
        case "pip":
            inset = Size(width // 4, height // 4)
            margin = _even(height / 22)
            corner = Rect(width - inset.width - margin, margin, inset.width, inset.height)
            return (*windows("full", size), Window("inset", 4, corner, border=2))
        case "side":
            margin = _even(width / 80)
            one = Size((width - 3 * margin) // 4 * 2, height // 2)
            top = _even((height - one.height) / 2)
            right = width - margin - one.width
            return (
                Window("main", 2, Rect(margin, top, one.width, one.height)),
                Window("inset", 2, Rect(right, top, one.width, one.height)),
            )


def compose(layout: Layout, main: Pixels, inset: Pixels | None, out: Pixels) -> None:
    """Write a layout of two program-size pictures to `out`; without an inset, `main` alone.

    `out` may be `main` where main fills the picture (full, pip), else it is a picture of its own.
    """
    rows, width = out.shape
    arranged = windows("full" if inset is None else layout, Size(width, rows * 2 // 3))
    if arranged[0].at.width < width:
        _fill(out, BACKGROUND, Rect(0, 0, width, rows * 2 // 3))
    for window in arranged:
        source = main if window.shows == "main" or inset is None else inset
        _draw(window, source, out)


def plain(size: Size) -> Pixels:
    """A new picture of one dark colour, for want of a slate; not so dark as to count as black."""
    out = black(size)
    _fill(out, PLAIN, Rect(0, 0, size.width, size.height))
    return out


def _draw(window: Window, source: Pixels, out: Pixels) -> None:
    if window.factor == 1:
        if source is not out:
            np.copyto(out, source)
        return
    at, border = window.at, window.border
    if border:
        around = (at.x - border, at.y - border, at.width + 2 * border, at.height + 2 * border)
        _fill(out, BORDER, Rect(*around))
    for scale, whole, target in zip((1, 2, 2), planes(source), planes(out), strict=True):
        region = target[at.y // scale :, at.x // scale :]
        region = region[: at.height // scale, : at.width // scale]
        seen = region.shape[1] * window.factor
        # An even start keeps chroma on the same picture column as luma.
        cut = (whole.shape[1] - seen) // 2 // (2 // scale) * (2 // scale)
        shrink(whole[:, cut : cut + seen], window.factor, region)


def _fill(out: Pixels, colour: tuple[int, int, int], at: Rect) -> None:
    for scale, value, plane in zip((1, 2, 2), colour, planes(out), strict=True):
        rows = slice(at.y // scale, (at.y + at.height) // scale)
        plane[rows, at.x // scale : (at.x + at.width) // scale] = value


def _even(length: float) -> int:
    return round(length / 2) * 2
