"""The part of <linux/videodev2.h> that encoders and cameras need: numbers and layouts, 64-bit.

tests/unit/board/test_videodev2.py compiles the machine's own header and compares. Pure.
"""

import ctypes
import struct
from dataclasses import dataclass
from typing import Final

from node.media import Size

VIDIOC_QUERYCAP: Final = 0x80685600
VIDIOC_ENUM_FMT: Final = 0xC0405602
VIDIOC_G_FMT: Final = 0xC0D05604
VIDIOC_S_FMT: Final = 0xC0D05605
VIDIOC_REQBUFS: Final = 0xC0145608
VIDIOC_QUERYBUF: Final = 0xC0585609
VIDIOC_QBUF: Final = 0xC058560F
VIDIOC_DQBUF: Final = 0xC0585611
VIDIOC_STREAMON: Final = 0x40045612
VIDIOC_STREAMOFF: Final = 0x40045613
VIDIOC_S_PARM: Final = 0xC0CC5616
VIDIOC_G_STD: Final = 0x80085617
VIDIOC_S_STD: Final = 0x40085618
VIDIOC_ENUMINPUT: Final = 0xC050561A
VIDIOC_S_CTRL: Final = 0xC008561C
VIDIOC_G_INPUT: Final = 0x80045626
VIDIOC_G_EDID: Final = 0xC0285628
VIDIOC_QUERYSTD: Final = 0x8008563F
VIDIOC_ENUM_FRAMESIZES: Final = 0xC02C564A
VIDIOC_ENUM_FRAMEINTERVALS: Final = 0xC034564B
VIDIOC_S_DV_TIMINGS: Final = 0xC0845657
VIDIOC_DQEVENT: Final = 0x80885659
VIDIOC_SUBSCRIBE_EVENT: Final = 0x4020565A
VIDIOC_QUERY_DV_TIMINGS: Final = 0x80845663

V4L2_CAP_VIDEO_CAPTURE: Final = 0x1
V4L2_CAP_VIDEO_CAPTURE_MPLANE: Final = 0x1000
V4L2_CAP_VIDEO_M2M_MPLANE: Final = 0x4000
V4L2_CAP_VIDEO_M2M: Final = 0x8000
V4L2_CAP_STREAMING: Final = 0x04000000
V4L2_CAP_DEVICE_CAPS: Final = 0x80000000
V4L2_BUF_TYPE_VIDEO_CAPTURE: Final = 1
V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE: Final = 9
V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE: Final = 10
V4L2_MEMORY_MMAP: Final = 1
V4L2_MEMORY_USERPTR: Final = 2
V4L2_MEMORY_DMABUF: Final = 4
V4L2_FIELD_NONE: Final = 1
V4L2_FIELD_INTERLACED: Final = 4
V4L2_FIELD_SEQ_TB: Final = 5
V4L2_FIELD_SEQ_BT: Final = 6
V4L2_FIELD_ALTERNATE: Final = 7
V4L2_FIELD_INTERLACED_TB: Final = 8
V4L2_FIELD_INTERLACED_BT: Final = 9
V4L2_BUF_FLAG_KEYFRAME: Final = 0x8
V4L2_BUF_FLAG_ERROR: Final = 0x40
V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC: Final = 0x2000
V4L2_EVENT_SOURCE_CHANGE: Final = 5
V4L2_IN_ST_NO_POWER: Final = 0x1
V4L2_IN_ST_NO_SIGNAL: Final = 0x2
V4L2_IN_ST_NO_H_LOCK: Final = 0x100
V4L2_IN_ST_NO_V_LOCK: Final = 0x400
V4L2_IN_ST_NO_STD_LOCK: Final = 0x800
V4L2_IN_ST_NO_SYNC: Final = 0x10000
V4L2_IN_ST_NO_EQU: Final = 0x20000
V4L2_IN_ST_NO_CARRIER: Final = 0x40000
V4L2_IN_CAP_DV_TIMINGS: Final = 0x2
V4L2_IN_CAP_STD: Final = 0x4
V4L2_STD_525_60: Final = 0xF900
V4L2_STD_625_50: Final = 0xFF06FF
V4L2_FRMSIZE_TYPE_DISCRETE: Final = 1
V4L2_FRMIVAL_TYPE_DISCRETE: Final = 1

V4L2_PIX_FMT_YUV420: Final = 0x32315559
V4L2_PIX_FMT_H264: Final = 0x34363248
V4L2_PIX_FMT_PRIV_MAGIC: Final = 0xFEEDCAFE
V4L2_COLORSPACE_REC709: Final = 3
V4L2_COLORSPACE_JPEG: Final = 7
V4L2_YCBCR_ENC_709: Final = 2
V4L2_YCBCR_ENC_XV709: Final = 4
V4L2_QUANTIZATION_FULL_RANGE: Final = 1
V4L2_QUANTIZATION_LIM_RANGE: Final = 2
V4L2_XFER_FUNC_709: Final = 1

V4L2_CID_POWER_LINE_FREQUENCY: Final = 0x00980918
V4L2_CID_MPEG_VIDEO_B_FRAMES: Final = 0x009909CA
V4L2_CID_MPEG_VIDEO_BITRATE_MODE: Final = 0x009909CE
V4L2_CID_MPEG_VIDEO_BITRATE: Final = 0x009909CF
V4L2_CID_MPEG_VIDEO_HEADER_MODE: Final = 0x009909D8
V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER: Final = 0x009909E2
V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME: Final = 0x009909E5
V4L2_CID_MPEG_VIDEO_H264_I_PERIOD: Final = 0x00990A66
V4L2_CID_MPEG_VIDEO_H264_LEVEL: Final = 0x00990A67
V4L2_CID_MPEG_VIDEO_H264_PROFILE: Final = 0x00990A6B

V4L2_MPEG_VIDEO_BITRATE_MODE_CBR: Final = 1
V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME: Final = 1
V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE: Final = 1
H264_LEVELS: Final = {30: 8, 31: 9, 32: 10, 40: 11, 41: 12, 42: 13}
"""`V4L2_MPEG_VIDEO_H264_LEVEL_*` by ten times the level."""

CAPABILITY: Final = struct.Struct("=16s32s32sIII12x")
FMTDESC: Final = struct.Struct("=III32sII12x")
FORMAT: Final = struct.Struct("=I4x5I2I12x140xBBBBB7x8x")
"""v4l2_format with v4l2_pix_format_mplane and one plane: type, width, height, pixelformat, field,
colorspace, sizeimage, bytesperline, num_planes, flags, ycbcr_enc, quantization, xfer_func."""
CAMERA_FORMAT_MPLANE: Final = struct.Struct("=I4x5I2I12x2I12x120xBBBBB7x8x")
"""The same with two planes: the first one's sizeimage and bytesperline, then the second's."""
CAMERA_FORMAT: Final = struct.Struct("=I4x12I152x")
"""v4l2_format with v4l2_pix_format, which cameras have: type; width, height, pixelformat, field,
bytesperline, sizeimage, colorspace, priv, flags, ycbcr_enc, quantization, xfer_func."""
DV_TIMINGS: Final = struct.Struct("=I4IQ11I2IBB46x4x")
"""v4l2_dv_timings with v4l2_bt_timings: type; width, height, interlaced, polarities; pixelclock;
front porch, sync and back porch of a line, of a picture, of a second field; standards, flags;
picture_aspect, cea861_vic, hdmi_vic."""
EDID: Final = struct.Struct("=III20xQ")
"""v4l2_edid: pad, start_block, blocks, place of the blocks."""
INPUT: Final = struct.Struct("=I32sIIIQII12x4x")
"""v4l2_input: index, name, type, audioset, tuner, std, status, capabilities."""
INPUT_NUMBER: Final = struct.Struct("=i")
STANDARD: Final = struct.Struct("=Q")
"""v4l2_std_id: a set of `V4L2_STD_*`."""
EVENT: Final = struct.Struct("=I132x")
"""v4l2_event: type."""
EVENT_SUBSCRIPTION: Final = struct.Struct("=III20x")
"""v4l2_event_subscription: type, id, flags."""
FRMSIZEENUM: Final = struct.Struct("=III6I8x")
"""v4l2_frmsizeenum: index, pixel_format, type; a size, or least, most and step of each side."""
FRMIVALENUM: Final = struct.Struct("=IIIII6I8x")
"""v4l2_frmivalenum: index, pixel_format, width, height, type; an interval as a fraction of a
second, or least, most and step."""
REQUESTBUFFERS: Final = struct.Struct("=IIIIB3x")
BUFFER: Final = struct.Struct("=IIIII4xqq16xIIQII4x4x")
"""v4l2_buffer: index, type, bytesused, flags, field, tv_sec, tv_usec, sequence, memory, offset or
planes' address, length or number of planes, reserved2."""
PLANE: Final = struct.Struct("=IIQI44x")
"""v4l2_plane: bytesused, length, mem_offset, data_offset."""
CONTROL: Final = struct.Struct("=Ii")
STREAMPARM: Final = struct.Struct("=IIIII184x")
"""v4l2_streamparm: type, capability, mode, timeperframe's numerator and denominator."""
BUFFER_TYPE: Final = struct.Struct("=I")


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """A queue's format: rows of `bytesperline`, `sizeimage` bytes for one buffer."""

    size: Size
    fourcc: int
    sizeimage: int
    bytesperline: int


@dataclass(frozen=True, slots=True)
class Filled:
    """A buffer as the driver gave it back; `stamp_us` is what was queued with its picture."""

    index: int
    used: int
    offset: int
    stamp_us: int
    is_faulty: bool


def capabilities_of(said: bytes | bytearray) -> int:
    """What this very device can, V4L2_CAP_* as a set, by its answer to VIDIOC_QUERYCAP."""
    *_, of_all, of_this = CAPABILITY.unpack(said)
    bits: int = of_this if of_all & V4L2_CAP_DEVICE_CAPS else of_all
    return bits


def format_of(queue: int, wanted: PixelFormat) -> bytearray:
    """The argument of VIDIOC_S_FMT: BT.709, limited range, progressive, one plane."""
    return bytearray(
        FORMAT.pack(
            queue, wanted.size.width, wanted.size.height, wanted.fourcc, V4L2_FIELD_NONE,
            V4L2_COLORSPACE_REC709, wanted.sizeimage, wanted.bytesperline, 1, 0,
            V4L2_YCBCR_ENC_709, V4L2_QUANTIZATION_LIM_RANGE, V4L2_XFER_FUNC_709,
        )
    )  # fmt: skip


def read_format(said: bytes | bytearray) -> PixelFormat:
    """What the driver made of the format asked for."""
    _, width, height, fourcc, _, _, sizeimage, bytesperline, *_ = FORMAT.unpack(said)
    return PixelFormat(Size(width, height), fourcc, sizeimage, bytesperline)


class BufferArgument:
    """A v4l2_buffer and its one v4l2_plane, at addresses that stay."""

    def __init__(self, queue: int, index: int = 0, *, used: int = 0, stamp_us: int = 0) -> None:
        self._plane = ctypes.create_string_buffer(PLANE.pack(used, 0, 0, 0), PLANE.size)
        seconds, micros = divmod(stamp_us, 1_000_000)
        self.raw = bytearray(
            BUFFER.pack(
                index, queue, 0, 0, V4L2_FIELD_NONE, seconds, micros, 0, V4L2_MEMORY_MMAP,
                ctypes.addressof(self._plane), 1, 0,
            )
        )  # fmt: skip

    @property
    def place(self) -> tuple[int, int]:
        """Length and offset for mmap, after VIDIOC_QUERYBUF."""
        _, length, offset, _ = PLANE.unpack(self._plane.raw)
        return length, offset

    @property
    def filled(self) -> Filled:
        """What came back, after VIDIOC_DQBUF."""
        index, _, _, flags, _, seconds, micros, *_ = BUFFER.unpack(self.raw)
        used, _, _, offset = PLANE.unpack(self._plane.raw)
        stamp_us = seconds * 1_000_000 + micros
        return Filled(index, used, offset, stamp_us, bool(flags & V4L2_BUF_FLAG_ERROR))
