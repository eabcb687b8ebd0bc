"""How loud it is: the meter beside the microphone."""

import math
from dataclasses import dataclass

import numpy as np

from node.media import SPEECH_RATE_HZ, Pcm

SILENCE_DB = -90.0
"""The meter's floor; the quietest int16 tone has -93 dBFS."""
FALL_S = 0.3
"""The meter rises at once and falls with this time constant, so that an eye can follow."""
CLIP_SAMPLE = 32_700
FULL = 32_768.0


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness in dBFS of a full-scale square wave, -90 to 0; `is_clipping`: at the limit now."""

    rms_db: float = SILENCE_DB
    peak_db: float = SILENCE_DB
    is_clipping: bool = False


class LevelMeter:
    """Follows the level of a stream, fed in pieces."""

    def __init__(self) -> None:
        self._power = 0.0
        self.level = Level()

    def feed(self, pcm: Pcm) -> Level:
        """The level after these samples; unchanged by none."""
        if not len(pcm):
            return self.level
        power, peak = power_of(pcm), int(np.abs(pcm.astype(np.int32)).max())
        kept = math.exp(-len(pcm) / (FALL_S * SPEECH_RATE_HZ))
        self._power = max(power, self._power * kept + power * (1 - kept))
        self.level = Level(
            round(decibels(self._power), 1),
            round(decibels((peak / FULL) ** 2), 1),
            is_clipping=peak >= CLIP_SAMPLE,
        )
        return self.level


def power_of(pcm: Pcm) -> float:
    """Mean power, 0 to 1; 0 for none."""
    if not len(pcm):
        return 0.0
    sound = pcm.astype(np.float64) / FULL
    return float(np.dot(sound, sound)) / len(pcm)


def decibels(power: float) -> float:
    """A power as dBFS, not below the meter's floor."""
    return max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB
