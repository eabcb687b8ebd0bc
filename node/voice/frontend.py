"""Sound to speech features: the one front end of node, training and measurement."""

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.media import Pcm

Rows = NDArray[np.float32]
"""Speech features, float32 [k, 96], one row for each 80 ms."""

HOP_SAMPLES: Final = 1280
"""One row of features: 80 ms, eight mel frames of 160 samples."""
OVERLAP_SAMPLES: Final = 480
"""What a hop needs of the sound before it: a mel frame looks at 512 samples, 160 apart, so that
480 + 1280 samples make exactly eight frames (openWakeWord's streaming front end)."""
FRAMES_PER_HOP: Final = 8
FRAMES_PER_ROW: Final = 76
"""What a row comes of: 76 mel frames, 782 ms."""
MEL_BANDS: Final = 32
ROW_WIDTH: Final = 96
SILENT_MEL: Final = -8.0
"""What the mel model makes of digital silence, scaled (contract-tested)."""
HOPS_SEEN: Final = -(-FRAMES_PER_ROW // FRAMES_PER_HOP)
"""The embedding sees no more than the last ten hops."""

_SILENCE: Final = np.full((FRAMES_PER_HOP, MEL_BANDS), SILENT_MEL, np.float32)

Melspectrogram = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""float32 [1760] at the scale of int16 (±32767) -> float32 [8, 32], in decibels."""

Embedding = Callable[
    [NDArray[np.float32], NDArray[np.float32]], tuple[NDArray[np.float32], NDArray[np.float32]]
]
"""A hop's scaled mel frames, float32 [8, 32], and the state left by the hops before, float32 [n]
-> row float32 [96], state. After ten hops nothing is left of the state of a beginning."""


@dataclass(frozen=True, slots=True)
class Features:
    """The two frozen models of the front end; `state` numbers pass from hop to hop."""

    melspectrogram: Melspectrogram
    embedding: Embedding
    state: int


class _Embedded:
    """The embedding going from hop to hop; silence that lasts costs nothing."""

    def __init__(self, features: Features) -> None:
        self._embedding = features.embedding
        nothing = np.zeros(features.state, np.float32)
        self._row: NDArray[np.float32] = np.empty(ROW_WIDTH, np.float32)
        self._state, self._silent_hops = nothing, 0
        self._in_silence: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def begin(self) -> None:
        """Begin as after long silence."""
        if self._in_silence is None:
            for _ in range(HOPS_SEEN):
                self._row, self._state = self._embedding(_SILENCE, self._state)
            self._in_silence = self._row, self._state
        self._row, self._state = self._in_silence
        self._silent_hops = HOPS_SEEN

    def step(self, mel: NDArray[np.float32] | None) -> NDArray[np.float32]:
        """The row after one more hop; None: a silent one."""
        self._silent_hops = self._silent_hops + 1 if mel is None else 0
        if self._silent_hops <= HOPS_SEEN:
            frames = _SILENCE if mel is None else mel
            self._row, self._state = self._embedding(frames, self._state)
        return self._row


@dataclass(slots=True)
class _Hop:
    """One that was heard: its mel frames, None for silence, and its row once it is made."""

    mel: NDArray[np.float32] | None
    row: NDArray[np.float32] | None = None


class LateFrontEnd:
    """Takes in a stream of sound, and makes the row of a hop only when it is asked for.

    Who needs no rows for a while pays for mel frames alone. Any chunking of the same sound, and
    any order of asking, gives the same rows: the mel model, which clips each call relative to its
    own loudest part, is always asked for one hop, and the embedding remembers no more than ten.
    Before the first sample lies silence. Thread: any, but one at a time.

    Args:
        features: the two models.
        kept: so many hops back a row can be asked for.
    """

    def __init__(self, features: Features, kept: int) -> None:
        self._melspectrogram = features.melspectrogram
        self._embedded = _Embedded(features)
        self._kept_hops = kept + HOPS_SEEN
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far, as when the microphone reopens."""
        self._kept: Pcm = np.zeros(OVERLAP_SAMPLES, np.int16)
        self._hops = deque((_Hop(None) for _ in range(HOPS_SEEN)), self._kept_hops)
        self._heard, self._embedded_hop = 0, -1 - HOPS_SEEN

    def hops(self, pcm: Pcm) -> Iterator[int]:
        """The numbers, from 0 on, of the hops that `pcm` completes; to be read to the end.

        Raises:
            TypeError: for sound that is not int16; at another scale nothing would be recognised.
        """
        if pcm.dtype != np.int16:
            raise TypeError(f"sound is {pcm.dtype}, expected int16")
        sound = np.concatenate((self._kept, pcm))
        count = (len(sound) - OVERLAP_SAMPLES) // HOP_SAMPLES
        self._kept = sound[count * HOP_SAMPLES :].copy()
        for first in range(0, count * HOP_SAMPLES, HOP_SAMPLES):
            piece = sound[first : first + OVERLAP_SAMPLES + HOP_SAMPLES]
            self._hops.append(_Hop(self._mel(piece)))
            self._heard += 1
            yield self._heard - 1

    def row(self, hop: int) -> NDArray[np.float32]:
        """The row of a hop, float32 [96]. Raises `IndexError` for one no longer kept."""
        oldest = self._heard - len(self._hops)
        if not oldest + HOPS_SEEN <= hop + 1 <= self._heard:
            raise IndexError(f"hop {hop} of {self._heard}")
        asked = self._hops[hop - oldest]
        if asked.row is None:
            asked.row = self._made(hop, oldest)
        return asked.row

    def _made(self, hop: int, oldest: int) -> NDArray[np.float32]:
        """Go on from the hop that was embedded last; where that is too far off, begin before."""
        goes_on = hop - HOPS_SEEN < self._embedded_hop < hop
        if not goes_on:
            self._embedded.begin()
        first = self._embedded_hop + 1 if goes_on else hop + 1 - HOPS_SEEN
        for passed in itertools.islice(self._hops, first - oldest, hop - oldest):
            row = self._embedded.step(passed.mel)
            if goes_on:
                passed.row = row
        self._embedded_hop = hop
        return self._embedded.step(self._hops[hop - oldest].mel)

    def _mel(self, sound: Pcm) -> NDArray[np.float32] | None:
        """The frames of a hop at the scale that the embedding was trained at; None: silence."""
        if not sound.any():
            return None
        mel = self._melspectrogram(sound.astype(np.float32))
        return np.asarray(mel / 10 + 2, np.float32)


class FrontEnd:
    """Turns a stream of sound into rows of features, one for each whole 80 ms.

    As `LateFrontEnd`, but makes every row at once. Digital silence costs nothing.
    """

    def __init__(self, features: Features) -> None:
        self._late = LateFrontEnd(features, 1)

    def reset(self) -> None:
        """Forget the sound so far, as when the microphone reopens."""
        self._late.reset()

    def feed(self, pcm: Pcm) -> Rows:
        """The rows that `pcm` completes, float32 [k, 96], k >= 0.

        Raises:
            TypeError: for sound that is not int16; at another scale nothing would be recognised.
        """
        rows = [self._late.row(hop) for hop in self._late.hops(pcm)]
        return np.stack(rows) if rows else np.empty((0, ROW_WIDTH), np.float32)
