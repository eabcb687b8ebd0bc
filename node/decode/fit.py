"""Any decoded picture as a program picture: turned upright, scaled, letterboxed, BT.709 I420."""

from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.sidedata.sidedata import Type as SideDataType
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from node.media import Pixels, Size, black, planes

Matrix = tuple[int, int, int, int]
"""The turning part (a, b, c, d) of a display matrix: x' = a x + c y, y' = b x + d y."""

UPRIGHT: Matrix = (1, 0, 0, 1)
HD_HEIGHT_PX = 720
"""An untagged picture from this height on is taken for BT.709, a smaller one for BT.601."""
UNTAGGED = 2
"""AVCOL_SPC_UNSPECIFIED and AVCOL_PRI_UNSPECIFIED (libavutil/pixfmt.h)."""
BARELY = Fraction(1, 100)
"""Bars of less than this part of the side are not drawn: the picture is stretched over them."""


@dataclass(frozen=True, slots=True)
class Box:
    """Where the picture lies inside the program picture, in px, all even."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class _Look:
    """All of a decoded picture that decides how it is fitted."""

    width: int
    height: int
    format: str
    colorspace: int
    color_range: int
    rotation: int


class Fitter:
    """Fits one stream's pictures; follows a size or format that changes on the way.

    Thread: any, but one at a time.
    """

    def __init__(self, size: Size, sample_aspect: Fraction | None = None) -> None:
        self._size = size
        self._sample_aspect = sample_aspect or Fraction(1)
        self._black = black(size)
        self._reformatter = VideoReformatter()
        self._look: _Look | None = None
        self._matrix = UPRIGHT
        self._box = Box(0, 0, size.width, size.height)

    def fit(self, frame: av.VideoFrame) -> Pixels:
        """A new program picture, uint8 [height * 3 / 2, width], not writable.

        Raises `av.FFmpegError` for a picture that swscale cannot read.
        """
        look = _look(frame)
        if look != self._look:
            self._look, self._matrix = look, matrix_of(frame)
            self._box = letterbox(
                look.width, look.height, self._sample_aspect, self._matrix, self._size
            )
        scaled = self._scale(frame, look)
        if (self._box.width, self._box.height) == (self._size.width, self._size.height):
            pixels = np.empty_like(self._black)
        else:
            pixels = self._black.copy()
        self._place(scaled, pixels)
        pixels.flags.writeable = False
        return pixels

    def _scale(self, frame: av.VideoFrame, look: _Look) -> av.VideoFrame:
        width, height = self._box.width, self._box.height
        if is_turned(self._matrix):
            width, height = height, width
        is_shrunk = look.width >= 2 * width and look.height >= 2 * height
        return self._reformatter.reformat(
            frame,
            width,
            height,
            "yuv420p",
            src_colorspace=_source_colorspace(look),
            dst_colorspace=Colorspace.ITU709,
            src_color_range=ColorRange.JPEG if look.format.startswith("yuvj") else None,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.AREA if is_shrunk else Interpolation.BICUBIC,
            threads=1,
        )

    def _place(self, scaled: av.VideoFrame, pixels: Pixels) -> None:
        box = self._box
        for index, plane in enumerate(planes(pixels)):
            part = 1 if index == 0 else 2
            rows = slice(box.y // part, (box.y + box.height) // part)
            columns = slice(box.x // part, (box.x + box.width) // part)
            plane[rows, columns] = _turned(_plane(scaled, index), self._matrix)


def letterbox(
    width: int, height: int, sample_aspect: Fraction, matrix: Matrix, size: Size
) -> Box:  # fmt: skip
    """Where a picture of `width` x `height` stored samples lies in a program picture of `size`."""
    shown_width, shown_height = width * sample_aspect, Fraction(height)
    if is_turned(matrix):
        shown_width, shown_height = shown_height, shown_width
    scale = min(size.width / shown_width, size.height / shown_height)
    box_width = _even(shown_width * scale, size.width)
    box_height = _even(shown_height * scale, size.height)
    x, y = (size.width - box_width) // 4 * 2, (size.height - box_height) // 4 * 2
    return Box(x, y, box_width, box_height)


def is_turned(matrix: Matrix) -> bool:
    """Whether rows become columns."""
    return abs(matrix[1]) > abs(matrix[0])


def _even(length_px: Fraction, full_px: int) -> int:
    if full_px - length_px < full_px * BARELY:
        return full_px
    return max(2, round(length_px / 2) * 2)


def _look(frame: av.VideoFrame) -> _Look:
    return _Look(
        frame.width, frame.height, frame.format.name, int(frame.colorspace),
        int(frame.color_range), frame.rotation,
    )  # fmt: skip


def matrix_of(frame: av.VideoFrame) -> Matrix:
    """The display matrix of a picture (libavutil/display.h): nine int32, row by row.

    Asked only of turned frames: asking ties frame and side data into a circle (PyAV 18), and so the
    picture's memory to the next run of the garbage collector.
    """
    if not frame.rotation:
        return UPRIGHT
    found = frame.side_data.get(SideDataType.DISPLAYMATRIX)  # type: ignore[call-overload]  # the stub forgets Type
    if found is None:
        return UPRIGHT
    a, b, _, c, d = np.frombuffer(found, np.int32)[:5].tolist()
    return (a, b, c, d) if any((a, b, c, d)) else UPRIGHT


def _source_colorspace(look: _Look) -> int | None:
    if look.colorspace != UNTAGGED or look.format.startswith(("rgb", "bgr", "gbr", "pal")):
        return None
    return Colorspace.ITU709 if look.height >= HD_HEIGHT_PX else Colorspace.ITU601


def _plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


def _turned(plane: NDArray[np.uint8], matrix: Matrix) -> NDArray[np.uint8]:
    a, b, c, d = matrix
    if is_turned(matrix):
        plane, a, d = plane.T, c, b
    return plane[:: -1 if d < 0 else 1, :: -1 if a < 0 else 1]
