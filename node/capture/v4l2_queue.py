"""The requests of a V4L2 camera's queue, of either kind: in one piece of memory, or in planes.

Most cameras have the first, receivers of an SoC the second, where a picture may come in one plane
all the same.
"""

import ctypes
from dataclasses import dataclass

from node.board import videodev2 as v4l2
from node.board.videokernel import Ioctl
from node.errors import DeviceError
from node.media import Size

SINGLE = v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE
PLANAR = v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE
PLANES_MAX = 2
"""NV12 in memory of its own for luma and for colour; no format that is read has more."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a driver has made of the format asked for; `strides` are bytes of a row, by plane.

    `field` (V4L2_FIELD_*) tells how the two halves of an interlaced picture lie.
    """

    size: Size
    fourcc: int
    field: int
    strides: tuple[int, ...]
    colors: int
    encoding: int
    quantization: int


def kind_of(capabilities: bytes | bytearray) -> int:
    """The type of a camera's queue, from what VIDIOC_QUERYCAP says.

    Raises `DeviceError` for what is no camera, or hands its pictures over in no way that is read.
    """
    bits = v4l2.capabilities_of(capabilities)
    if not bits & (v4l2.V4L2_CAP_VIDEO_CAPTURE | v4l2.V4L2_CAP_VIDEO_CAPTURE_MPLANE):
        raise DeviceError(
            f"takes no pictures (capabilities {bits:#x}): a coder, or a camera's second device "
            "for metadata"
        )
    if not bits & v4l2.V4L2_CAP_STREAMING:
        raise DeviceError(
            f"its driver has read() alone, no buffers (capabilities {bits:#x}: no CAP_STREAMING)"
        )
    is_single = bits & v4l2.V4L2_CAP_VIDEO_CAPTURE
    return PLANAR if bits & v4l2.V4L2_CAP_VIDEO_CAPTURE_MPLANE and not is_single else SINGLE


def format_of(queue: int, size: Size, fourcc: int) -> bytearray:
    """The argument of VIDIOC_S_FMT, all else left to the driver."""
    width, height = size.width, size.height
    if queue == PLANAR:
        return bytearray(
            v4l2.CAMERA_FORMAT_MPLANE.pack(queue, width, height, fourcc, *(0,) * 11)
        )  # fmt: skip
    magic = v4l2.V4L2_PIX_FMT_PRIV_MAGIC
    return bytearray(
        v4l2.CAMERA_FORMAT.pack(queue, width, height, fourcc, 0, 0, 0, 0, magic, 0, 0, 0, 0)
    )


def read_format(queue: int, said: bytes | bytearray) -> Layout:
    """What the driver made of it; raises `DeviceError` for more planes than are read."""
    if queue != PLANAR:
        (_, width, height, fourcc, field, stride, _, colors, _, _, encoding,
         quantization, _) = v4l2.CAMERA_FORMAT.unpack(said)  # fmt: skip
        return Layout(Size(width, height), fourcc, field, (stride,), colors, encoding, quantization)
    (_, width, height, fourcc, field, colors, _, first, _, second, planes, _, encoding,
     quantization, _) = v4l2.CAMERA_FORMAT_MPLANE.unpack(said)  # fmt: skip
    if not 1 <= planes <= PLANES_MAX:
        raise DeviceError(f"delivers a picture in {planes} planes")
    strides = (first, second)[:planes]
    return Layout(Size(width, height), fourcc, field, strides, colors, encoding, quantization)


class CaptureBuffer:
    """A v4l2_buffer and, in a queue of planes, its v4l2_planes, at an address that stays."""

    def __init__(self, queue: int, planes: int, index: int = 0) -> None:
        self._planes = ctypes.create_string_buffer(planes * v4l2.PLANE.size)
        place, count = (ctypes.addressof(self._planes), planes) if queue == PLANAR else (0, 0)
        self._is_planar = queue == PLANAR
        self.raw = bytearray(
            v4l2.BUFFER.pack(
                index, queue, 0, 0, 0, 0, 0, 0, v4l2.V4L2_MEMORY_MMAP, place, count, 0
            )
        )  # fmt: skip

    def ask(self, ioctl: Ioctl, request: int) -> None:
        """Make a request of it; raises OSError. The planes stay in memory as long as that takes."""
        ioctl(request, self.raw)

    @property
    def places(self) -> list[tuple[int, int]]:
        """Length and offset of each plane for mmap, after VIDIOC_QUERYBUF."""
        if self._is_planar:
            return [(length, offset) for _, length, offset, _ in self._said]
        fields = v4l2.BUFFER.unpack(self.raw)
        return [(fields[10], fields[9])]

    @property
    def used(self) -> list[tuple[int, int]]:
        """From where to where each plane is filled, bytes, after VIDIOC_DQBUF."""
        if self._is_planar:
            return [(start, end) for end, _, _, start in self._said]
        return [(0, v4l2.BUFFER.unpack(self.raw)[2])]

    @property
    def _said(self) -> list[tuple[int, ...]]:
        return list(v4l2.PLANE.iter_unpack(self._planes.raw))
