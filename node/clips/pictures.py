"""The pictures of one pass through a clip, in order, each with the program frames it is shown for.

Thread: all of it belongs to the player's decoder thread.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
from av.codec.context import ThreadType
from av.container import InputContainer

from node.clips.file import ClipFile, Timing, open_clip, reason
from node.clips.losses import Losses
from node.decode.fit import Fitter
from node.decode.progressive import Deinterlacer
from node.errors import AssetError
from node.media import Pixels, Size

DECODER_THREADS = 2
"""Frame threads: each holds one more picture and delays the first by one tick (measured:
tests/bench/bench_clips.py)."""
STEP_BACK_S = (0.0, 2.0, 10.0)
"""How far before the wanted time to look for a place to begin; MPEG-TS seeks may land late."""
TRUNCATED_S = 0.5
"""A clip that ends so much before its stated length is broken."""


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """One picture and the program frames [first, stop) of the clip that show it."""

    pixels: Pixels
    first: int
    stop: int


def length_frames(path: Path, fps: int) -> int:
    """Program frames in one pass by the container's word, >= 1. Raises `AssetError`."""
    with open_clip(path) as clip:
        timing = clip.timing
        return timing.end_tick(timing.origin_s + (timing.duration_s or 0.0), fps)


class Pictures:
    """Decodes one pass and maps it to program frames."""

    def __init__(self, path: Path, size: Size, fps: int) -> None:
        self._path = path
        self._size = size
        self._fps = fps
        self._fitter = Fitter(size)
        self._losses: Losses | None = None
        self.broke: AssetError | None = None

    @property
    def damaged(self) -> int:
        """Pictures lost so far: damaged, leaning on damaged ones, or missing from the file."""
        return self._losses.count if self._losses else 0

    def shown(self, first: int) -> Generator[Shown]:
        """Pictures from program frame `first` on; the first one's `first` is exactly that.

        Raises `AssetError` when the file cannot be opened or holds no picture at all; a clip that
        breaks later just ends, with the reason in `broke`.
        """
        with open_clip(self._path) as clip:
            clip.picture.thread_type = ThreadType.FRAME
            clip.picture.thread_count = DECODER_THREADS
            self._fitter = Fitter(self._size, clip.picture.sample_aspect_ratio)
            held: av.VideoFrame | None = None
            held_from, ends_s = first, clip.timing.origin_s
            for frame, time_s in self._from(clip, first):
                tick = clip.timing.tick(time_s, self._fps)
                if held is not None and tick > held_from:
                    yield Shown(self._fitter.fit(held), held_from, tick)
                    held_from = tick
                held, ends_s = frame, time_s + _length_s(frame, clip.timing)
            if held is None:
                self._check_is_past_end(clip, first)
                return
            if self._losses is not None:
                ends_s = max(ends_s, self._losses.held_s + clip.timing.source_tick_s)
            stop = clip.timing.end_tick(ends_s, self._fps)
            if stop > held_from:
                yield Shown(self._fitter.fit(held), held_from, stop)
            self._check_length(clip.timing, ends_s)

    def _from(self, clip: ClipFile, first: int) -> Iterator[tuple[av.VideoFrame, float]]:
        """Pictures with their times, beginning with one that is shown at or before `first`."""
        wanted_s = clip.timing.origin_s + first / self._fps
        for back_s in STEP_BACK_S if first else ():
            if not _seek(clip, wanted_s - back_s):
                continue
            frames = self._timed(clip)
            begin = next(frames, None)
            if begin is not None and clip.timing.tick(begin[1], self._fps) <= first:
                yield begin
                yield from frames
                return
        if first and not _seek(clip, clip.timing.origin_s):
            self.broke = AssetError(f"{self._path}: cannot be searched")
            return
        yield from self._timed(clip)

    def _timed(self, clip: ClipFile) -> Iterator[tuple[av.VideoFrame, float]]:
        """Decoded pictures with rising times; one without a timestamp follows its predecessor."""
        time_s = clip.timing.origin_s - clip.timing.source_tick_s
        deinterlacer = Deinterlacer()
        for decoded in self._decoded(clip):
            for frame in deinterlacer.feed(decoded):
                time_s = _time_s(frame, time_s + clip.timing.source_tick_s)
                yield frame, time_s
        for frame in deinterlacer.flush():
            time_s = _time_s(frame, time_s + clip.timing.source_tick_s)
            yield frame, time_s

    def _decoded(self, clip: ClipFile) -> Iterator[av.VideoFrame]:
        """Pictures that are whole, in the order of showing."""
        losses = self._losses = Losses(clip.timing)
        for packet in self._packets(clip.container, clip.picture):
            if packet is not None and packet.is_corrupt:
                losses.lost(packet.pts)
            try:
                frames = clip.picture.decode(packet)
            except av.FFmpegError:
                losses.lost(packet.pts if packet else None)
                continue
            yield from filter(losses.is_whole, frames)

    def _packets(
        self, container: InputContainer, stream: av.VideoStream
    ) -> "Iterator[av.Packet[av.VideoStream] | None]":
        try:
            yield from container.demux(stream)
        except av.FFmpegError as error:
            self.broke = AssetError(f"{self._path}: cannot be read on: {reason(error)}")
            yield None

    def _check_is_past_end(self, clip: ClipFile, first: int) -> None:
        duration_s = clip.timing.duration_s
        is_past_end = first > 0 and duration_s is not None and first / self._fps >= duration_s
        if not is_past_end:
            raise self.broke or AssetError(f"{self._path}: no picture can be decoded")

    def _check_length(self, timing: Timing, ends_s: float) -> None:
        reached_s = ends_s - timing.origin_s
        if timing.duration_s is not None and reached_s < timing.duration_s - TRUNCATED_S:
            self.broke = self.broke or AssetError(
                f"{self._path}: ends at {reached_s:.1f} s of {timing.duration_s:.1f} s"
            )


def _seek(clip: ClipFile, time_s: float) -> bool:
    base = clip.picture.time_base
    if base is None:
        return False
    try:
        clip.container.seek(int(time_s / base), stream=clip.picture)
    except av.FFmpegError:
        return False
    return True


def _time_s(frame: av.VideoFrame, expected_s: float) -> float:
    return expected_s if frame.pts is None else frame.time


def _length_s(frame: av.VideoFrame, timing: Timing) -> float:
    if frame.duration and frame.time_base is not None:
        return float(frame.duration * frame.time_base)
    return timing.source_tick_s
