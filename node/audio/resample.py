"""Any sound as speech is heard here: 16 kHz, mono, int16, without a constant offset."""

from collections.abc import Iterator

import av
import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm

BLOCK_SAMPLES = 320
"""What a microphone delivers at once: 20 ms."""
OFFSET_S = 0.5
"""A constant offset is followed with this time constant: cheap cards have one, speech has none."""
FULL_SCALE = 32768.0
CLIPPED = 32766 / FULL_SCALE
"""A sample as loud as this stood at the converter's limit."""

Sound = NDArray[np.float32]
"""Any sound, float32 [n, channels], full scale ±1."""


Mono = NDArray[np.float32]
"""Sound of one channel, float32 [n], full scale ±1."""


class To16k:
    """Turns one channel of any rate into 16 kHz, 1 ms late (swresample; soxr is 37 ms late).

    What lies above 8 kHz is gone from 9 kHz on. One thread at a time.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._swr = av.AudioResampler("flt", "mono", SPEECH_RATE_HZ)

    def feed(self, mono: Mono) -> Mono:
        """What can be said of 16 kHz after these samples; any pieces give the same sound."""
        if self._rate_hz == SPEECH_RATE_HZ or not len(mono):
            return mono
        frame = av.AudioFrame.from_ndarray(mono[None], format="flt", layout="mono")
        frame.sample_rate = self._rate_hz
        return _joined(self._swr.resample(frame))

    def flush(self) -> Mono:
        """What is still held back; the next `feed` begins anew."""
        if self._rate_hz == SPEECH_RATE_HZ:
            return np.zeros(0, np.float32)
        rest = _joined(self._swr.resample(None))
        self._swr = av.AudioResampler("flt", "mono", SPEECH_RATE_HZ)
        return rest


class ToSpeech:
    """Turns sound of one rate into blocks of `BLOCK_SAMPLES`; any pieces give the same blocks.

    `channel` 0 takes the mean of all, 1 the first. `clipped` counts samples that came at full
    scale. One thread at a time.
    """

    def __init__(self, rate_hz: int, *, channel: int = 0, gain_db: float = 0.0) -> None:
        self._gain = np.float32(10 ** (gain_db / 20))
        self._channel = channel
        self._to_16k = To16k(rate_hz)
        self._rest = np.zeros(0, np.float32)
        self._offset: float | None = None
        self.clipped = 0

    def feed(self, sound: Sound) -> Iterator[Pcm]:
        """Whole blocks of int16 [320]; raises `ValueError` for a channel that is not there."""
        mono = one_channel(sound, self._channel)
        self.clipped += int(np.count_nonzero(np.abs(mono) >= CLIPPED))
        yield from self._blocks(self._to_16k.feed(mono))

    def flush(self) -> Iterator[Pcm]:
        """What is still held back; the last block may be shorter."""
        yield from self._blocks(self._to_16k.flush())
        if len(self._rest):
            yield self._levelled(self._rest)
        self._rest, self._offset = self._rest[:0], None

    def _blocks(self, mono: Mono) -> Iterator[Pcm]:
        waiting = np.concatenate((self._rest, mono))
        whole = len(waiting) // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._rest = waiting[whole:]
        for start in range(0, whole, BLOCK_SAMPLES):
            yield self._levelled(waiting[start : start + BLOCK_SAMPLES])

    def _levelled(self, block: Mono) -> Pcm:
        """The block without its offset, which moves evenly from the last estimate to the next."""
        mean = float(block.mean())
        before = mean if self._offset is None else self._offset
        share = min(1.0, len(block) / (OFFSET_S * SPEECH_RATE_HZ))
        self._offset = before + share * (mean - before)
        steps = np.arange(1, len(block) + 1, dtype=np.float32) / np.float32(len(block))
        level = block - (np.float32(before) + np.float32(self._offset - before) * steps)
        return to_pcm(level * self._gain)


def one_channel(sound: Sound, channel: int = 0) -> Mono:
    """Channel 1, 2, ... of a sound, 0 the mean of all; raises `ValueError` for one too many."""
    if channel > sound.shape[1]:
        raise ValueError(f"channel {channel} of {sound.shape[1]}")
    mono = sound[:, channel - 1] if channel else sound.mean(axis=1)
    return np.ascontiguousarray(mono, np.float32)


def to_pcm(mono: Mono) -> Pcm:
    """Float samples, full scale ±1, as int16; what is louder is clipped."""
    limited = np.clip(np.rint(mono * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1)
    pcm: Pcm = limited.astype(np.int16)
    return pcm


def from_pcm(pcm: Pcm) -> Mono:
    """Int16 samples as float32, full scale ±1."""
    sound: Mono = pcm.astype(np.float32) / np.float32(FULL_SCALE)
    return sound


def _joined(frames: list[av.AudioFrame]) -> Mono:
    pieces = [np.frombuffer(memoryview(one.planes[0]), np.float32)[: one.samples] for one in frames]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
