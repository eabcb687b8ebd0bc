"""A camera behind anything FFmpeg opens: rtsp://, udp://, /dev/video0, a file, a lavfi graph."""

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

from node.capture.intake import Intake, masked
from node.channels import Fanout
from node.config import UrlConfig
from node.errors import DeviceError
from node.media import AudioChunk, Frame, Size

log = logging.getLogger(__name__)

STALL_S = 2.0
"""Silent for so long counts as lost."""
FIRST_S = 10.0
"""Time to connect and to wait for a first IDR (cameras send one each 1 to 4 s)."""
CLOSE_S = 1.0
"""A reader thread stuck in FFmpeg for longer is left behind; it ends by FFmpeg's own timeout."""


class UrlCamera:
    """Reads in a thread of its own; only the newest frame waits for the loop, `skipped` counts.

    A file is paced by its timestamps, a live source comes as it comes.
    """

    def __init__(
        self, cfg: UrlConfig, *, size: Size, fps: int, sound: Fanout[AudioChunk] | None = None
    ) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._sound = sound
        self._intake: Intake | None = None
        self._arrived = asyncio.Event()
        self._ended = asyncio.Event()
        self._frame: Frame | None = None
        self._error: Exception | None = None
        self.skipped = 0

    async def __aenter__(self) -> Self:
        call = _on_loop()
        self._arrived, self._ended = asyncio.Event(), asyncio.Event()
        self._frame, self._error = None, None
        intake = self._intake = Intake(
            self._cfg,
            size=self._size,
            fps=self._fps,
            clock=asyncio.get_running_loop().time,
            give=lambda frame: call(lambda: self._take(frame)),
            hear=lambda chunk: call(lambda: self._hear(chunk)),
            held=lambda: call(self._arrived.set),
        )
        threading.Thread(
            target=self._run, args=(intake, call), name="url camera", daemon=True
        ).start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._intake is None:
            return
        self._intake.stop()
        try:
            async with asyncio.timeout(CLOSE_S):
                await self._ended.wait()
        except TimeoutError:
            log.warning("camera: reader still busy after %.0f s, left behind", CLOSE_S)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        limit_s = FIRST_S
        while True:
            try:
                async with asyncio.timeout(limit_s):
                    await self._arrived.wait()
            except TimeoutError:
                raise DeviceError(
                    f"camera {masked(self._cfg.url)}: no frame for {limit_s:.0f} s"
                ) from None
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

    def _run(self, intake: Intake, call: "Callable[[Callable[[], None]], None]") -> None:
        """Read until stopped or lost. Thread: the reader's."""
        ended = self._ended
        try:
            intake.run()
        except Exception as error:  # noqa: BLE001  # kept, and raised on the loop by the iterator
            kept = error
            call(lambda: self._fail(kept))
        call(ended.set)


def _on_loop() -> Callable[[Callable[[], None]], None]:
    """A function that has something called on this loop, from any thread."""
    loop = asyncio.get_running_loop()

    def call(what: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop has closed: nobody is left to be told
            loop.call_soon_threadsafe(what)

    return call
