"""Mouths driven by the voice: how open, wide and round, one value a frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.make_demo.script import FPS
from tools.make_demo.wave_shapes import RATE_HZ, Sound

CLOSED = 0.08
"""Opener than this is an open mouth; below it is drawn as a line."""
_STEP = RATE_HZ // FPS


@dataclass(frozen=True, slots=True)
class Mouth:
    """One frame's mouth: `open`, `wide` and `round`, each 0..1."""

    open: float = 0.0
    wide: float = 0.0
    round: float = 0.0

    @property
    def shape(self) -> str:
        """Its name: closed, small, wide or round."""
        if self.open < CLOSED:
            return "closed"
        if self.open < 0.4:  # noqa: PLR2004 - where the drawing shows teeth
            return "small"
        return "wide" if self.wide >= self.round else "round"


SHUT = Mouth()


def mouths(voice: Sound) -> list[Mouth]:
    """The mouths of `voice` (float32 [n], 48 kHz), frame by frame.

    Openness follows the loudness of the frame, the lips a frame early, as people's are. Energy of
    the second formant (1.2-3 kHz against 0.25-0.9 kHz) tells spread vowels from rounded ones.
    """
    frames = len(voice) // _STEP + 2
    padded = np.zeros(frames * _STEP, np.float32)
    padded[: len(voice)] = voice
    blocks = padded.reshape(frames, _STEP)
    loud = np.sqrt(np.mean(blocks**2, axis=1))
    openness = _eased(np.clip(loud / (np.percentile(loud, 92) + 1e-9), 0, 1) ** 0.7)
    spread = _spread(blocks)
    openness[loud < 0.03 * loud.max()] = 0
    return [
        Mouth(float(o), float(o * s), float(o * (1 - s)))
        for o, s in zip(openness, spread, strict=True)
    ]


def _eased(values: NDArray[np.float32]) -> NDArray[np.float32]:
    early = np.append(values[1:], 0)
    return np.asarray(0.55 * values + 0.45 * early, np.float32)


def _spread(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    power = np.abs(np.fft.rfft(blocks * np.hanning(_STEP), axis=1)) ** 2
    hz = np.fft.rfftfreq(_STEP, 1 / RATE_HZ)
    low = power[:, (hz > 250) & (hz < 900)].sum(axis=1)  # noqa: PLR2004 - first formant, Hz
    high = power[:, (hz > 1_200) & (hz < 3_000)].sum(axis=1)  # noqa: PLR2004 - second formant, Hz
    ratio = np.log10((high + 1e-9) / (low + 1e-9))
    # Lips change shape more slowly than they open.
    steady = np.convolve(np.pad(ratio, 1, mode="edge"), (0.25, 0.5, 0.25), "valid")
    return np.asarray(np.clip((steady + 1.6) / 1.6, 0, 1), np.float32)
