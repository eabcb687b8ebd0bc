"""Sound to speech features: the one front end of node, training and measurement."""

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
"""What the embedding looks at: 76 mel frames, 782 ms."""
MEL_BANDS: Final = 32
ROW_WIDTH: Final = 96
SILENT_MEL: Final = -8.0
"""What the mel model makes of digital silence, scaled (contract-tested)."""
SILENT_HOPS: Final = -(-FRAMES_PER_ROW // FRAMES_PER_HOP)
"""After so many silent hops the embedding sees nothing else."""

_SILENCE: Final = np.full((FRAMES_PER_HOP, MEL_BANDS), SILENT_MEL, np.float32)

Melspectrogram = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""float32 [1760] at the scale of int16 (±32767) -> float32 [8, 32], in decibels."""

Embedding = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Scaled mel frames, float32 [76, 32] -> float32 [96]."""


@dataclass(frozen=True, slots=True)
class Features:
    """The two frozen models of the front end."""

    melspectrogram: Melspectrogram
    embedding: Embedding


class LateFrontEnd:
    """Takes in a stream of sound, and makes the row of a hop only when it is asked for.

    Mel frames cost a tenth of a row: who needs no rows for a while pays no more than that. Any
    chunking of the same sound gives the same rows: the mel model, which clips each call relative
    to its own loudest part, is always asked for one hop. Before the first sample lies silence.
    Thread: any, but one at a time.

    Args:
        features: the two models.
        kept: so many hops back a row can be asked for.
    """

    def __init__(self, features: Features, kept: int) -> None:
        self._features, self._kept_hops = features, kept + SILENT_HOPS
        self._silent_row: NDArray[np.float32] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far, as when the microphone reopens."""
        self._kept: Pcm = np.zeros(OVERLAP_SAMPLES, np.int16)
        silence: list[NDArray[np.float32] | None] = [None] * SILENT_HOPS
        self._mels = deque(silence, self._kept_hops)
        self._heard = 0

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
            self._mels.append(self._mel(sound[first : first + OVERLAP_SAMPLES + HOP_SAMPLES]))
            self._heard += 1
            yield self._heard - 1

    def row(self, hop: int) -> NDArray[np.float32]:
        """The row of a hop, float32 [96]. Raises `IndexError` for one no longer kept."""
        last = len(self._mels) - (self._heard - hop)
        if not SILENT_HOPS <= last + 1 <= len(self._mels):
            raise IndexError(f"hop {hop} of {self._heard}")
        mels = [self._mels[place] for place in range(last + 1 - SILENT_HOPS, last + 1)]
        if any(mel is not None for mel in mels):
            whole = np.concatenate([_SILENCE if mel is None else mel for mel in mels])
            return self._features.embedding(whole[-FRAMES_PER_ROW:])
        if self._silent_row is None:
            self._silent_row = self._features.embedding(
                np.full((FRAMES_PER_ROW, MEL_BANDS), SILENT_MEL, np.float32)
            )
        return self._silent_row

    def _mel(self, sound: Pcm) -> NDArray[np.float32] | None:
        """The frames of a hop at the scale that the embedding was trained at; None: silence."""
        if not sound.any():
            return None
        mel = self._features.melspectrogram(sound.astype(np.float32))
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
