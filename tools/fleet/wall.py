"""The controller's wall clock: the one that commands are stamped with and ages are counted from."""

import time


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000
