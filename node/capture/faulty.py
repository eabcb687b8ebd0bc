"""A switch between a camera and the node that does what pulling its plug does."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

from node.errors import DeviceError
from node.media import Frame

if TYPE_CHECKING:
    from node.capture.source import FrameSource

STALL_S = 2.0
"""A camera silent for so long counts as lost."""


class FaultSwitch:
    """Kills and heals whatever source is laid under it. For the demo and tests."""

    def __init__(self) -> None:
        self._plugged = asyncio.Event()
        self._plugged.set()

    @property
    def is_killed(self) -> bool:
        """Whether the camera is cut off now."""
        return not self._plugged.is_set()

    def kill(self) -> None:
        """Cut the camera off: frames stop; opening it anew fails."""
        self._plugged.clear()

    def heal(self) -> None:
        """Plug it in again."""
        self._plugged.set()

    def over(self, source: "FrameSource") -> "FrameSource":
        """The same source, cut off while the switch is killed."""
        return _Switched(source, self._plugged)


class _Switched:
    def __init__(self, source: "FrameSource", plugged: asyncio.Event) -> None:
        self._source = source
        self._plugged = plugged

    async def __aenter__(self) -> Self:
        if not self._plugged.is_set():
            raise DeviceError("camera: not there (unplugged by the fault switch)")
        await self._source.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._source.__aexit__(kind, error, trace)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        async for frame in self._source:
            await self._wait()
            yield frame

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(STALL_S):
                await self._plugged.wait()
        except TimeoutError:
            raise DeviceError(
                f"camera: no frame for {STALL_S:.0f} s (unplugged by the fault switch)"
            ) from None
