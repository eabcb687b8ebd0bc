"""A film as MP4: H.264 720p30 with a closed GOP of a second, AAC 48 kHz stereo, BT.709 limited."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from tools.make_demo.script import FPS
from tools.make_demo.wave_shapes import RATE_HZ

Rgba = NDArray[np.uint8]
Stereo = NDArray[np.float32]

_BT709 = 1
"""BT.709 in the tables of ITU-T H.264 annex E: primaries, transfer and matrix alike."""
_X264 = (
    "keyint=30:min-keyint=1:open-gop=0:bframes=3:threads=1:"
    "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv"
)
_AAC_FRAME = 1024


def write_clip(
    target: Path, pictures: Iterable[Rgba], sound: Stereo, *, crf: float, preset: str = "slow"
) -> int:
    """Encode `pictures` (RGBA uint8 [h, w, 4], at 30 fps) and `sound` (float32 [n, 2], 48 kHz).

    One thread, no clock and no version string in the file: the same input gives the same bytes.
    Returns the number of frames.
    """
    count = 0
    options = {"movflags": "+faststart", "fflags": "+bitexact"}
    with av.open(str(target), "w", format="mp4", options=options) as container:
        video = container.add_stream("libx264", rate=FPS)
        audio = container.add_stream("aac", rate=RATE_HZ, layout="stereo", bit_rate=128_000)
        _describe(video, crf, preset)
        audio.codec_context.flags |= int(av.codec.context.Flags.bitexact)
        blocks = _blocks(sound)
        block = next(blocks, None)
        for picture in pictures:
            for packet in video.encode(_picture(picture, count)):
                container.mux(packet)
            count += 1
            while block is not None and (block.pts or 0) < count * RATE_HZ // FPS:
                container.mux(audio.encode(block))
                block = next(blocks, None)
        container.mux(video.encode(None))
        container.mux(audio.encode(None))
    return count


def _describe(video: av.VideoStream, crf: float, preset: str) -> None:
    video.width, video.height, video.pix_fmt = 1280, 720, "yuv420p"
    context = video.codec_context
    context.time_base = Fraction(1, FPS)
    context.options = {"crf": f"{crf}", "preset": preset, "tune": "animation", "x264-params": _X264}
    context.flags |= int(av.codec.context.Flags.bitexact)
    context.colorspace = context.color_primaries = context.color_trc = _BT709
    context.color_range = int(ColorRange.MPEG)


def _picture(rgba: Rgba, index: int) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(rgba[..., :3]), format="rgb24")
    frame = frame.reformat(
        format="yuv420p",
        src_colorspace=Colorspace.ITU709,
        dst_colorspace=Colorspace.ITU709,
        src_color_range=ColorRange.JPEG,
        dst_color_range=ColorRange.MPEG,
    )
    frame.pts, frame.time_base = index, Fraction(1, FPS)
    return frame


def _blocks(sound: Stereo) -> Iterator[av.AudioFrame]:
    for start in range(0, len(sound), _AAC_FRAME):
        planes = np.ascontiguousarray(sound[start : start + _AAC_FRAME].T, np.float32)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts = RATE_HZ, start
        frame.time_base = Fraction(1, RATE_HZ)
        yield frame
