"""A progress bar on stderr; plain lines where that is no terminal."""

import sys
from collections.abc import Callable
from time import monotonic

WIDTH = 30
REDRAWN_S = 0.1


class Bar:
    """One piece of work after the other, `count` in all.

    A terminal shows a bar that vanishes at the end; anything else gets a line for each piece that
    has not been done before (`started`).
    """

    def __init__(self, count: int) -> None:
        self._count = max(1, count)
        self._done = 0
        self._drawn_s = 0.0
        self._is_terminal = sys.stderr.isatty()

    def piece(self, name: str) -> Callable[[float], None]:
        """The next piece of work, to be told its part done, 0..1."""
        number = self._done
        self._done += 1

        def report(part: float) -> None:
            now = monotonic()
            if self._is_terminal and (now - self._drawn_s >= REDRAWN_S or part >= 1):
                self._drawn_s = now
                whole = min(1.0, (number + part) / self._count)
                bar = "#" * int(WIDTH * whole)
                line = f"\r\033[K[{bar:{WIDTH}}] {whole:4.0%} {name[-40:]}"
                print(line, end="", file=sys.stderr, flush=True)

        return report

    def started(self, name: str) -> None:
        """Say that a piece will take a while, where no bar shows it."""
        if not self._is_terminal:
            print(f"[{self._done}/{self._count}] {name}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """Take the bar away."""
        if self._is_terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
