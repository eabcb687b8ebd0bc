"""Sound to speech features: the one front end of node, training and measurement."""

from collections.abc import Callable
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

Melspectrogram = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""float32 [1760] at the scale of int16 (±32767) -> float32 [8, 32], in decibels."""

Embedding = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""Scaled mel frames, float32 [76, 32] -> float32 [96]."""


@dataclass(frozen=True, slots=True)
class Features:
    """The two frozen models of the front end."""

    melspectrogram: Melspectrogram
    embedding: Embedding


class FrontEnd:
    """Turns a stream of sound into rows of features, one for each whole 80 ms.

    Any chunking of the same sound gives the same rows: the mel model, which clips each call
    relative to its own loudest part, is always asked for one hop. Before the first sample lies
    silence. Digital silence costs nothing. Thread: any, but one at a time.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._silent_row: NDArray[np.float32] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far, as when the microphone reopens."""
        self._kept: Pcm = np.zeros(OVERLAP_SAMPLES, np.int16)
        self._frames = np.full((FRAMES_PER_ROW, MEL_BANDS), SILENT_MEL, np.float32)
        self._silent_hops = SILENT_HOPS

    def feed(self, pcm: Pcm) -> Rows:
        """The rows that `pcm` completes, float32 [k, 96], k >= 0.

        Raises:
            TypeError: for sound that is not int16; at another scale nothing would be recognised.
        """
        if pcm.dtype != np.int16:
            raise TypeError(f"sound is {pcm.dtype}, expected int16")
        sound = np.concatenate((self._kept, pcm))
        count = (len(sound) - OVERLAP_SAMPLES) // HOP_SAMPLES
        rows = np.empty((count, ROW_WIDTH), np.float32)
        for number in range(count):
            first = number * HOP_SAMPLES
            rows[number] = self._row(sound[first : first + OVERLAP_SAMPLES + HOP_SAMPLES])
        self._kept = sound[count * HOP_SAMPLES :].copy()
        return rows

    def _row(self, sound: Pcm) -> NDArray[np.float32]:
        self._frames[:-FRAMES_PER_HOP] = self._frames[FRAMES_PER_HOP:]
        if sound.any():
            mel = self._features.melspectrogram(sound.astype(np.float32))
            self._frames[-FRAMES_PER_HOP:] = mel / 10 + 2  # the scale the embedding was trained at
            self._silent_hops = 0
        else:
            self._frames[-FRAMES_PER_HOP:] = SILENT_MEL
            self._silent_hops += 1
        if self._silent_hops < SILENT_HOPS:
            return self._features.embedding(self._frames)
        if self._silent_row is None:
            self._silent_row = self._features.embedding(self._frames)
        return self._silent_row
