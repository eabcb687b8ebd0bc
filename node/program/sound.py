"""The program's sound: sources summed without clicks, limited, and a ring for live sound."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from node.media import SAMPLE_RATE_HZ, Samples, samples_per_frame
from node.program.limiter import LATENCY_SAMPLES, Limiter

DUCKED_DB = -12.0
"""How far a source is lowered under a spoken answer (domain.md §2, `say`)."""

LATENCY_S = LATENCY_SAMPLES / SAMPLE_RATE_HZ
"""The mixed sound of a tick is this late against its picture, always: 5 ms."""

DECLICK_SAMPLES = 240
"""Length of a fade where sound breaks off unannounced: 5 ms."""

RELEASE_S = 0.3
"""A source that was ducked comes back in so long: it does not jump at the last word."""

_Curve = NDArray[np.float32]


@dataclass(slots=True)
class _Voice:
    """The gain of one source, on its way from `origin` to `target` in `total` ticks."""

    gain: float = 0.0
    origin: float = 0.0
    target: float = 0.0
    ticks: int = 0
    total: int = 0
    last: Samples | None = None

    def head_for(self, target: float, total: int) -> None:
        if target != self.target:
            self.origin, self.target, self.ticks, self.total = self.gain, target, 0, total

    def play(self, samples: Samples) -> Samples:
        self.last = samples[-1:]
        if self.ticks == self.total:
            self.gain = self.target
            return samples if self.gain == 1.0 else samples * np.float32(self.gain)
        count = len(samples)
        steps = self.ticks + np.arange(1, count + 1, dtype=np.float32) / np.float32(count)
        share = _raised_cosine(steps / np.float32(self.total))
        self.ticks += 1
        curve = np.float32(self.origin) + np.float32(self.target - self.origin) * share
        self.gain = float(curve[-1])
        return samples * curve[:, None]

    def tail(self, count: int) -> Samples:
        """What remains of a source that fell silent: its last sample, let down softly."""
        tail = np.zeros((count, 2), np.float32)
        if self.last is not None:
            _let_down(tail, self.last * np.float32(self.gain))
        return tail


class SoundMixer:
    """Sums the sources of each tick into exactly `samples_per_frame(fps)` samples.

    A source is known by its key. A new one rises from silence, one that is `fading` sinks to it;
    the two curves add up to 1 at every sample (equal gain: both may carry the same sound), and
    start and end level (raised cosine). The sum is limited to -1 dBFS true peak and leaves
    `LATENCY_SAMPLES` later than it came. One thread at a time.
    """

    def __init__(self, fps: int) -> None:
        self._count = samples_per_frame(fps)
        self._release = round(RELEASE_S * fps)
        self._voices: dict[str, _Voice] = {}
        self._limiter = Limiter()

    def mix(
        self,
        sources: Mapping[str, Samples],
        fading: Mapping[str, Samples] | None = None,
        *,
        is_ducked: bool = False,
        over: Samples | None = None,
        ramp_ticks: int = 1,
    ) -> Samples:
        """One tick of program sound, float32 [samples_per_frame(fps), 2].

        Gains reach their new targets in `ramp_ticks` >= 1 ticks: 1 for a cut, a dissolve's length
        for a dissolve. While `is_ducked` all are held 12 dB lower; they come back in `RELEASE_S`.
        A key that was heard and is missing now is let down within 5 ms, and rises anew when it
        returns. `over` is speech laid over them as it is. Pieces of another length are cut or end
        in silence.
        """
        total = np.zeros((self._count, 2), np.float32)
        leaving = {key: part for key, part in (fading or {}).items() if key not in sources}
        for key, samples in (*sources.items(), *leaving.items()):
            voice = self._voices.setdefault(key, _Voice())
            level = _DUCKED if is_ducked else 1.0
            target = level if key in sources else 0.0
            is_released = voice.target == _DUCKED and target == 1.0
            voice.head_for(target, max(ramp_ticks, self._release) if is_released else ramp_ticks)
            total += voice.play(_sized(samples, self._count))
        for key in self._voices.keys() - sources.keys() - leaving.keys():
            total += self._voices.pop(key).tail(self._count)
        if over is not None:
            total += _sized(over, self._count)
        return self._limiter.limit(total)


class Ring:
    """Live sound between two clocks: a capturing device puts, the program takes.

    Holds about `target_s` at the moment of a take and never more than `limit_s`. The device's
    clock is followed by squeezing or stretching a tick by single samples, so that 100 ppm of
    difference neither starves nor fills it. `gaps` counts takes that ran dry, `overruns` the times
    when the oldest sound was dropped while someone was listening. One thread at a time.
    """

    def __init__(self, *, target_s: float = 0.060, limit_s: float = 0.300) -> None:
        self._target = round(target_s * SAMPLE_RATE_HZ)
        self._limit = round(limit_s * SAMPLE_RATE_HZ)
        self._samples: Samples = np.zeros((0, 2), np.float32)
        self._last: Samples = np.zeros((1, 2), np.float32)
        self._level = float(self._target)
        self._unheard = 0
        self._is_flowing = False
        self.gaps = 0
        self.overruns = 0

    @property
    def held(self) -> int:
        """Samples that wait to be taken."""
        return len(self._samples)

    def put(self, samples: Samples) -> None:
        """Add sound, float32 [n, 2]; beyond the limit the oldest is dropped, down to the target."""
        self._unheard += len(samples)
        self._samples = np.concatenate((self._samples, samples))
        if len(self._samples) > self._limit:
            self.overruns += self._is_flowing and self._unheard <= self._limit
            self._trim()

    def take(self, count: int) -> Samples:
        """The next `count` samples; silence until the ring has filled to its target."""
        if self._unheard > self._limit:
            self._is_flowing = False
            self._trim()
        self._unheard = 0
        if not self._is_flowing:
            return self._begin(count)
        self._level += (len(self._samples) - self._level) * _LEVEL_SHARE
        extra = self._correction(count)
        used = count + extra
        if len(self._samples) < used:
            return self._run_dry(count)
        taken = self._stretched(count, extra)
        self._last = self._samples[used - 1 : used]
        self._samples = self._samples[used:]
        return taken

    def _begin(self, count: int) -> Samples:
        if len(self._samples) < max(self._target, count):
            return np.zeros((count, 2), np.float32)
        self._is_flowing, self._level = True, float(self._target)
        begun = self._samples[:count].copy()
        begun[:DECLICK_SAMPLES] *= _rise(min(count, DECLICK_SAMPLES))
        self._last = self._samples[count - 1 : count]
        self._samples = self._samples[count:]
        return begun

    def _run_dry(self, count: int) -> Samples:
        self.gaps += 1
        self._is_flowing = False
        rest, self._samples = self._samples, self._samples[:0]
        taken = np.zeros((count, 2), np.float32)
        if len(rest) < DECLICK_SAMPLES:
            _let_down(taken, self._last)
        else:
            taken[: len(rest)] = rest
            taken[len(rest) - DECLICK_SAMPLES : len(rest)] *= _rise(DECLICK_SAMPLES)[::-1]
        return taken

    def _trim(self) -> None:
        """Keep the newest sound up to the target; cross-fade from where the reader stood."""
        oldest, newest = self._samples, self._samples[-self._target :].copy()
        fade = min(DECLICK_SAMPLES, len(newest))
        rise = _rise(fade)
        newest[:fade] = oldest[:fade] * (1 - rise) + newest[:fade] * rise
        self._samples, self._level = newest, float(self._target)

    def _correction(self, count: int) -> int:
        """How many samples more (or fewer) this take uses up."""
        error = self._level - self._target
        if abs(error) < _DEAD_BAND or len(self._samples) < count + _CORRECTION_MAX + 2:
            return 0
        extra = int(np.clip(round(error / _DEAD_BAND), -_CORRECTION_MAX, _CORRECTION_MAX))
        self._level -= extra
        return extra

    def _stretched(self, count: int, extra: int) -> Samples:
        """`count` samples read evenly from `count + extra` (cubic, Catmull-Rom)."""
        if extra == 0:
            return self._samples[:count]
        source = np.concatenate((self._last, self._samples[: count + extra + 2]))
        at = np.arange(count) * ((count + extra) / count)
        whole = at.astype(np.intp)
        part = (at - whole).astype(np.float32)[:, None]
        a, b, c, d = (source[whole + k] for k in range(4))
        slope = c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a))
        stretched: Samples = b + 0.5 * part * slope
        return stretched


_DUCKED = 10 ** (DUCKED_DB / 20)
_DEAD_BAND = 0.004 * SAMPLE_RATE_HZ  # within which the level is left alone
_CORRECTION_MAX = 4  # samples a tick: 0.25 % at 30 fps, 4 cents, not heard as a change of pitch
_LEVEL_SHARE = 1 / 90  # the level's average over 3 s evens out pieces of any length


def _raised_cosine(share: _Curve) -> _Curve:
    curve: _Curve = 0.5 - 0.5 * np.cos(np.float32(np.pi) * share)
    return curve


def _rise(count: int) -> _Curve:
    """A fade-in of `count` samples, [count, 1]."""
    steps = np.arange(1, count + 1, dtype=np.float32)
    return _raised_cosine(steps / np.float32(count + 1))[:, None]


def _let_down(silence: Samples, last: Samples) -> None:
    count = min(DECLICK_SAMPLES, len(silence))
    silence[:count] = last * _rise(count)[::-1]


def _sized(samples: Samples, count: int) -> Samples:
    if len(samples) == count:
        return samples
    sized = np.zeros((count, 2), np.float32)
    sized[: len(samples)] = samples[:count]
    return sized
