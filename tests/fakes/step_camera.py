"""A camera whose every frame a test gives by hand, and that can be unplugged."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from node.errors import DeviceError
from node.media import Frame, Pts90k, Size, black

SIZE = Size(320, 180)


class StepCamera:
    """Gives the frames that `step` has queued; counts how often it was opened and released."""

    def __init__(self, *, size: Size = SIZE, fps: int = 30, ahead: int = 0) -> None:
        self._size = size
        self._fps = fps
        self._ahead = ahead
        self._steps: asyncio.Queue[bool] = asyncio.Queue(1000)
        self._is_plugged = True
        self._count = 0
        self.opened = 0
        self.released = 0

    def step(self, frames: int = 1) -> None:
        """Have so many frames come."""
        for _ in range(frames):
            self._steps.put_nowait(True)

    def unplug(self) -> None:
        """Lose the camera; what was stepped before still comes."""
        self._is_plugged = False
        self._steps.put_nowait(False)

    def plug(self) -> None:
        """Have it back."""
        self._is_plugged = True
        self._steps = asyncio.Queue(1000)

    async def __aenter__(self) -> Self:
        if not self._is_plugged:
            raise DeviceError("step camera: not there")
        self.opened += 1
        self.step(self._ahead)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released += 1

    async def __aiter__(self) -> AsyncIterator[Frame]:
        loop = asyncio.get_running_loop()
        while await self._steps.get():
            pts = Pts90k(self._count * 90_000 // self._fps)
            self._count += 1
            yield Frame(pts, loop.time(), black(self._size))
        raise DeviceError("step camera: unplugged")
