"""Sound between two clocks: the program puts, a loudspeaker's card takes."""

import threading
from typing import Final

import numpy as np

from node.media import SAMPLE_RATE_HZ, Samples

FASTEST: Final = 0.003
"""The card is followed by playing so much faster or slower at most: 5 cents, not heard."""
GRIP: Final = 0.002
"""A ring as much too full as it should be full is emptied so much faster: 100 ppm of drift
settle at 5 % more or less."""
LEVEL_S: Final = 2.0
"""Filling is averaged over so long: the program puts a tick at once, the card takes 20 ms."""
OVERFULL: Final = 4
"""With so many times its target a ring was forgotten: it is emptied to the target."""
FADE: Final = 240
"""5 ms, over which sound begins and breaks off."""


class PlayRing:
    """Holds about `target_s` for the card. Thread: `put` from one, `take` from another.

    `gaps` counts the times when it ran dry, `overruns` those when old sound was left out.
    """

    def __init__(self, target_s: float) -> None:
        self._lock = threading.Lock()
        self._target = max(FADE * 2, round(target_s * SAMPLE_RATE_HZ))
        self._samples: Samples = np.zeros((0, 2), np.float32)
        self._place = 1.0
        self._level = float(self._target)
        self._is_flowing = False
        self.gaps = 0
        self.overruns = 0

    def put(self, samples: Samples) -> None:
        """Add sound, float32 [n, 2]."""
        with self._lock:
            self._samples = np.concatenate((self._samples, samples))
            if len(self._samples) > OVERFULL * self._target + len(samples):
                self.overruns += self._is_flowing
                self._leave_out()

    def take(self, count: int) -> Samples:
        """The next `count` samples; silence until the ring has filled to its target."""
        with self._lock:
            held = len(self._samples) - self._place
            if not self._is_flowing:
                if held < self._target + count:
                    return np.zeros((count, 2), np.float32)
                self._is_flowing, self._level = True, float(held)
                return self._read(count, 1.0) * _rise(count)
            share = count / (LEVEL_S * SAMPLE_RATE_HZ)
            self._level += (held - self._level) * min(1.0, share)
            error = (self._level - self._target) / self._target
            return self._read(count, 1 + float(np.clip(GRIP * error, -FASTEST, FASTEST)))

    def _read(self, count: int, speed: float) -> Samples:
        """Read evenly at a speed (cubic, Catmull-Rom); what is not there is silence."""
        at = self._place + np.arange(count) * speed
        whole = at.astype(np.intp)
        known = int(np.count_nonzero(whole + 2 < len(self._samples)))
        part = (at[:known] - whole[:known]).astype(np.float32)[:, None]
        a, b, c, d = (self._samples[whole[:known] + k] for k in (-1, 0, 1, 2))
        slope = c - a + part * (2 * a - 5 * b + 4 * c - d + part * (3 * (b - c) + d - a))
        out = np.zeros((count, 2), np.float32)
        out[:known] = b + 0.5 * part * slope
        self._place += count * speed
        if known < count:
            self._run_dry(out, known)
        used = max(0, min(int(self._place) - 1, len(self._samples)))
        self._samples = self._samples[used:]
        self._place -= used
        return out

    def _run_dry(self, out: Samples, known: int) -> None:
        fade = min(FADE, known)
        out[known - fade : known] *= _rise(fade)[::-1]
        self.gaps += 1
        self._is_flowing = False
        self._samples, self._place = self._samples[:0], 1.0

    def _leave_out(self) -> None:
        """Keep the newest, cross-faded from where the card stood."""
        old = self._samples[int(self._place) :][:FADE]
        self._samples = self._samples[-self._target - FADE :].copy()
        rise = _rise(FADE)[: len(old)]
        self._samples[: len(old)] = old * (1 - rise) + self._samples[: len(old)] * rise
        self._place, self._level = 1.0, float(self._target)


def _rise(count: int) -> Samples:
    """A fade-in over the first `FADE` of `count` samples, [count, 1]."""
    steps = np.minimum(np.arange(1, count + 1, dtype=np.float32) / FADE, 1)
    curve: Samples = (0.5 - 0.5 * np.cos(np.pi * steps)).astype(np.float32)[:, None]
    return curve
