"""Counting a crowd: likes to the last one, viewers each second, how often a stranger may speak.

Pure: time is a parameter, in seconds of any one clock.
"""

from collections import deque
from dataclasses import dataclass

MINUTE_S = 60
MINUTES_KEPT = 24 * 60
"""A day of one-minute samples: 1440 of 24 bytes of content."""


class Bucket:
    """A token bucket: `rate_s` tokens a second, `burst` at most and at first."""

    __slots__ = ("_burst", "_filled_s", "_rate_s", "_tokens")

    def __init__(self, rate_s: float, burst: float) -> None:
        self._rate_s, self._burst = rate_s, burst
        self._tokens = burst
        self._filled_s = float("-inf")

    def take(self, now_s: float, count: float = 1.0) -> bool:
        """Take `count` tokens if they are there; a clock that goes back gives none."""
        passed_s = max(0.0, now_s - self._filled_s)
        self._tokens = min(self._burst, self._tokens + passed_s * self._rate_s)
        self._filled_s = max(self._filled_s, now_s)
        if self._tokens < count:
            return False
        self._tokens -= count
        return True


class Likes:
    """Sums likes, exactly: what is shown and what is logged are taken from the same additions.

    `total` counts since start. Sums by session (a random id) are handed out once, by `logged`.
    """

    def __init__(self) -> None:
        self.total = 0
        self._shown = 0
        self._by_session: dict[str, int] = {}

    def add(self, session: str, count: int) -> None:
        """Count `count` likes (>= 0) of a session."""
        self.total += count
        self._by_session[session] = self._by_session.get(session, 0) + count

    def shown(self) -> int:
        """How many came since this was last asked."""
        delta, self._shown = self.total - self._shown, self.total
        return delta

    def logged(self) -> dict[str, int]:
        """How many came of each session since this was last asked."""
        sums, self._by_session = self._by_session, {}
        return sums


@dataclass(frozen=True, slots=True)
class Minute:
    """Concurrent viewers of a minute; `start_s` in the clock of the samples."""

    start_s: int
    mean: float
    peak: int


class Concurrency:
    """Mean and peak of concurrent viewers (ACU, PCU) from one sample a second; a day is kept."""

    def __init__(self) -> None:
        self.peak = 0
        self._sum = self._samples = 0
        self._start_s = self._minute_sum = self._minute_samples = self._minute_peak = 0
        self._minutes: deque[Minute] = deque(maxlen=MINUTES_KEPT)

    def sample(self, now_s: float, viewers: int) -> None:
        """Take the number of viewers at a second."""
        start_s = int(now_s // MINUTE_S) * MINUTE_S
        if self._minute_samples and start_s != self._start_s:
            self._minutes.append(self._minute())
            self._minute_sum = self._minute_samples = self._minute_peak = 0
        self._start_s = start_s
        self._minute_sum += viewers
        self._minute_samples += 1
        self._minute_peak = max(self._minute_peak, viewers)
        self._sum += viewers
        self._samples += 1
        self.peak = max(self.peak, viewers)

    @property
    def mean(self) -> float:
        """The mean since start; 0.0 without a sample."""
        return self._sum / self._samples if self._samples else 0.0

    @property
    def minutes(self) -> tuple[Minute, ...]:
        """The last 24 h by minute, oldest first; the minute that runs comes last."""
        running = (self._minute(),) if self._minute_samples else ()
        return (*self._minutes, *running)

    def _minute(self) -> Minute:
        return Minute(self._start_s, self._minute_sum / self._minute_samples, self._minute_peak)
