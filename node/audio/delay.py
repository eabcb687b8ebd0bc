"""How late the booth's own sound comes back, and by how much two sound clocks differ."""

from collections import deque
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.media import SPEECH_RATE_HZ, Pcm

LONGEST_S: Final = 0.8
"""A browser holds 100 to 300 ms back, a sound server some more."""
BAND_HZ: Final = (300.0, 5000.0)
"""Where small loudspeakers play and halls rumble least."""
CLEAR: Final = 8.0
"""A peak this many times the correlation's rms is an echo: pure noise reaches 4.6 (measured:
tests/bench/bench_echo.py)."""
FIT_S: Final = 8.0
"""Drift needs delays over at least so long: 0.1 samples of doubt are then 0.8 ppm."""
POINTS: Final = 12
JUMP_SAMPLES: Final = 24.0
"""A delay that moves further from one measurement to the next is a jump, not drift: 300 ppm would
move it so far in 5 s."""


@dataclass(frozen=True, slots=True)
class Delay:
    """A delay in samples of 16 kHz, to fractions, and how far it stands out (1: not at all)."""

    samples: float
    clarity: float

    @property
    def is_clear(self) -> bool:
        """Whether there is an echo at all."""
        return self.clarity >= CLEAR

    @property
    def seconds(self) -> float:
        """The delay in seconds."""
        return self.samples / SPEECH_RATE_HZ


def find_delay(near: Pcm, far: Pcm, *, earliest_s: float = 0.0) -> Delay:
    """The delay of `far` within `near` by its whitened correlation (GCC-PHAT).

    Both int16 [n] of the same moments, a second or more. Looks from `earliest_s` (below 0: the
    echo seems to come first) to `LONGEST_S`.
    """
    size = 1 << (len(near) + round(LONGEST_S * SPEECH_RATE_HZ)).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / SPEECH_RATE_HZ)
    is_in_band = (hertz > BAND_HZ[0]) & (hertz < BAND_HZ[1])
    played = np.fft.rfft(far, size)
    cross = np.fft.rfft(near, size) * played.conj()
    floor = 1e-3 * float(np.abs(cross).max(initial=0.0)) + 1e-9
    white = np.where(is_in_band, cross / (np.abs(cross) + floor), 0)
    first, last = round(earliest_s * SPEECH_RATE_HZ), round(LONGEST_S * SPEECH_RATE_HZ)
    line = np.roll(np.fft.irfft(white, size), -first)[: last - first]
    peak = int(np.argmax(line))
    rms = float(np.sqrt(np.mean(line**2)))
    return Delay(first + peak + _vertex(line, peak), float(line[peak]) / max(rms, 1e-12))


def _vertex(line: NDArray[np.float64], peak: int) -> float:
    """The summit of the parabola through a peak and its neighbours, -0.5 to 0.5."""
    if not 0 < peak < len(line) - 1:
        return 0.0
    before, top, after = line[peak - 1 : peak + 2]
    bend = before - 2 * top + after
    return 0.0 if bend >= 0 else float(0.5 * (before - after) / bend)


class DriftMeter:
    """Clock drift from delays measured now and again; jumps begin a new line."""

    def __init__(self) -> None:
        self._points: deque[tuple[float, float]] = deque(maxlen=POINTS)

    def add(self, at_s: float, delay: Delay) -> None:
        """A delay measured around `at_s` of the microphone's count."""
        if self._points and abs(delay.samples - self._points[-1][1]) > JUMP_SAMPLES:
            self._points.clear()
        self._points.append((at_s, delay.samples))

    def restart(self) -> None:
        """Forget all: the correction was changed."""
        self._points.clear()

    @property
    def ppm(self) -> float | None:
        """How much faster the microphone counts than the far end; None until `FIT_S` are seen.

        The median of all pairwise slopes (Theil-Sen), so that one wrong delay counts nothing.
        """
        points = list(self._points)
        if len(points) < 3 or points[-1][0] - points[0][0] < FIT_S:  # noqa: PLR2004  # a line
            return None
        slopes = [
            (later[1] - earlier[1]) / (later[0] - earlier[0])
            for index, earlier in enumerate(points)
            for later in points[index + 1 :]
            if later[0] - earlier[0] > FIT_S / 4
        ]
        return float(np.median(slopes)) / SPEECH_RATE_HZ * 1e6
