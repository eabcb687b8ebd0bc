"""A stand-in for the program: moving pictures and a tone, on time, into fan-outs."""

import asyncio
from collections.abc import Callable

import numpy as np

from node.channels import Fanout
from node.media import SAMPLE_RATE_HZ, AudioChunk, Frame, Pixels, Pts90k, Size, black

TONE_HZ = 440.0


class MovingPattern:
    """A bright bar that travels over a gradient at `fps`, and a soft tone; a component.

    `frame` counts the frames put; the newest one has `pts`.
    """

    name = "moving pattern"

    def __init__(
        self, *, size: Size, fps: int, frames: Fanout[Frame], sound: Fanout[AudioChunk]
    ) -> None:
        self._size = size
        self._fps = fps
        self._frames = frames
        self._sound = sound
        self._backdrop = black(size)
        self._backdrop[: size.height] = np.linspace(16, 160, size.width, dtype=np.uint8)
        self.frame = 0

    @property
    def pts(self) -> Pts90k:
        """Time stamp of the newest frame."""
        return Pts90k((self.frame - 1) * 90_000 // self._fps)

    async def run(self, ready: Callable[[], None]) -> None:
        """Put one frame and its sound each tick, until cancelled."""
        loop = asyncio.get_running_loop()
        zero_s = loop.time()
        ready()
        while True:
            due_s = zero_s + self.frame / self._fps
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            self._put(self.frame, due_s)
            self.frame += 1

    def _put(self, number: int, due_s: float) -> None:
        count = SAMPLE_RATE_HZ // self._fps
        at = number * count
        tone = 0.2 * np.sin(2 * np.pi * TONE_HZ * np.arange(at, at + count) / SAMPLE_RATE_HZ)
        samples = np.repeat(tone[:, None], 2, axis=1).astype(np.float32)
        self._frames.put(Frame(Pts90k(number * 90_000 // self._fps), due_s, self._drawn(number)))
        self._sound.put(AudioChunk(at, due_s, samples))

    def _drawn(self, number: int) -> Pixels:
        pixels = self._backdrop.copy()
        width = self._size.width // 8
        left = number * 8 % (self._size.width - width)
        pixels[: self._size.height, left : left + width] = 235
        return pixels
