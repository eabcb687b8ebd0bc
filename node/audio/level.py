"""How loud it is: the meter beside the microphone."""

import math
from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np

from node.media import SPEECH_RATE_HZ, Pcm

SILENCE_DB = -90.0
"""The meter's floor; the quietest int16 tone has -93 dBFS."""
FALL_S = 0.3
"""The meter rises at once and falls with this time constant, so that an eye can follow."""
CLIP_SAMPLE = 32_700
FULL = 32_768.0


SPOILT: Final = 0.01
"""Share of a second's samples at the limit from which its words suffer; a knock has less."""
FEWEST_SPOILT: Final = 3
REMEMBERED: Final = 60
"""Seconds of sound: three spoilt ones among the last sixty, and the microphone is too loud."""


@dataclass(frozen=True, slots=True)
class Level:
    """Loudness in dBFS of a full-scale square wave, -90 to 0."""

    rms_db: float = SILENCE_DB
    peak_db: float = SILENCE_DB


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
        )
        return self.level


class ClipWatch:
    """Whether a stream, fed in pieces, comes in too loud: clipped words cannot be understood."""

    def __init__(self) -> None:
        self._shares: deque[float] = deque(maxlen=REMEMBERED)
        self._clipped = self._seen = 0

    @property
    def percent(self) -> int:
        """How much of the spoilt seconds is clipped, 1 to 100; 0 where they are too few."""
        spoilt = [share for share in self._shares if share >= SPOILT]
        if len(spoilt) < FEWEST_SPOILT:
            return 0
        return max(1, round(100 * sum(spoilt) / len(spoilt)))

    def feed(self, pcm: Pcm) -> None:
        """Count these samples, which are no longer than a second."""
        self._clipped += int(np.count_nonzero(np.abs(pcm.astype(np.int32)) >= CLIP_SAMPLE))
        self._seen += len(pcm)
        if self._seen >= SPEECH_RATE_HZ:
            self._shares.append(self._clipped / self._seen)
            self._clipped = self._seen = 0


def power_of(pcm: Pcm) -> float:
    """Mean power, 0 to 1; 0 for none."""
    if not len(pcm):
        return 0.0
    sound = pcm.astype(np.float64) / FULL
    return float(np.dot(sound, sound)) / len(pcm)


def decibels(power: float) -> float:
    """A power as dBFS, not below the meter's floor."""
    return max(SILENCE_DB, 10 * math.log10(power)) if power > 0 else SILENCE_DB
