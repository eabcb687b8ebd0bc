"""An event loop whose clock jumps to the next timer: an hour passes in a moment, exactly."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import TypeVar

from typing_extensions import override

T = TypeVar("T")


class NothingWillHappenError(Exception):
    """Everyone waits, and no timer is set: the test would hang for ever."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time starts at 0 and moves only when all wait; threads have no place here."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_JumpingSelector(self.jump))

    @override
    def time(self) -> float:
        return self._now

    def jump(self, by_s: float | None) -> None:
        """Move the clock instead of waiting."""
        if by_s is None:
            raise NothingWillHappenError
        self._now += max(by_s, 0.0)


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, jump: Callable[[float | None], None]) -> None:
        super().__init__()
        self._jump = jump

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            self._jump(timeout)
        return ready


def run_virtually(main: Coroutine[object, object, T]) -> T:
    """`asyncio.run` in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
