"""From a drawn RGBA picture to what the mixer lays over a frame, and to a whole frame."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from node.media import Overlay, Pixels, planes

_OPAQUE = 256
_HALF = 128  # makes the mixer's shift by 8 round instead of cut

_Reals = NDArray[np.float32]

# Limited range, from R'G'B' 0..255 (ITU-R BT.709-6 §3: Kr 0.2126, Kb 0.0722; 219 and 224 steps).
_TO_LUMA = np.array((0.2126, 0.7152, 0.0722), np.float32) * np.float32(219 / 255)
_TO_U = np.array((-0.2126, -0.7152, 0.9278), np.float32) * np.float32(224 / 255 / 1.8556)
_TO_V = np.array((0.7874, -0.7152, -0.0722), np.float32) * np.float32(224 / 255 / 1.5748)
_BLACK_LUMA = 16
_NEUTRAL = 128


def to_overlay(drawing: Image.Image, *, x: int = 0, y: int = 0) -> Overlay:
    """Convert a drawing whose upper left corner lies at `x`, `y` (px) of the program picture.

    The result is cut to what is not transparent, grown to even edges. An empty drawing gives an
    overlay of 0 x 0. Chroma is averaged with coverage as its weight, so that no colour of hidden
    pixels bleeds into an edge.
    """
    left, top, right, bottom = drawing.getchannel("A").getbbox() or (0, 0, 0, 0)
    left, top = left - (left + x) % 2, top - (top + y) % 2
    right, bottom = right + (right - left) % 2, bottom + (bottom - top) % 2
    rgba = np.asarray(drawing.crop((left, top, right, bottom)).convert("RGBA"), np.float32)
    coverage = np.rint(rgba[..., 3] * np.float32(_OPAQUE / 255))
    rgb = rgba[..., :3]
    coverage_half = _averaged(coverage)
    whole = np.rint(coverage_half)
    return Overlay(
        x=x + left,
        y=y + top,
        luma=_premultiplied(rgb @ _TO_LUMA + _BLACK_LUMA, coverage),
        coverage=coverage.astype(np.uint16),
        chroma_u=_premultiplied(_weighted(rgb @ _TO_U, coverage, coverage_half), whole),
        chroma_v=_premultiplied(_weighted(rgb @ _TO_V, coverage, coverage_half), whole),
        coverage_half=whole.astype(np.uint16),
    )


def to_pixels(drawing: Image.Image) -> Pixels:
    """A whole program picture from a drawing of even size; transparency is ignored."""
    rgb = np.asarray(drawing.convert("RGB"), np.float32)
    height, width = rgb.shape[:2]
    pixels = np.empty((height * 3 // 2, width), np.uint8)
    luma, chroma_u, chroma_v = planes(pixels)
    luma[...] = np.rint(rgb @ _TO_LUMA + _BLACK_LUMA).astype(np.uint8)
    chroma_u[...] = np.rint(_averaged(rgb @ _TO_U) + _NEUTRAL).astype(np.uint8)
    chroma_v[...] = np.rint(_averaged(rgb @ _TO_V) + _NEUTRAL).astype(np.uint8)
    return pixels


def _premultiplied(values: _Reals, coverage: _Reals) -> NDArray[np.uint16]:
    # At most 240 * 256 + 128: fits, and (256 - coverage) * 255 + this stays below 65 536.
    multiplied: NDArray[np.uint16] = np.rint(values * coverage).astype(np.uint16)
    multiplied[coverage > 0] += _HALF
    return multiplied


def _weighted(values: _Reals, coverage: _Reals, coverage_half: _Reals) -> _Reals:
    total = _averaged(values * coverage) / np.maximum(coverage_half, np.float32(0.25))
    return (total + np.float32(_NEUTRAL)).astype(np.float32)


def _averaged(values: _Reals) -> _Reals:
    height, width = values.shape
    total: _Reals = values.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    return total
