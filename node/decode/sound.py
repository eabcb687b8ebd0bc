"""Any decoded sound as 48 kHz stereo float32, placed by its own timestamps."""

from collections import deque
from collections.abc import Iterator

import av
import numpy as np

from node.media import SAMPLE_RATE_HZ, Samples

JUMP_S = 0.02
"""A timestamp that differs by more from the sound before it is a gap or an overlap. Less is
rounding: Matroska and FLV count milliseconds, an AAC frame lasts 21.3 ms."""


class Resampler:
    """Turns one stream's sound into 48 kHz stereo float32; more channels are mixed down.

    Follows a rate or layout that changes on the way. Thread: any, but one at a time.
    """

    def __init__(self) -> None:
        self._swr: av.AudioResampler | None = None
        self._form = ("", "", 0)
        self._began_s = 0.0
        self._read = 0
        self._written = 0

    def feed(self, frame: av.AudioFrame) -> Iterator[tuple[int, Samples]]:
        """Pieces of sound, each with the number of its first sample, counted from time 0.

        Raises `av.FFmpegError` or `ValueError` for sound that swresample cannot read.
        """
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        expected_s = self._began_s + self._read / max(1, self._form[2])
        time_s = expected_s if frame.pts is None else float(frame.time or 0.0)
        if form != self._form or abs(time_s - expected_s) > JUMP_S:
            yield from self.flush()
            self._form, self._began_s, self._read, self._written = form, time_s, 0, 0
        if self._swr is None:
            self._swr = av.AudioResampler("flt", "stereo", SAMPLE_RATE_HZ)
        self._read += frame.samples
        frame.pts = None
        yield from self._place(self._swr.resample(frame))

    def flush(self) -> Iterator[tuple[int, Samples]]:
        """What the resampler still holds back; the next `feed` begins anew."""
        if self._swr is not None and self._form[2] != SAMPLE_RATE_HZ:
            yield from self._place(self._swr.resample(None))
        self._swr = None

    def _place(self, frames: list[av.AudioFrame]) -> Iterator[tuple[int, Samples]]:
        for frame in frames:
            first = round(self._began_s * SAMPLE_RATE_HZ) + self._written
            samples = interleaved(frame)
            self._written += len(samples)
            yield first, samples


class Timeline:
    """Sound pieces laid on a line of samples: gaps are silent, the later of two overlaps is cut.

    `read_to` is the number of the next sample to be taken.
    """

    def __init__(self, first: int) -> None:
        self._pieces: deque[tuple[int, Samples]] = deque()
        self._end = first
        self.read_to = first

    @property
    def end(self) -> int:
        """Number of the sample behind the last one laid down or read."""
        return self._end

    def lay(self, first: int, samples: Samples) -> None:
        """Lay down `samples`, the first of which is number `first`."""
        cut = max(0, self._end - first)
        if cut < len(samples):
            self._pieces.append((first + cut, samples[cut:]))
            self._end = first + len(samples)

    def take(self, count: int) -> Samples:
        """The next `count` samples, float32 [count, 2]; silent where nothing was laid down."""
        out = np.zeros((count, 2), np.float32)
        start, stop = self.read_to, self.read_to + count
        while self._pieces and self._pieces[0][0] < stop:
            first, samples = self._pieces[0]
            used = min(stop, first + len(samples)) - first
            out[first - start : first - start + used] = samples[:used]
            if used == len(samples):
                self._pieces.popleft()
            else:
                self._pieces[0] = (stop, samples[used:])
        self.read_to = stop
        self._end = max(self._end, stop)
        return out


def interleaved(frame: av.AudioFrame) -> Samples:
    """A packed stereo float frame as float32 [n, 2]; a view that keeps the frame alive."""
    line = np.frombuffer(memoryview(frame.planes[0]), np.float32)
    return line[: frame.samples * 2].reshape(-1, 2)
