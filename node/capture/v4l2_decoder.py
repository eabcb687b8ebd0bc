"""What a V4L2 camera delivers made into pictures: raw ones freed of padding, coded ones decoded."""

import av
import numpy as np
from av.codec.context import CodecContext, Flags
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import ColorRange, Colorspace

from node.capture.v4l2_device import Format, Picture
from node.decode.recovery import Recovery
from node.media import Pixels

JPEG_END = b"\xff\xd9"
"""The marker EOI, which no coded data contain (ITU-T T.81 B.1.1.5); padding may follow it."""
ROW_BYTES = {"nv12": 1, "yuyv": 2, "uyvy": 2, "bgr24": 3}
"""Bytes of a row by its pixels."""
STRETCHED = np.clip((np.arange(256) - 16) * 255 / 219 + 0.5, 0, 255).astype(np.uint8)
"""RGB of 16 to 235, as HDMI sources send it, to 0 to 255 (V4L2_QUANTIZATION_LIM_RANGE)."""


class Decoder:
    """Makes pictures of what a camera delivers in one format."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._size = form.mode.size
        self._recovery = Recovery()
        self._has_end = False
        self._coder = _coder(form)
        self.is_each_whole = form.mode.format != "h264"

    def decode(self, picture: Picture) -> list[av.VideoFrame]:
        """The pictures in a buffer; none where it is damaged, or leans on what was."""
        if self._coder is None:
            frame = self._raw(picture.content)
            return [] if frame is None else [frame]
        frames: list[av.VideoFrame] = []
        if picture.is_after_loss and not self.is_each_whole:
            self._recovery.lost(None)
        coded = picture.content.tobytes()
        if self._form.mode.format == "mjpeg" and self._is_cut_short(coded):
            return []
        try:
            frames = list(self._coder.decode(av.Packet(coded)))
        except (av.FFmpegError, ValueError):
            self._recovery.lost(None)
        return [frame for frame in frames if self._recovery.is_whole(frame)]

    def _is_cut_short(self, coded: bytes) -> bool:
        """Whether a JPEG lacks its end: half a picture, unless its camera never sends one."""
        is_ended = JPEG_END in coded
        self._has_end |= is_ended
        return self._has_end and not is_ended

    def _raw(self, content: Pixels) -> av.VideoFrame | None:
        name, size = self._form.mode.format, self._size
        row = ROW_BYTES[name] * size.width
        rows = size.height * 3 // 2 if name == "nv12" else size.height
        stride = max(self._form.stride, row)
        if content.size < stride * (rows - 1) + row:  # the last row may lack its padding
            return None
        pixels: Pixels = np.lib.stride_tricks.as_strided(content, (rows, row), (stride, 1))
        if self._form.is_woven:
            pixels = _one_half(pixels, size.height)
        if name == "nv12":
            return self._coloured(av.VideoFrame.from_ndarray(pixels, name))
        if name == "bgr24":
            if self._form.is_full_range is False:
                pixels = STRETCHED[pixels]
            return av.VideoFrame.from_ndarray(pixels.reshape(-1, size.width, 3), name)
        if name == "uyvy":  # which PyAV does not take from memory
            pixels = np.ascontiguousarray(pixels).view(np.uint16).byteswap().view(np.uint8)
        return self._coloured(
            av.VideoFrame.from_ndarray(pixels.reshape(-1, size.width, 2), "yuyv422")
        )

    def _coloured(self, frame: av.VideoFrame) -> av.VideoFrame:
        """The same, that says how its colours are meant."""
        frame.colorspace = Colorspace.ITU709 if self._form.is_bt709 else Colorspace.ITU601
        frame.color_range = ColorRange.JPEG if self._form.is_full_range else ColorRange.MPEG
        return frame


def _one_half(pixels: Pixels, height: int) -> Pixels:
    """Every second row of luma and of colour: half a picture, but all of one moment.

    Both halves together comb whatever moves. NV12 needs a height that four divides, as 480 and 576.
    """
    return np.concatenate([pixels[:height:2], pixels[height::2]])


def _coder(form: Format) -> VideoCodecContext | None:
    if form.mode.format in ROW_BYTES:
        return None
    coder = CodecContext.create(form.mode.format, "r")
    assert isinstance(coder, VideoCodecContext)  # noqa: S101  # of two video codecs
    coder.thread_count = 1  # each thread more is a picture of delay
    coder.flags |= Flags.low_delay
    return coder
