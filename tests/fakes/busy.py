"""Leisure of those who always have worked: each look at a thread's clock finds 10 ms more."""

from itertools import count

from node.board.leisure import Leisure


class Busy(Leisure):
    """Notes in `slept` how long each rest was, s, and does not sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        worked_s = count(0.0, 0.01)
        super().__init__(worked=lambda: next(worked_s), sleep=self.slept.append, now=lambda: 0.0)
