"""A clip's file: opened with care, its picture and sound streams found, its times understood."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Discard, Disposition

from node.errors import AssetError

FORMATS = (
    "mov,mp4,matroska,webm,mpegts,mpeg,mpegvideo,avi,flv,ogg,asf,mxf,ivf,obu,h264,hevc,m4v,"
    "dv,gif,nut,rm,wtv,yuv4mpegpipe"
)
"""What may be a clip. Not in it: pictures, playlists that fetch other files, text (which FFmpeg
would play as a terminal session)."""
LEAD_S = 0.1
"""Sound may begin so much before the first picture and is cut; more and the picture waits."""
GUESSED_FPS = 25
"""Taken when neither container nor codec tells a rate."""
ROUNDING = 0.45
"""Part of a tick by which a picture may come early. Just under a half, so that rates that are
simple multiples (50 into 30, 24 into 30, 15 into 30) never stand on the edge between two ticks."""

EVEN = 0.01
"""Where the mean rate, the finest one and that of the codec differ by less than this part, they are
one. Containers alone tell of an even rate where there is none (Matroska)."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How a file's timestamps become media time; media time 0 is the clip's first frame.

    `is_even`: container and codec agree that the pictures follow each other at one rate.
    """

    origin_s: float
    source_tick_s: float
    duration_s: float | None
    is_even: bool = False

    def tick(self, time_s: float, fps: int) -> int:
        """The first program frame, from 0, that shows a picture stamped `time_s`.

        That is the first k with time <= k / fps + `ROUNDING` of the shorter tick.
        """
        early_s = ROUNDING * min(self.source_tick_s, 1 / fps)
        exact = (time_s - self.origin_s - early_s) * fps
        return max(0, -int(-exact // 1))

    def end_tick(self, time_s: float, fps: int) -> int:
        """The number of program frames of a clip whose last picture ends at `time_s`; >= 1."""
        return max(1, round((time_s - self.origin_s) * fps))


@dataclass(frozen=True, slots=True, eq=False)
class ClipFile:
    """An open clip with its chosen streams."""

    container: InputContainer
    picture: av.VideoStream
    sound: av.AudioStream | None
    timing: Timing


@contextmanager
def open_clip(path: Path) -> Iterator[ClipFile]:
    """The clip's file, open as long as the `with` block.

    Raises `AssetError` with path and reason when it is missing or no moving picture. Thread: any.
    """
    container = _open(path)
    try:
        picture = _picture_stream(container, path)
        sound = _sound_stream(container)
        for stream in container.streams:
            stream.discard = Discard.default if stream in {picture, sound} else Discard.all
        yield ClipFile(container, picture, sound, _timing(container, picture, sound))
    finally:
        container.close()


def reason(error: Exception) -> str:
    """What FFmpeg or the system says, without the file's name, its first letter small."""
    known = error.strerror if isinstance(error, av.FFmpegError | OSError) else None
    text = known or str(error)
    return text[:1].lower() + text[1:]


def _open(path: Path) -> InputContainer:
    if not path.is_file():
        raise AssetError(f"{path}: no such file")
    if path.stat().st_size == 0:
        raise AssetError(f"{path}: the file is empty")
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    try:
        return av.open(f"file:{path.absolute()}", "r", options=options, metadata_errors="replace")
    except (av.FFmpegError, OSError) as error:
        raise AssetError(f"{path}: not a clip that can be played: {reason(error)}") from error


def _picture_stream(container: InputContainer, path: Path) -> av.VideoStream:
    moving = [
        stream
        for stream in container.streams.video
        if not stream.disposition & (Disposition.attached_pic | Disposition.still_image)
    ]
    if not moving:
        raise AssetError(f"{path}: has no moving picture")
    moving.sort(key=lambda stream: not stream.disposition & Disposition.default)
    chosen = moving[0]
    if chosen.codec_context is None:
        raise AssetError(f"{path}: no decoder for its picture")
    if not chosen.width or not chosen.height:
        raise AssetError(f"{path}: its picture has no size")
    return chosen


def _sound_stream(container: InputContainer) -> av.AudioStream | None:
    tracks = sorted(
        container.streams.audio, key=lambda stream: not stream.disposition & Disposition.default
    )
    return tracks[0] if tracks else None


def _timing(
    container: InputContainer, picture: av.VideoStream, sound: av.AudioStream | None
) -> Timing:
    starts = _start_s(picture)
    begins_s = 0.0 if starts is None else starts
    sound_s = None if sound is None else _start_s(sound)
    if sound_s is not None and sound_s < begins_s - LEAD_S:
        begins_s = sound_s
    rate = picture.average_rate or picture.guessed_rate or Fraction(GUESSED_FPS)
    duration_s = None
    if picture.duration is not None and picture.time_base is not None:
        duration_s = float(picture.duration * picture.time_base)
    elif container.duration is not None:
        duration_s = container.duration / av.time_base
    told = picture.base_rate, picture.codec_context.framerate
    is_even = all(one is not None and abs(one / rate - 1) < EVEN for one in told)
    return Timing(begins_s, float(1 / rate), duration_s, is_even)


def _start_s(stream: av.VideoStream | av.AudioStream) -> float | None:
    if stream.start_time is None or stream.time_base is None:
        return None
    return float(stream.start_time * stream.time_base)
