"""Sound on its way from a device's thread to the loop: bounded, counted, never waited for."""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, Pcm, SpeechChunk

RING_S = 2.0
"""So much may wait (domain.md §6, privacy: a ring of 2 s in memory); older sound is forgotten."""
FIRST_S, STALL_S = 10.0, 2.0
"""Time for a device to open and deliver, and how long it may then be silent on the wire."""


class Handover:
    """One opening of a microphone: its thread puts, the loop iterates.

    A flood wakes the loop once, whatever its size. `began_s` is `loop.time()` when it was opened.
    `lost` counts samples that were forgotten or reported as lost; `at_16k` jumps over them.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._loop = asyncio.get_running_loop()
        self.began_s = self._loop.time()
        self._lock = threading.Condition()
        self._chunks: deque[SpeechChunk] = deque()
        self._held = 0
        self._at = 0
        self._is_woken = False
        self._is_over = False
        self._error: Exception | None = None
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self.lost = 0

    def has_left(self) -> bool:
        """Whether the reader has left: the thread should end. Thread: any."""
        return self._is_over

    @property
    def at_16k(self) -> int:
        """Number of the next sample. Thread: the device's."""
        return self._at

    def clock(self) -> float:
        """`loop.time()`. Thread: any."""
        return self._loop.time()

    def pause(self, seconds: float) -> None:
        """Sleep so long, or until the reader leaves. Thread: the device's."""
        with self._lock:
            self._lock.wait_for(lambda: self._is_over, timeout=max(0.0, seconds))

    def put(self, pcm: Pcm, captured_s: float) -> None:
        """Give sound whose last sample was heard at `captured_s`. Thread: the device's."""
        with self._lock:
            self._put(pcm, captured_s)
        self._wake()

    def put_in_turn(self, pcm: Pcm, captured_s: float) -> None:
        """As `put`, but wait until there is room, so that nothing is lost. Thread: the device's."""
        with self._lock:
            self._lock.wait_for(lambda: self._is_over or self._has_room(len(pcm)))
            self._put(pcm, captured_s)
        self._wake()

    def skip(self, count: int) -> None:
        """The device has lost so many samples. Thread: the device's."""
        with self._lock:
            self._at += count
            self.lost += count

    def end(self, error: Exception | None) -> None:
        """There is no more, and why. Thread: the device's."""
        with self._lock:
            self._error = error or DeviceError(f"{self._name}: has ended")
        self._wake()

    def close(self) -> None:
        """The device is released. Thread: the device's."""
        self._call(self._ended.set)

    async def leave(self, limit_s: float) -> bool:
        """Ask the thread to end; false if it had not after `limit_s`."""
        with self._lock:
            self._is_over = True
            self._lock.notify_all()
        try:
            async with asyncio.timeout(limit_s):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True

    async def chunks(self) -> AsyncIterator[SpeechChunk]:
        """What was put, in turn; raises what ended it, or `DeviceError` when nothing comes."""
        limit_s = FIRST_S
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError:
                if not self._arrived.is_set():  # a loop that stood still hears of sound late
                    raise DeviceError(f"{self._name}: no sound for {limit_s:.0f} s") from None
            limit_s = STALL_S
            chunks, error = self._take()
            for chunk in chunks:
                yield chunk
            if error is not None and not chunks:
                raise error

    def _take(self) -> tuple[list[SpeechChunk], Exception | None]:
        with self._lock:
            chunks, error = list(self._chunks), self._error
            self._chunks.clear()
            self._held = 0
            self._is_woken = False
            if not chunks or error is None:
                self._arrived.clear()
            self._lock.notify_all()
        return chunks, error

    def _put(self, pcm: Pcm, captured_s: float) -> None:
        self._chunks.append(SpeechChunk(self._at, captured_s, pcm))
        self._at += len(pcm)
        self._held += len(pcm)
        while self._held > RING_S * SPEECH_RATE_HZ:
            forgotten = len(self._chunks.popleft().pcm)
            self._held -= forgotten
            self.lost += forgotten

    def _has_room(self, count: int) -> bool:
        return self._held + count <= RING_S * SPEECH_RATE_HZ

    def _wake(self) -> None:
        with self._lock:
            if self._is_woken:
                return
            self._is_woken = True
        self._call(self._arrived.set)

    def _call(self, what: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            self._loop.call_soon_threadsafe(what)
