"""The far end: the booth's own sound, laid beside what the microphone heard at the same moment.

Two clocks are at work, that of the program or its loudspeaker and that of the microphone. The first
block of each is matched by `loop.time()`; from then on only samples are counted, so that late
callbacks shift nothing, and `drift_ppm` says by how much the clocks differ.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.audio.resample import To16k, one_channel, to_pcm
from node.media import SAMPLE_RATE_HZ, SPEECH_RATE_HZ, AudioChunk, Pcm, SpeechChunk

KEPT_S: Final = 4.0
"""So much of the far end is remembered: the longest delay and what waits."""
EARLY_S: Final = 0.015
"""The far end is given so much ahead of its echo: the filter learns what comes after, never
what comes before; a callback's jitter at the next opening fits in."""
SLIP_S: Final = 0.2
"""Samples that come so much later or earlier than counted mean that some were lost or held up:
sound servers do so when they start."""
FOLLOW: Final = 0.01
"""Of what is left of a slip, so much is taken for drift with each piece: lateness evens out over
seconds, and 300 ppm stay below 1 ms."""
TAPS, PHASES = 16, 512


class FarEnd:
    """Remembers what was played and gives, for each block heard, what echoes in it.

    `delay_s` is the echo's delay against `loop.time()` as `find_delay` measures it over blocks that
    were taken with 0; `drift_ppm` is how much faster the microphone counts than the far end.
    `missing` counts samples that were asked for and not known: given as silence.
    """

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self.delay_s = delay_s
        self.missing = 0
        self._drift_ppm = 0.0
        self._to_16k = To16k(SAMPLE_RATE_HZ)
        self._kept = np.zeros(round(KEPT_S * SPEECH_RATE_HZ), np.float32)
        self._end = 0
        self._next_48k: int | None = None
        self._began_s = 0.0
        self._match: _Match | None = None
        self._put_clock, self._taken_clock = _Clock(), _Clock()

    @property
    def drift_ppm(self) -> float:
        """How much faster the microphone counts."""
        return self._drift_ppm

    @drift_ppm.setter
    def drift_ppm(self, ppm: float) -> None:
        if self._match is not None:
            self._match = self._match.turned(ppm)
        self._drift_ppm = ppm

    def put(self, chunk: AudioChunk) -> None:
        """What the loudspeaker begins to play at `captured_s`; a jump of `pts_48k` is silence."""
        if self._next_48k is None or not 0 <= chunk.pts_48k - self._next_48k <= SAMPLE_RATE_HZ:
            self._begin(chunk)
        elif self._put_clock.has_slipped(chunk.pts_48k / SAMPLE_RATE_HZ, chunk.captured_s):
            self._began_s = chunk.captured_s - self._end / SPEECH_RATE_HZ
            self._match = None
        if gap := chunk.pts_48k - (self._next_48k or chunk.pts_48k):
            self._lay(np.zeros((gap, 2), np.float32))
        self._next_48k = chunk.pts_48k + len(chunk.samples)
        self._lay(chunk.samples)

    def take(self, near: SpeechChunk) -> Pcm:
        """The far end for a block heard, int16 of the same length; silence before the first put."""
        count = len(near.pcm)
        if self._next_48k is None:
            return np.zeros(count, np.int16)
        has_slipped = self._taken_clock.has_slipped(near.at_16k / SPEECH_RATE_HZ, near.captured_s)
        if self._match is None or has_slipped or near.at_16k < self._match.near:
            began_s = near.captured_s - count / SPEECH_RATE_HZ
            at = (began_s - self._began_s) * SPEECH_RATE_HZ
            self._match = _Match(near.at_16k, at, self._drift_ppm)
        early = EARLY_S if self.delay_s else 0.0
        shift = (self.delay_s - early) * SPEECH_RATE_HZ
        return to_pcm(self._read(self._match.far_at(near.at_16k, count) - shift))

    def forget(self) -> None:
        """The microphone was opened anew: its count begins at 0 again."""
        self._match, self._taken_clock = None, _Clock()

    def _begin(self, chunk: AudioChunk) -> None:
        self._to_16k = To16k(SAMPLE_RATE_HZ)
        self._kept[:] = 0
        self._end, self._began_s, self._match = 0, chunk.captured_s, None
        self._next_48k, self._put_clock = None, _Clock()

    def _lay(self, samples: NDArray[np.float32]) -> None:
        sound = self._to_16k.feed(one_channel(samples))[-len(self._kept) :]
        self._kept = np.concatenate((self._kept[len(sound) :], sound))
        self._end += len(sound)

    def _read(self, at: NDArray[np.float64]) -> NDArray[np.float32]:
        """The far end at fractional places, by windowed sinc."""
        whole = np.floor(at).astype(np.int64)
        phase = np.rint((at - whole) * PHASES).astype(np.int64)
        first = whole - (self._end - len(self._kept)) - TAPS // 2 + 1
        is_known = (first >= 0) & (first <= len(self._kept) - TAPS)
        self.missing += int(np.count_nonzero(~is_known))
        places = np.where(is_known, first, 0)[:, None] + np.arange(TAPS)
        read: NDArray[np.float32] = np.einsum("nt,nt->n", self._kept[places], _SINC[phase])
        return np.where(is_known, read, np.float32(0))


class _Clock:
    """Whether a stream's count still goes with the time."""

    def __init__(self) -> None:
        self._late_s: float | None = None

    def has_slipped(self, counted_s: float, now_s: float) -> bool:
        """Whether this piece came far from where it should; it is then the new measure."""
        late_s = now_s - counted_s
        if self._late_s is None or abs(late_s - self._late_s) > SLIP_S:
            is_first, self._late_s = self._late_s is None, late_s
            return not is_first
        self._late_s += FOLLOW * (late_s - self._late_s)
        return False


class _Match:
    """Sample `near` of the microphone is place `far` of the far end, and how fast both count."""

    def __init__(self, near: int, far: float, ppm: float) -> None:
        self.near, self._far, self._rate = near, far, 1 - ppm * 1e-6
        self._last = near

    def far_at(self, near: int, count: int) -> NDArray[np.float64]:
        """Places for `count` samples from number `near`."""
        self._last = near
        counted = np.arange(near - self.near, near - self.near + count, dtype=np.float64)
        return self._far + counted * self._rate

    def turned(self, ppm: float) -> "_Match":
        """The same place now, another rate from here on."""
        return _Match(self._last, self._far + (self._last - self.near) * self._rate, ppm)


def _sinc_table() -> NDArray[np.float32]:
    """Taps by phase, [PHASES + 1, TAPS]: sinc under a Kaiser window (beta 8: -80 dB)."""
    phase = np.arange(PHASES + 1)[:, None] / PHASES
    at = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - phase
    window = np.i0(8.0 * np.sqrt(np.clip(1 - (at / (TAPS / 2)) ** 2, 0, 1))) / np.i0(8.0)
    table: NDArray[np.float32] = (np.sinc(at) * window).astype(np.float32)
    return table


_SINC: Final = _sinc_table()
