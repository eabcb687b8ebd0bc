"""Any sound as speech is heard here: 16 kHz, mono, int16, without a constant offset."""

from collections.abc import Iterator

import numpy as np
import soxr
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


class ToSpeech:
    """Turns sound of one rate into blocks of `BLOCK_SAMPLES`; any pieces give the same blocks.

    `channel` 0 takes the mean of all, 1 the first. `clipped` counts samples that came at full
    scale. One thread at a time.
    """

    def __init__(self, rate_hz: float, *, channel: int = 0, gain_db: float = 0.0) -> None:
        self._gain = np.float32(10 ** (gain_db / 20))
        self._channel = channel
        self._soxr = (
            None if rate_hz == SPEECH_RATE_HZ else soxr.ResampleStream(rate_hz, SPEECH_RATE_HZ, 1)
        )
        self._rest = np.zeros(0, np.float32)
        self._offset: float | None = None
        self.clipped = 0

    def feed(self, sound: Sound) -> Iterator[Pcm]:
        """Whole blocks of int16 [320]; raises `ValueError` for a channel that is not there."""
        if self._channel > sound.shape[1]:
            raise ValueError(f"channel {self._channel} of {sound.shape[1]}")
        mono = sound[:, self._channel - 1] if self._channel else sound.mean(axis=1)
        mono = np.ascontiguousarray(mono, np.float32)
        self.clipped += int(np.count_nonzero(np.abs(mono) >= CLIPPED))
        yield from self._blocks(mono if self._soxr is None else self._soxr.resample_chunk(mono))

    def flush(self) -> Iterator[Pcm]:
        """What is still held back; the last block may be shorter."""
        if self._soxr is not None:
            yield from self._blocks(self._soxr.resample_chunk(np.zeros(0, np.float32), last=True))
            self._soxr.clear()
        if len(self._rest):
            yield self._levelled(self._rest)
        self._rest, self._offset = self._rest[:0], None

    def _blocks(self, mono: NDArray[np.float32]) -> Iterator[Pcm]:
        waiting = np.concatenate((self._rest, mono))
        whole = len(waiting) // BLOCK_SAMPLES * BLOCK_SAMPLES
        self._rest = waiting[whole:]
        for start in range(0, whole, BLOCK_SAMPLES):
            yield self._levelled(waiting[start : start + BLOCK_SAMPLES])

    def _levelled(self, block: NDArray[np.float32]) -> Pcm:
        """The block without its offset, which moves evenly from the last estimate to the next."""
        mean = float(block.mean())
        before = mean if self._offset is None else self._offset
        share = min(1.0, len(block) / (OFFSET_S * SPEECH_RATE_HZ))
        self._offset = before + share * (mean - before)
        steps = np.arange(1, len(block) + 1, dtype=np.float32) / np.float32(len(block))
        level = block - (np.float32(before) + np.float32(self._offset - before) * steps)
        return to_pcm(level * self._gain)


def to_pcm(mono: NDArray[np.float32]) -> Pcm:
    """Float samples, full scale ±1, as int16; what is louder is clipped."""
    limited = np.clip(np.rint(mono * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1)
    pcm: Pcm = limited.astype(np.int16)
    return pcm


def from_pcm(pcm: Pcm) -> NDArray[np.float32]:
    """Int16 samples as float32, full scale ±1."""
    sound: NDArray[np.float32] = pcm.astype(np.float32) / np.float32(FULL_SCALE)
    return sound
