"""How fast a file may come, and how slowly it must not; pure, time is a parameter."""


class TokenBucket:
    """Lets `bytes_per_s` through on average, and one second's worth at once."""

    def __init__(self, bytes_per_s: float) -> None:
        self._bytes_per_s = bytes_per_s
        self._tokens = bytes_per_s
        self._at_s: float | None = None

    def take(self, count: int, now_s: float) -> float:
        """Take what has come; returns the seconds to wait before more may come."""
        if self._at_s is not None:
            gained = (now_s - self._at_s) * self._bytes_per_s
            self._tokens = min(self._bytes_per_s, self._tokens + gained)
        self._at_s = now_s
        self._tokens -= count
        return max(0.0, -self._tokens / self._bytes_per_s)


class Trickle:
    """Tells a sender that holds a connection open and hardly sends: only time spent waiting counts.

    Too slow is less than `least_bytes_per_s` over `over_s` seconds of waiting.
    """

    def __init__(self, least_bytes_per_s: float, over_s: float) -> None:
        self._least_bytes_per_s, self._over_s = least_bytes_per_s, over_s
        self._waited_s, self._bytes = 0.0, 0

    def is_too_slow(self, waited_s: float, count: int) -> bool:
        """Note that `count` bytes came after a wait; true if they come too slowly."""
        self._waited_s += waited_s
        self._bytes += count
        if self._waited_s < self._over_s:
            return False
        is_slow = self._bytes < self._least_bytes_per_s * self._waited_s
        self._waited_s, self._bytes = 0.0, 0
        return is_slow
