"""The sound of one pass through a clip, as many samples at a time as the program asks for.

Thread: all of it belongs to the player's decoder thread.
"""

import logging
from collections.abc import Generator, Iterator
from pathlib import Path

import av

from node.clips.file import ClipFile, open_clip, reason
from node.decode.sound import Resampler, Timeline
from node.media import SAMPLE_RATE_HZ, Samples

log = logging.getLogger(__name__)

RUN_UP_S = 0.2
"""Sound is decoded from so much before the wanted place, so that overlapping transforms
(AAC, Opus) have settled when it is heard."""


class Track:
    """Reads a clip's sound by a file handle of its own, so that no interleaving can starve it."""

    def __init__(self, path: Path, *, first: int, gain: float) -> None:
        self._path = path
        self._first = first
        self._gain = gain
        self._timeline = Timeline(first)
        self._laying = self._lay()
        self.damaged = 0

    def take(self, count: int) -> Samples:
        """The next `count` samples, float32 [count, 2]; silence before, between and after."""
        wanted = self._timeline.read_to + count
        while self._timeline.end < wanted:
            if next(self._laying, None) is None:
                break
        samples = self._timeline.take(count)
        if self._gain != 1.0:
            samples *= self._gain
        return samples

    def close(self) -> None:
        """Close the file."""
        self._laying.close()

    def _lay(self) -> Generator[int]:
        """Lay piece after piece on the timeline; yields how far it reaches."""
        with open_clip(self._path) as clip:
            origin = round(clip.timing.origin_s * SAMPLE_RATE_HZ)
            if self._first:
                _seek(clip, (origin + self._first) / SAMPLE_RATE_HZ - RUN_UP_S)
            resampler = Resampler()
            try:
                for frame in self._decoded(clip):
                    for first, samples in resampler.feed(frame):
                        self._timeline.lay(first - origin, samples)
                    yield self._timeline.end
                for first, samples in resampler.flush():
                    self._timeline.lay(first - origin, samples)
                yield self._timeline.end
            except (av.FFmpegError, ValueError) as error:
                log.warning("%s: sound ends early: %s", self._path, reason(error))

    def _decoded(self, clip: ClipFile) -> Iterator[av.AudioFrame]:
        if clip.sound is None:
            return
        for packet in clip.container.demux(clip.sound):
            try:
                yield from clip.sound.decode(packet)
            except av.FFmpegError:
                self.damaged += 1


def _seek(clip: ClipFile, time_s: float) -> None:
    """Go near `time_s`; where a file cannot be searched, reading from its start does as well."""
    if clip.sound is None or clip.sound.time_base is None:
        return
    try:
        clip.container.seek(int(time_s / clip.sound.time_base), stream=clip.sound)
    except av.FFmpegError as error:
        log.debug("%s: %s", clip.container.name, reason(error))
