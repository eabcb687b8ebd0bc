"""The bounded store between a clip's decoder thread and the loop, and that thread's life."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from node.clips.tick import ClipTick

if TYPE_CHECKING:
    from node.errors import AssetError

BUFFER_TICKS = 12
"""Decoded ahead: 0.4 s, 17 MB at 720p, 37 MB at 1080p."""
READY_TICKS = 6
"""So many lie there before a clip is called ready: 0.2 s."""


class DecodedAhead:
    """Ticks decoded ahead; the decoder waits when it is full, the loop never waits.

    `error` and `damaged` are written by the decoder thread only. An exception that nobody
    foresaw is raised to whoever takes next.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._ticks: deque[ClipTick] = deque()
        self._is_closed = False
        self._is_done = False
        self._bug: Exception | None = None
        self.on_ready: Callable[[], None] = lambda: None
        self.error: AssetError | None = None
        self.damaged = 0

    @property
    def is_ready(self) -> bool:
        """Whether enough lies there to begin, or all there is."""
        return len(self._ticks) >= READY_TICKS or self._is_done

    @property
    def has_ended(self) -> bool:
        """Whether nothing lies there and nothing will come."""
        self._raise_bug()
        return self._is_done and not self._ticks

    def put(self, tick: ClipTick) -> bool:
        """Store a tick, waiting for room; False when nobody wants it. Thread: the decoder's."""
        with self._changed:
            while len(self._ticks) >= BUFFER_TICKS and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return False
            self._ticks.append(tick)
            if len(self._ticks) == READY_TICKS:
                self.on_ready()
            return True

    def take(self) -> ClipTick | None:
        """The oldest tick, if any; never waits for the decoder."""
        with self._changed:
            if self._ticks:
                self._changed.notify()
                return self._ticks.popleft()
        self._raise_bug()
        return None

    def finish(self, bug: Exception | None) -> None:
        """No more ticks will come. Thread: the decoder's."""
        with self._changed:
            self._bug = bug
            self._is_done = True
            self.on_ready()

    def close(self) -> None:
        """Forget all ticks and let the decoder go."""
        with self._changed:
            self._ticks.clear()
            self._is_closed = True
            self._changed.notify()

    def _raise_bug(self) -> None:
        if self._bug is not None:
            raise self._bug


class DecoderThread:
    """Runs `decode` in a thread of its own; must be made on the loop.

    `ready` is set when `ahead` is ready to be taken from, `ended` when the thread is through. A
    daemon, so that a decoder stuck in a broken disk's read cannot hold up the end of the process.
    """

    def __init__(self, name: str, decode: Callable[[], None], ahead: DecodedAhead) -> None:
        self._loop = asyncio.get_running_loop()
        self._decode = decode
        self._ahead = ahead
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        ahead.on_ready = lambda: self._tell(self.ready)
        threading.Thread(target=self._run, name=f"clip {name}", daemon=True).start()

    def _run(self) -> None:
        bug: Exception | None = None
        try:
            self._decode()
        except Exception as error:  # noqa: BLE001  # kept, and raised on the loop by `take`
            bug = error
        self._ahead.finish(bug)
        self._tell(self.ended)

    def _tell(self, event: asyncio.Event) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            self._loop.call_soon_threadsafe(event.set)
