"""Models that a test can foresee: a steady sound of level 1000 * k is the keyword number k."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.frontend import FRAMES_PER_HOP, MEL_BANDS, ROW_WIDTH, Features
from node.voice.hearing import VoiceModels
from node.voice.spotter import Head, Label

STEP = 1000
ROWS = 4
"""A keyword must have lasted so many rows to be likely."""
SURE = 9.0
LABELS = (
    Label("多少钱", "price", "zh"),
    Label("how much is it", "price", "en", slots={"colour": "black"}),
    Label("小潮小潮", "wake", "zh"),
    Label("停", "stop", "zh"),
)


def melspectrogram(sound: NDArray[np.float32]) -> NDArray[np.float32]:
    """The mean of each frame in thousands, in the scale that the front end undoes."""
    means = [sound[160 * frame :][:512].mean() / STEP for frame in range(FRAMES_PER_HOP)]
    return np.repeat((np.array(means, np.float32)[:, np.newaxis] - 2) * 10, MEL_BANDS, axis=1)


def embedding(
    frames: NDArray[np.float32], state: NDArray[np.float32]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The mean of a hop's frames in each place; remembers nothing."""
    return np.full(ROW_WIDTH, frames.mean(), np.float32), state


def speech(
    sound: NDArray[np.float32], state: NDArray[np.float32]
) -> tuple[float, NDArray[np.float32]]:
    """Sure of whatever is louder than half a step."""
    return (0.95 if abs(sound.mean()) * 32768 > STEP / 2 else 0.02), state


def models(labels: Sequence[Label] = LABELS, *, sure: float = SURE) -> VoiceModels:
    """A whole set of them."""

    def classify(rows: NDArray[np.float32]) -> NDArray[np.float32]:
        logits = np.zeros((len(rows), len(labels) + 1), np.float32)
        for number, looked in enumerate(rows[:, -ROWS:, 0]):
            level = round(float(looked.mean()))
            is_steady = np.ptp(looked) < 0.3 and 0 < level <= len(labels)
            logits[number, level if is_steady else 0] = sure
        return logits

    return VoiceModels(
        Features(melspectrogram, embedding, 0), speech, Head(tuple(labels), classify, "plain")
    )


def sound(*parts: tuple[int, float]) -> Pcm:
    """Steady parts, each a keyword's number (0: silence) and its seconds."""
    return np.concatenate(
        [np.full(round(length_s * SPEECH_RATE_HZ), STEP * k, np.int16) for k, length_s in parts]
    )
