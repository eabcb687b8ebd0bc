"""A camera that is read in a thread of its own: only its newest frame waits for the loop."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from node.board import hanging
from node.channels import Fanout
from node.errors import DeviceError
from node.media import AudioChunk, Frame

log = logging.getLogger(__name__)

STALL_S = 2.0
"""Silent for so long counts as lost."""
FIRST_S = 10.0
"""Time to open, to connect, and to wait for a first IDR (cameras send one each 1 to 4 s)."""
CLOSE_S = 3.0
"""A reader stuck in its library for longer is left behind."""
ENDING_S = 1.0
"""The same when the node ends, which has 1.8 s for all of its parts."""


class Reader(Protocol):
    """Reads one camera from opening to closing."""

    def run(self) -> None:
        """Read until stopped; raises `DeviceError` when the camera is lost. Thread: its own."""

    def stop(self) -> None:
        """Have `run` return soon. Thread: any."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a reader hands over, from its thread.

    `clock` is `loop.time`. `held` is told of each picture that cannot be given: the camera is
    there all the same.
    """

    clock: Callable[[], float]
    give: Callable[[Frame], None]
    hear: Callable[[AudioChunk], None]
    held: Callable[[], None]


class ThreadedCamera:
    """A `FrameSource` over a `Reader` made anew at each opening; `skipped` counts lost frames.

    The first frame may take `first_s`.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[Ports], Reader],
        *,
        sound: Fanout[AudioChunk] | None = None,
        first_s: float = FIRST_S,
    ) -> None:
        self._first_s = first_s
        self._name = name
        self._make = make
        self._sound = sound
        self._reader: Reader | None = None
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._frame: Frame | None = None
        self._error: Exception | None = None
        self.skipped = 0

    async def __aenter__(self) -> Self:
        on_loop, ended = _on_loop(), asyncio.Event()
        self._arrived, self._ended = asyncio.Event(), ended
        self._frame, self._error = None, None

        def call(what: Callable[[], None]) -> None:
            # a reader that was left behind has no say in what was opened after it
            on_loop(lambda: what() if self._ended is ended else None)

        reader = self._reader = self._make(
            Ports(
                clock=asyncio.get_running_loop().time,
                give=lambda frame: call(lambda: self._take(frame)),
                hear=lambda chunk: call(lambda: self._hear(chunk)),
                held=lambda: call(self._arrived.set),
            )
        )
        hanging.begin(self._name, lambda: self._run(reader, call))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reader is None:
            return
        self._reader.stop()
        limit_s = ENDING_S if kind is asyncio.CancelledError else CLOSE_S
        try:
            async with asyncio.timeout(limit_s):
                await self._ended.wait()
        except TimeoutError:
            log.warning("%s: reader still busy after %.0f s, left behind", self._name, limit_s)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        limit_s = self._first_s
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError:
                if not self._arrived.is_set():  # a loop that stood still hears of frames late
                    raise DeviceError(f"{self._name}: no frame for {limit_s:.0f} s") from None
            self._arrived.clear()
            if self._frame is None and self._error is not None:
                raise self._error
            if self._frame is not None:
                frame, self._frame, limit_s = self._frame, None, STALL_S
                if self._error is not None:
                    self._arrived.set()
                yield frame

    def _take(self, frame: Frame) -> None:
        self.skipped += self._frame is not None
        self._frame = frame
        self._arrived.set()

    def _hear(self, chunk: AudioChunk) -> None:
        if self._sound is not None:
            self._sound.put(chunk)

    def _fail(self, error: Exception) -> None:
        self._error = error
        self._arrived.set()

    def _run(self, reader: Reader, call: "Callable[[Callable[[], None]], None]") -> None:
        """Read until stopped or lost. Thread: the reader's."""
        try:
            reader.run()
        except Exception as error:  # noqa: BLE001  # kept, and raised on the loop by the iterator
            kept = error
            call(lambda: self._fail(kept))
        call(lambda: self._ended.set())


def _on_loop() -> Callable[[Callable[[], None]], None]:
    """A function that has something called on this loop, from any thread."""
    loop = asyncio.get_running_loop()

    def call(what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            loop.call_soon_threadsafe(what)

    return call
