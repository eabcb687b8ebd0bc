"""One look through a clip's pictures and one listen to its sound, with what to warn of.

Thread: any; both read the whole file.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorTrc

from node.catalog.inspection import Span
from node.clips.file import ClipFile, Timing
from node.clips.gaps import BlackMeter, SilenceMeter
from node.clips.loudness import Loudness, LoudnessMeter
from node.clips.pictures import TRUNCATED_S
from node.decode.fit import letterbox, matrix_of
from node.decode.sound import Resampler
from node.errors import AssetError
from node.media import SAMPLE_RATE_HZ, Size

Progress = Callable[[float], None]
"""Is told the part done, 0..1."""

LARGEST_ZOOM = 2
"""A clip that has to be enlarged more looks soft."""
HDR_TRANSFERS = {ColorTrc.SMPTE2084, ColorTrc.ARIB_STD_B67}


@dataclass(frozen=True, slots=True)
class PictureSurvey:
    """`seconds`: from media time 0 to the end of the last picture; `rotation`: degrees."""

    seconds: float
    rotation: int
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SoundSurvey:
    """`seconds`: from media time 0 to the end of the sound; `loudness` is None for silence.

    `silent` are stretches of more than 2 s, to the end of the sound.
    """

    seconds: float
    loudness: Loudness | None
    damaged: int
    silent: tuple[Span, ...] = ()


def look(clip: ClipFile, path: Path, size: Size, report: Progress) -> PictureSurvey:
    """Read the pictures' timestamps and decode the first for a program of `size`.

    Raises `AssetError` when no picture can be decoded.
    """
    first: av.VideoFrame | None = None
    timing, ends_s = clip.timing, clip.timing.origin_s
    for packet in _packets(clip):
        first = first or _first_picture(clip, packet)
        if packet.pts is not None and not packet.is_discard:
            ends_s = max(ends_s, _end_s(packet, timing))
            report(_part(ends_s, timing))
    if first is None:
        raise AssetError(f"{path}: no picture can be decoded")
    seconds = ends_s - timing.origin_s
    warnings = _picture_warnings(clip, first, size, seconds)
    return PictureSurvey(seconds, first.rotation % 360, tuple(warnings))


def listen(clip: ClipFile, report: Progress) -> SoundSurvey:
    """Decode all sound and measure it as the player gives it, without gain."""
    meter, resampler = LoudnessMeter(), Resampler()
    origin = round(clip.timing.origin_s * SAMPLE_RATE_HZ)
    silence = SilenceMeter(origin)
    end = origin
    damaged = 0
    for packet in _packets_of_sound(clip):
        try:
            for frame in packet.decode():
                for first, samples in resampler.feed(frame):
                    meter.feed(samples)
                    silence.feed(first, samples)
                    end = first + len(samples)
        except (av.FFmpegError, ValueError):
            damaged += 1
        report(_part(end / SAMPLE_RATE_HZ, clip.timing))
    for first, samples in resampler.flush():
        meter.feed(samples)
        silence.feed(first, samples)
        end = first + len(samples)
    seconds = (end - origin) / SAMPLE_RATE_HZ
    return SoundSurvey(seconds, meter.result(), damaged, silence.result(end))


def watch(clip: ClipFile, report: Progress, *, threads: int) -> tuple[Span, ...]:
    """Decode all pictures; the stretches that are black for more than 0.5 s.

    By so many `threads`; 0 is one for each core.
    """
    clip.picture.thread_type = "AUTO"
    clip.picture.codec_context.thread_count = threads
    meter, timing = BlackMeter(), clip.timing
    for packet in _packets(clip):
        try:
            for frame in clip.picture.decode(packet):
                if frame.time is not None:
                    meter.feed(frame.time - timing.origin_s, frame)
                    report(_part(frame.time, timing))
        except (av.FFmpegError, ValueError):
            continue  # a damaged picture; the player shows the one before it
    return meter.result(timing.source_tick_s)


def _packets(clip: ClipFile) -> "Iterator[av.Packet[av.VideoStream]]":
    """All packets of the picture; a file that cannot be read on ends there."""
    try:
        yield from clip.container.demux(clip.picture)
    except av.FFmpegError:
        return


def _packets_of_sound(clip: ClipFile) -> "Iterator[av.Packet[av.AudioStream]]":
    try:
        if clip.sound is not None:
            yield from clip.container.demux(clip.sound)
    except av.FFmpegError:
        return


def _first_picture(
    clip: ClipFile, packet: "av.Packet[av.VideoStream]"
) -> av.VideoFrame | None:  # fmt: skip
    try:
        return next(iter(clip.picture.decode(packet)), None)
    except av.FFmpegError:
        return None


def _end_s(packet: "av.Packet[av.VideoStream]", timing: Timing) -> float:
    length_s = float((packet.duration or 0) * packet.time_base) or timing.source_tick_s
    return float((packet.pts or 0) * packet.time_base) + length_s


def _part(time_s: float, timing: Timing) -> float:
    if not timing.duration_s:
        return 0.0
    return max(0.0, min(1.0, (time_s - timing.origin_s) / timing.duration_s))


def _picture_warnings(
    clip: ClipFile, first: av.VideoFrame, size: Size, seconds: float
) -> Iterator[str]:
    stated_s = clip.timing.duration_s
    if stated_s is not None and seconds < stated_s - TRUNCATED_S:
        yield f"ends at {seconds:.1f} s, though its head says {stated_s:.1f} s: cut off?"
    aspect = clip.picture.sample_aspect_ratio or Fraction(1)
    matrix = matrix_of(first)
    box = letterbox(first.width, first.height, aspect, matrix, size)
    if box.width * box.height > first.width * first.height * LARGEST_ZOOM**2:
        yield f"{first.width}x{first.height} is small for a program of {size}: it will look soft"
    if first.color_trc in HDR_TRANSFERS:
        yield "HDR: shown without tone mapping, its colours will look pale"
    if first.interlaced_frame:
        yield "interlaced: made progressive while it plays, which costs processor time"
