"""How values pass between components: mailbox of one, bounded fan-out, watchable value.

All of them belong to the loop thread; other threads hand over by `call_soon_threadsafe`.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

T = TypeVar("T")


class Latest(Generic[T]):
    """A mailbox of one: the newest value wins; `overwritten` counts those nobody took."""

    def __init__(self) -> None:
        self._value: T | None = None
        self._is_taken = True
        self._arrived = asyncio.Event()
        self.overwritten = 0

    def put(self, value: T) -> None:
        """Replace the value."""
        if not self._is_taken:
            self.overwritten += 1
        self._value, self._is_taken = value, False
        self._arrived.set()

    def peek(self) -> T | None:
        """The newest value, or None before the first and after `clear`; counts as taken."""
        self._is_taken = True
        return self._value

    def clear(self) -> None:
        """Forget the value, so that a source that has gone is not shown for ever."""
        self._value, self._is_taken = None, True

    async def get(self) -> T:
        """Wait for a value newer than the one last taken by `get`."""
        await self._arrived.wait()
        self._arrived.clear()
        value = self.peek()
        if value is None:
            return await self.get()
        return value


class Reader(Generic[T]):
    """One reader's bounded queue of a `Fanout`; iterate it, or `take_now` what lies there."""

    def __init__(self, size: int, resume_at: Callable[[T], bool] | None) -> None:
        self._queue: deque[T] = deque()
        self._size = size
        self._resume_at = resume_at
        self._is_waiting = resume_at is not None
        self._arrived = asyncio.Event()
        self._is_closed = False
        self.dropped = 0

    def offer(self, value: T) -> None:
        """Queue a value; a full queue first loses its oldest, or all until a place to resume."""
        if self._is_waiting:
            if self._resume_at is not None and not self._resume_at(value):
                return
            self._is_waiting = False
        if len(self._queue) >= self._size and not self._make_room(value):
            return
        self._queue.append(value)
        self._arrived.set()

    def _make_room(self, value: T) -> bool:
        """Drop what the value does not need; false if nothing may pass before a resumption."""
        if self._resume_at is None:
            self._queue.popleft()
            self.dropped += 1
            return True
        self.drop_all()
        self._is_waiting = not self._resume_at(value)
        self.dropped += self._is_waiting
        return not self._is_waiting

    def drop_all(self) -> None:
        """Forget what lies in the queue and wait for the next place to resume."""
        self.dropped += len(self._queue)
        self._queue.clear()
        self._is_waiting = self._resume_at is not None

    @property
    def is_waiting(self) -> bool:
        """Whether nothing passes until a place to resume comes."""
        return self._is_waiting

    @property
    def waiting(self) -> int:
        """How many values lie in the queue."""
        return len(self._queue)

    def close(self) -> None:
        """End the iteration once the queue is empty."""
        self._is_closed = True
        self._arrived.set()

    def take_now(self) -> list[T]:
        """All that lies in the queue, oldest first; may be empty."""
        values = list(self._queue)
        self._queue.clear()
        return values

    async def get(self) -> T:
        """Wait for the oldest value; raises `StopAsyncIteration` when closed and empty."""
        while not self._queue:
            if self._is_closed:
                raise StopAsyncIteration
            self._arrived.clear()
            await self._arrived.wait()
        return self._queue.popleft()

    def __aiter__(self) -> "Reader[T]":
        return self

    async def __anext__(self) -> T:
        return await self.get()


class Fanout(Generic[T]):
    """One writer, many readers, a bounded queue for each.

    A full queue loses its oldest value, counted. With `resume_at` values need those before them:
    the queue is emptied, and the reader sees nothing until a value for which `resume_at` is true
    (the next IDR). A new reader starts so too.
    """

    def __init__(self, size: int, resume_at: Callable[[T], bool] | None = None) -> None:
        self._size = size
        self._resume_at = resume_at
        self._readers: set[Reader[T]] = set()
        self.put_count = 0

    def put(self, value: T) -> None:
        """Offer a value to every reader; never waits."""
        self.put_count += 1
        for reader in self._readers:
            reader.offer(value)

    @property
    def readers(self) -> int:
        """Number of readers now."""
        return len(self._readers)

    @contextmanager
    def subscribe(self) -> Iterator[Reader[T]]:
        """A reader that lives as long as the `with` block."""
        reader = Reader(self._size, self._resume_at)
        self._readers.add(reader)
        try:
            yield reader
        finally:
            self._readers.discard(reader)
            reader.close()


class State(Generic[T]):
    """A value that others may watch; values in between may be skipped."""

    def __init__(self, value: T) -> None:
        self._value = value
        self._changed = asyncio.Event()

    @property
    def value(self) -> T:
        """The present value."""
        return self._value

    def set(self, value: T) -> None:
        """Replace the value and wake every watcher."""
        self._value = value
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def watch(self) -> AsyncIterator[T]:
        """The present value first, then the newest after each change."""
        while True:
            changed, value = self._changed, self._value
            yield value
            if changed is self._changed:
                await changed.wait()
