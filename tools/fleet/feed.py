"""What changed, in numbered steps, to everyone who watches: a snapshot first, then differences.

Changes of one moment are gathered: whoever watches gets the last value of each thing, not its whole
history. A watcher that cannot keep up loses its place and starts again from a snapshot.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal

import msgspec

Topic = Literal["node", "batch", "rollout", "claim", "audit", "line"]
QUEUE_MAX: Final = 64


class Change(msgspec.Struct, frozen=True):
    """One thing as it is now; `value` None where it is gone."""

    kind: Topic
    key: str
    value: object


class Diff(msgspec.Struct, frozen=True):
    """Everything that changed since diff `n - 1`; `now` is the controller's clock in Unix ms."""

    v: int
    n: int
    now: int
    changes: list[Change]


Watcher = asyncio.Queue[Diff | None]
"""None says: your place is lost, take a snapshot."""


class Feed:
    """Belongs to the loop."""

    def __init__(self, render: Callable[[Topic, str], object]) -> None:
        self._render = render
        self._touched: dict[tuple[Topic, str], None] = {}
        self._watchers: set[Watcher] = set()
        self.n = 0

    @property
    def watchers(self) -> int:
        """How many watch."""
        return len(self._watchers)

    def touch(self, kind: Topic, key: str) -> None:
        """Say that something is not as it was."""
        if self._watchers:
            self._touched[(kind, key)] = None

    def flush(self, now: int) -> None:
        """Send what was touched."""
        if not self._touched:
            return
        self.n += 1
        changes = [Change(kind, key, self._render(kind, key)) for kind, key in self._touched]
        self._touched.clear()
        diff = Diff(1, self.n, now, changes)
        for watcher in list(self._watchers):
            if watcher.full():
                self._watchers.discard(watcher)
                watcher.get_nowait()
                watcher.put_nowait(None)
            else:
                watcher.put_nowait(diff)

    @contextmanager
    def watch(self) -> Iterator[Watcher]:
        """Differences from now on."""
        watcher: Watcher = asyncio.Queue(QUEUE_MAX)
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)
