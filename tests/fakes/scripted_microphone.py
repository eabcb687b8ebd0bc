"""A microphone that hears what a test tells it to, as fast as it is read."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import TracebackType
from typing import Self

from node.audio.resample import BLOCK_SAMPLES
from node.errors import DeviceError
from node.media import SPEECH_RATE_HZ, Pcm, SpeechChunk


class ScriptedMicrophone:
    """Delivers the blocks given, then waits until `unplug`; without blocks it waits at once."""

    label = "scripted microphone"

    def __init__(self, blocks: Iterable[Pcm]) -> None:
        self._blocks = list(blocks)
        self._unplugged = asyncio.Event()
        self.lost = 0
        self.openings = 0
        self.is_open = False

    def unplug(self) -> None:
        """The next wait ends in a `DeviceError`."""
        self._unplugged.set()

    async def __aenter__(self) -> Self:
        if self._unplugged.is_set():
            raise DeviceError("scripted microphone: unplugged")
        self.openings += 1
        self.is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_open = False

    async def __aiter__(self) -> AsyncIterator[SpeechChunk]:
        began_s = asyncio.get_running_loop().time()
        for number, block in enumerate(self._blocks):
            at = number * BLOCK_SAMPLES
            yield SpeechChunk(at, began_s + (at + len(block)) / SPEECH_RATE_HZ, block)
        await self._unplugged.wait()
        raise DeviceError("scripted microphone: unplugged")
