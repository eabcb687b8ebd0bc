"""Arithmetic on I420 pictures: lay over, dissolve, shrink, judge; numpy alone, a block at a time.

Everything works on blocks of rows that stay in the cache, in 16-bit integers: a float frame would
be four times the memory traffic (measured: tests/bench/bench_pixels.py).
"""

import numpy as np
from numpy.typing import NDArray

from node.media import Overlay, Pixels, planes

OPAQUE = 256
"""Full weight of an opacity, a coverage or a dissolve; a power of two, so that / is a shift."""

BLACK_LUMA_MAX = 32
"""Brightest luma that counts as black (FFmpeg's blackframe filter: threshold 32)."""

BLACK_SHARE = 0.98
"""Share of the picture that must be black (FFmpeg's blackframe filter: amount 98 %)."""

_BLOCK_SAMPLES = 64 * 1024  # two 16-bit blocks of 128 KiB: inside a 512 KiB L2 (Raspberry Pi 5)
_SAMPLING_STEP = 8

_Coverage = NDArray[np.uint16]


def blend(canvas: Pixels, overlay: Overlay, opacity: int = OPAQUE) -> None:
    """Lay an overlay over a picture, in place; no byte outside its region is touched.

    `opacity` (0..256) scales the whole overlay; values beyond are clamped. What reaches outside
    the canvas is cut off. Thread: any, but the canvas is the caller's own.
    """
    weight = _clamped(opacity)
    if weight == 0:
        return
    luma, chroma_u, chroma_v = planes(canvas)
    half_x, half_y = overlay.x // 2, overlay.y // 2
    _blend_plane(luma, overlay.luma, overlay.coverage, (overlay.x, overlay.y), weight)
    for plane, colour in ((chroma_u, overlay.chroma_u), (chroma_v, overlay.chroma_v)):
        _blend_plane(plane, colour, overlay.coverage_half, (half_x, half_y), weight)


def dissolve(a: Pixels, b: Pixels, weight: int, out: Pixels) -> None:
    """Write `(a * (256 - weight) + b * weight) / 256`, rounded, to `out`, which may be a or b.

    Exact at the ends: 0 gives a, 256 gives b; values beyond are clamped. All three have one shape.
    Two equal pictures give that picture at every weight.
    """
    share = _clamped(weight)
    if share in (0, OPAQUE):
        if (source := b if share else a) is not out:
            np.copyto(out, source)
        return
    rows, width = out.shape
    step = max(1, _BLOCK_SAMPLES // width)
    below, above = (np.empty((step, width), np.uint16) for _ in range(2))
    for top in range(0, rows, step):
        part = slice(top, top + step)
        _mix_rows(a[part], b[part], share, out[part], (below, above))


def half(pixels: Pixels, out: Pixels | None = None) -> Pixels:
    """The picture at half width and height (2:1 box filter, rounded).

    Width and height are multiples of 4, so that chroma halves too. Returns `out`, or a new picture.
    """
    rows, width = pixels.shape
    small = np.empty((rows // 2, width // 2), np.uint8) if out is None else out
    for source, target in zip(planes(pixels), planes(small), strict=True):
        shrink(source, 2, target)
    return small


def shrink(plane: Pixels, factor: int, out: Pixels) -> None:
    """Average squares of `factor` x `factor` samples of one plane into `out`.

    `factor` is a power of two up to 8; `out` is [h / factor, w / factor] and may be a view.
    """
    height, width = out.shape
    step = max(1, _BLOCK_SAMPLES // (width * factor))
    bits = 2 * (factor.bit_length() - 1)
    for top in range(0, height, step):
        source = plane[top * factor : (top + step) * factor]
        tall = np.add(source[::factor], source[1::factor], dtype=np.uint16)
        for row in range(2, factor):
            tall += source[row::factor]
        total = tall[:, ::factor] + tall[:, 1::factor]
        for column in range(2, factor):
            total += tall[:, column::factor]
        total += np.uint16(1 << bits >> 1)
        total >>= np.uint16(bits)
        np.copyto(out[top : top + step], total, casting="unsafe")


def is_black(pixels: Pixels) -> bool:
    """Whether a viewer would call the picture black.

    True when at least 98 % of the luma samples of an 8 x 8 grid are <= 32 (black is 16, white 235).
    A subtitle on black is still black; a night scene with a lit window of 1/7 by 1/7 is not.
    """
    rows = pixels.shape[0] * 2 // 3
    start = _SAMPLING_STEP // 2
    grid = pixels[start:rows:_SAMPLING_STEP, start::_SAMPLING_STEP]
    return int(np.count_nonzero(grid <= BLACK_LUMA_MAX)) >= BLACK_SHARE * grid.size


def _clamped(weight: int) -> int:
    return min(max(weight, 0), OPAQUE)


def _mix_rows(
    a: Pixels, b: Pixels, share: int, out: Pixels, scratch: tuple[_Coverage, _Coverage]
) -> None:
    below, above = scratch[0][: len(out)], scratch[1][: len(out)]
    np.copyto(below, a)
    np.copyto(above, b)
    below *= np.uint16(OPAQUE - share)
    above *= np.uint16(share)
    below += above
    below += np.uint16(OPAQUE // 2)
    below >>= np.uint16(8)
    np.copyto(out, below, casting="unsafe")


def _blend_plane(
    plane: Pixels, colour: _Coverage, coverage: _Coverage, at: tuple[int, int], weight: int
) -> None:
    x, y = at
    height, width = plane.shape
    left, top = max(0, -x), max(0, -y)
    inside = (slice(top, max(0, height - y)), slice(left, max(0, width - x)))
    colour, coverage = colour[inside], coverage[inside]
    region = plane[y + top :, x + left :][: colour.shape[0], : colour.shape[1]]
    mixed = np.subtract(np.uint16(OPAQUE), coverage)
    mixed *= region
    mixed += colour
    mixed >>= np.uint16(8)
    if weight < OPAQUE:
        mixed *= np.uint16(weight)
        mixed += np.multiply(region, np.uint16(OPAQUE - weight), dtype=np.uint16)
        mixed += np.uint16(OPAQUE // 2)
        mixed >>= np.uint16(8)
    np.copyto(region, mixed, casting="unsafe")
