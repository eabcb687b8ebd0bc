"""Small signs of life as functions of time: blinks, glances, breath, easing; all seeded."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

_HORIZON_S = 64.0
_BLINK_S = 0.2


@dataclass(frozen=True, slots=True)
class Life:
    """One character's own rhythm; `period_s` makes it repeat exactly (0: never)."""

    seed: int
    period_s: float = 0.0

    def lid(self, time_s: float) -> float:
        """How open the eyes are, 0 shut .. 1 open."""
        phase = self._phase(time_s)
        nearest = min((abs(phase - blink) for blink in _blinks(self.seed, self._span)), default=1.0)
        return min(1.0, max(0.0, nearest / (_BLINK_S / 2) * 1.15 - 0.15))

    def glance(self, time_s: float) -> tuple[float, float]:
        """Where the eyes rest, -1..1 each way: held, then moved within two frames."""
        phase = self._phase(time_s)
        holds = _glances(self.seed, self._span)
        index = max(i for i, hold in enumerate(holds) if hold[0] <= phase)
        start, x, y = holds[index]
        _, before_x, before_y = holds[index - 1]
        move = smooth((phase - start) / 0.07)
        return before_x + (x - before_x) * move, before_y + (y - before_y) * move

    def breath(self, time_s: float) -> float:
        """Chest, -1..1; a whole number of breaths in a period."""
        seconds = self.period_s / max(1, round(self.period_s / 3.4)) if self.period_s else 3.4
        return math.sin(2 * math.pi * time_s / seconds)

    @property
    def _span(self) -> float:
        return self.period_s or _HORIZON_S

    def _phase(self, time_s: float) -> float:
        return time_s % self._span


def smooth(share: float) -> float:
    """0..1 eased at both ends; clipped outside."""
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def between(time_s: float, start_s: float, end_s: float) -> float:
    """How far `time_s` is from start to end, eased, 0..1."""
    return smooth((time_s - start_s) / (end_s - start_s))


def after(value: float, start: float) -> float:
    """1 from `start` on, 0 before."""
    return float(value >= start)


def during(value: float, start: float, end: float) -> float:
    """1 from `start` up to `end`, else 0."""
    return float(start <= value < end)


def bounce(time_s: float, start_s: float, seconds: float = 0.6) -> float:
    """0 before, 1 long after, past it by a tenth between: something that springs open."""
    share = (time_s - start_s) / seconds
    if share <= 0:
        return 0.0
    return 1 - math.exp(-6 * share) * math.cos(9 * share)


def wobble(time_s: float, seed: int, pace_hz: float = 0.7) -> float:
    """A slow hand's unsteadiness, about -1..1."""
    phases = _phases(seed)
    tones = (1.0, 1.73, 2.91)
    return (
        sum(
            math.sin(2 * math.pi * pace_hz * tone * time_s + phase) / (1 + index)
            for index, (tone, phase) in enumerate(zip(tones, phases, strict=True))
        )
        / 1.8
    )


@cache
def _phases(seed: int) -> tuple[float, ...]:
    return tuple(np.random.default_rng(seed).uniform(0, 2 * math.pi, 3).tolist())


@cache
def _blinks(seed: int, span_s: float) -> tuple[float, ...]:
    rng = np.random.default_rng(seed)
    at, blinks = float(rng.uniform(0.6, 1.8)), []
    while at < span_s - 0.4:
        blinks.append(at)
        at += float(rng.uniform(1.5, 3.6))
    return tuple(blinks)


@cache
def _glances(seed: int, span_s: float) -> tuple[tuple[float, float, float], ...]:
    rng = np.random.default_rng(seed + 1)
    at, holds = 0.0, []
    while at < span_s:
        x, y = rng.uniform(-0.55, 0.55), rng.uniform(-0.25, 0.25)
        holds.append((at, float(x), float(y)))
        at += float(rng.uniform(0.7, 1.9))
    return tuple(holds)
