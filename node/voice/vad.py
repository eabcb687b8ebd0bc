"""How likely each 32 ms of sound holds speech, by Silero's model."""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.media import Pcm

WINDOW_SAMPLES: Final = 512
"""One answer of the model: 32 ms."""
CONTEXT_SAMPLES: Final = 64
"""What the model wants to see again of the window before; without, it runs and never fires."""
STATE_SHAPE: Final = (2, 1, 128)
FULL_SCALE: Final = 32768.0

SpeechModel = Callable[
    [NDArray[np.float32], NDArray[np.float32]], tuple[float, NDArray[np.float32]]
]
"""Sound float32 [576] within ±1 and state float32 [2, 1, 128] -> probability and next state."""


class Vad:
    """Tells speech from everything else, window by window; any chunking gives the same answers.

    Thread: any, but one at a time.
    """

    def __init__(self, model: SpeechModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far, as when the microphone reopens."""
        self._kept = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._state = np.zeros(STATE_SHAPE, np.float32)

    def feed(self, pcm: Pcm) -> list[float]:
        """Probability of speech, 0..1, for each whole window that `pcm` completes."""
        sound = np.concatenate((self._kept, pcm.astype(np.float32) / FULL_SCALE))
        count = (len(sound) - CONTEXT_SAMPLES) // WINDOW_SAMPLES
        answers = []
        for first in range(0, count * WINDOW_SAMPLES, WINDOW_SAMPLES):
            window = sound[first : first + CONTEXT_SAMPLES + WINDOW_SAMPLES]
            answer, self._state = self._model(window, self._state)
            answers.append(answer)
        self._kept = sound[count * WINDOW_SAMPLES :].copy()
        return answers
