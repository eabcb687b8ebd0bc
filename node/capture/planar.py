"""A camera's planar buffer as a contiguous I420 picture, whatever its rows are padded to."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from node.errors import DeviceError
from node.media import Pixels, Size, planes

PlanarFormat = Literal["YUV420", "YVU420", "NV12", "NV21"]
"""libcamera's names (formats.yaml); the others hold two pixels or a JPEG in a row of bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How pixels lie in a buffer, `stride` bytes from one row of Y to the next.

    Of three planes the rows of U and V are half as far apart (linux: pixfmt-yuv-planar).
    """

    format: PlanarFormat
    size: Size
    stride: int

    @property
    def length(self) -> int:
        """Bytes up to the end of the last row."""
        return self.stride * self.size.height * 3 // 2


def layout_of(pixel_format: str, width: int, height: int, stride: int) -> Layout:
    """The layout that a camera says it has; raises `DeviceError` for one that cannot be."""
    known = {str(one): one for one in get_args(PlanarFormat)}
    if pixel_format not in known:
        raise DeviceError(f"delivers {pixel_format}, expected one of {', '.join(known)}")
    if min(width, height) <= 0 or width % 2 or height % 2 or stride < width or stride % 2:
        raise DeviceError(f"delivers {width}x{height} with rows of {stride} bytes")
    return Layout(known[pixel_format], Size(width, height), stride)


def i420_of(buffer: Pixels, layout: Layout) -> Pixels:
    """The picture in a flat buffer: uint8 [height * 3 / 2, width], contiguous.

    A view of the buffer where its rows are not padded and its planes in order, else a copy. Raises
    `DeviceError` for a buffer that is too short. Thread: any.
    """
    width, height, stride = layout.size.width, layout.size.height, layout.stride
    if buffer.size < layout.length:
        raise DeviceError(f"delivers {buffer.size} bytes, expected {layout.length}")
    flat = buffer[: layout.length]
    if layout.format == "YUV420" and stride == width:
        return flat.reshape(height * 3 // 2, width)
    pixels = np.empty((height * 3 // 2, width), np.uint8)
    luma, u, v = planes(pixels)
    luma[:] = flat[: stride * height].reshape(height, stride)[:, :width]
    chroma = flat[stride * height :]
    if layout.format in ("NV12", "NV21"):
        pairs = chroma.reshape(height // 2, stride)[:, :width].reshape(height // 2, width // 2, 2)
        first, second = pairs[:, :, 0], pairs[:, :, 1]
    else:
        first, second = chroma.reshape(2, height // 2, stride // 2)[:, :, : width // 2]
    u[:], v[:] = (first, second) if layout.format in ("YUV420", "NV12") else (second, first)
    return pixels
