"""A look-ahead limiter: no peak above the ceiling, and no pumping.

Peaks between samples count too: full-scale noise up to 20 kHz leaves at most 0.3 dB above the
ceiling there (measured: tests/unit/program/test_limiter.py).

Gain moves in decibels: down within the look-ahead before a peak, held while the next period of a
bass note could bring another, then back at a steady rate. Every step is a whole-array operation.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from node.media import SAMPLE_RATE_HZ, Samples

CEILING_DB = -1.0
"""Highest peak that leaves the limiter, dBFS (EBU R 128 s1 asks -1 dBTP of what is coded)."""

LATENCY_SAMPLES = 240
"""Sound leaves the limiter this much later than it entered, always: 5 ms at 48 kHz."""

HOLD_S = 0.012
"""Longer than the half period of a 50 Hz hum, so that gain does not follow the wave itself."""

RELEASE_DB_PER_S = 40.0
"""Return of the gain after the hold: 3 dB in 75 ms, too slow to roughen a bass note."""

PEAK_MAX = 8.0
"""What exceeds full scale by more than 18 dB is damage, not sound, and is cut here."""

_TAPS, _REACH = 12, 6  # as many taps as the true-peak meter of ITU-R BS.1770-4, annex 2
_ATTACK = LATENCY_SAMPLES - _REACH
_WINDOW = _ATTACK + 1 + round(HOLD_S * SAMPLE_RATE_HZ)
_CEILING = 10 ** (CEILING_DB / 20)
_RELEASE = RELEASE_DB_PER_S / SAMPLE_RATE_HZ

_Curve = NDArray[np.float32]


def _kernels() -> _Curve:
    """Both channels' interpolators to 0, 1/4, 1/2, 3/4 after the 6th of 12 samples: [8, 24].

    Columns are interleaved stereo samples, as they lie in memory.
    """
    offsets = np.arange(_TAPS) - (_REACH - 1) - np.array((0.0, 0.25, 0.5, 0.75))[:, None]
    shaped = np.sinc(offsets) * np.cos(np.pi * offsets / (_TAPS + 1)) ** 2
    shaped /= shaped.sum(axis=1, keepdims=True)
    stereo: _Curve = np.kron(shaped, np.eye(2)).astype(np.float32)
    return stereo


def _smoothing() -> _Curve:
    shape: _Curve = np.hanning(_ATTACK + 3)[1:-1].astype(np.float32)
    shape /= shape.sum()
    return shape


_KERNELS, _SMOOTHING = _kernels(), _smoothing()
_SURELY_BELOW = _CEILING / float(np.abs(_KERNELS).sum(axis=1).max())


class Limiter:
    """Limits a stream of stereo sound, piece by piece; both channels get the same gain."""

    def __init__(self) -> None:
        self._recent: Samples = np.zeros((LATENCY_SAMPLES, 2), np.float32)
        self._excess: _Curve = np.zeros(_WINDOW - 1, np.float32)
        self._reduction: _Curve = np.zeros(_ATTACK, np.float32)

    def limit(self, samples: Samples) -> Samples:
        """The sound of `LATENCY_SAMPLES` ago, limited; as many samples as came in.

        Samples that are not numbers become silence.
        """
        count = len(samples)
        known = np.concatenate((self._recent, _sane(samples)))
        self._recent = known[count:].copy()
        reduction = self._reduce(known)
        if reduction is None:
            return known[:count]
        limited: Samples = known[:count] * np.exp(reduction * (-np.log(10) / 20))[:, None]
        return np.clip(limited, -_CEILING, _CEILING, out=limited)

    def _reduce(self, known: Samples) -> _Curve | None:
        """Reduction in dB for the samples that leave now; None where there is none at all."""
        count = len(known) - LATENCY_SAMPLES
        is_at_rest = not self._excess.any() and not self._reduction.any()
        if is_at_rest and float(np.abs(known).max(initial=0.0)) < _SURELY_BELOW:
            return None
        arriving = _excess_db(known[-count - _TAPS + 1 :])
        if is_at_rest and not arriving.any():
            return None
        excess = np.concatenate((self._excess, arriving))
        held = _sliding_max(excess, _WINDOW)
        released = _released(held, float(self._reduction[-1]))
        reduction = np.concatenate((self._reduction, released))
        self._excess, self._reduction = excess[count:].copy(), reduction[count:].copy()
        return np.convolve(reduction, _SMOOTHING, "valid")


def _sane(samples: Samples) -> Samples:
    if np.isfinite(samples.sum()) and float(np.abs(samples).max(initial=0.0)) <= PEAK_MAX:
        return samples
    return np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0).clip(-PEAK_MAX, PEAK_MAX)


def _excess_db(samples: Samples) -> _Curve:
    """By how much each peak exceeds the ceiling, dB >= 0: [n - 11] of [n, 2] samples.

    Value k belongs to sample k + 5 and the three points between it and the next.
    """
    windows = sliding_window_view(samples.reshape(-1), 2 * _TAPS)[::2]
    # One contiguous copy makes this a BLAS product, five times as fast as on the view.
    points = _KERNELS @ np.ascontiguousarray(windows).T
    peaks = np.abs(points, out=points).max(axis=0)
    excess: _Curve = 20 * np.log10(np.maximum(peaks, _CEILING) / np.float32(_CEILING))
    return excess


def _sliding_max(values: _Curve, width: int) -> _Curve:
    """Maximum of each `width` neighbours, by doubling: [n - width + 1]."""
    done = 1
    while done < width:
        step = min(done, width - done)
        values = np.maximum(values[:-step], values[step:])
        done += step
    return values


def _released(held: _Curve, before: float) -> _Curve:
    """Follow upwards at once, downwards at the release rate."""
    slope = _RELEASE * np.arange(1, len(held) + 1)
    rising = np.maximum.accumulate(np.maximum(held + slope, before))
    released: _Curve = np.maximum(rising - slope, 0.0).astype(np.float32)
    return released
