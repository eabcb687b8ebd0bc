"""What some seconds of microphone and loudspeaker tell: the echo's delay, and what is left."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.audio.delay import Delay, find_delay
from node.audio.level import decibels
from node.audio.resample import BLOCK_SAMPLES, from_pcm
from node.media import Pcm

ACTIVE: Final = 10 ** (-55 / 10)
"""Power of the far end, mean over a window, below which there is nothing to judge."""
EARLIEST_S: Final = -0.1
"""How early an echo may seem before its delay is known: two streams' first blocks jitter."""
SHARE: Final = 0.3
"""The echo is what is louder in the blocks with most far end than in those with least, so large a
share of a window each: noise is in both. The median block counts: who interrupts speaks in a few
loud ones, then in all soft ones, for the booth has fallen silent."""
QUIET: Final = 0.1
"""So large a share of a window's blocks is softer than the hall's noise usually is: half as loud
as the median block of noise."""
FLOOR: Final = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class EchoWindow:
    """The last seconds, int16 [n] each: as heard, as played, as cleaned; `at_s` is its end."""

    at_s: float
    near: Pcm
    far: Pcm
    clean: Pcm


@dataclass(frozen=True, slots=True)
class Finding:
    """What a window tells: the delay left in it; powers of echo and residue above the noise.

    `played` is the power of the far end where it was loud.
    """

    at_s: float
    delay: Delay
    echo: float
    residue: float
    noise: float
    played: float

    @property
    def is_audible(self) -> bool:
        """Whether there is sound and echo enough to tell what becomes of it."""
        return self.echo > self.noise and self.played > ACTIVE

    @property
    def erle_db(self) -> float:
        """How much weaker the residue is, dB."""
        return decibels(self.echo) - decibels(self.residue)

    @property
    def loss_db(self) -> float:
        """How much weaker than played the residue is, dB."""
        return decibels(self.played) - decibels(self.residue)


def judge(window: EchoWindow) -> Finding:
    """Look at a window (some 20 ms of work for 4 s). Thread: any."""
    near, far, clean = (powers(one) for one in (window.near, window.far, window.clean))
    loud, soft = far >= np.quantile(far, 1 - SHARE), far <= np.quantile(far, SHARE)
    noise = float(np.quantile(clean, QUIET))
    residue = max(_risen(clean, loud, soft), noise / 10, FLOOR)
    echo = max(_risen(near, loud, soft), FLOOR)
    delay = find_delay(window.near, window.far, earliest_s=EARLIEST_S)
    played = max(float(np.median(far[loud])), FLOOR)
    return Finding(window.at_s, delay, echo, residue, max(noise, FLOOR), played)


def powers(pcm: Pcm) -> NDArray[np.float64]:
    """Mean power of each 20 ms."""
    whole = len(pcm) // BLOCK_SAMPLES * BLOCK_SAMPLES
    blocks = from_pcm(pcm[:whole]).astype(np.float64).reshape(-1, BLOCK_SAMPLES)
    powers: NDArray[np.float64] = (blocks**2).mean(axis=1)
    return powers


def _risen(powers: NDArray[np.float64], loud: NDArray[np.bool_], soft: NDArray[np.bool_]) -> float:
    """By how much the median loud block is above the noise."""
    noise = min(float(np.median(powers[soft])), 2 * float(np.quantile(powers, QUIET)))
    return float(np.median(powers[loud])) - noise
