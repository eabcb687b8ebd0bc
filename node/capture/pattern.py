"""The simulated camera: a drawn desk with a running clock, a frame counter and quiet life."""

import asyncio
import math
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import numpy as np

from node.board.clock import Clock
from node.capture.drawing import Drawing
from node.channels import Fanout
from node.config import PatternConfig
from node.media import (
    SAMPLE_RATE_HZ,
    AudioChunk,
    Frame,
    Pixels,
    Pts90k,
    Samples,
    Size,
    house_sync,
    samples_per_frame,
)

BEEP_HZ, BEEP_S, BEEP_DBFS = 1000, 0.04, -30.0
FADE_S = 0.002
ROOM_DBFS = -66.0
"""Noise of an empty room: a microphone is never quite silent."""


class PatternCamera:
    """Draws frames on the house sync; where drawing is late, ticks are left out.

    Its sound is faint room noise, without gaps. With the barcode a beep begins with each full
    second of `pts`, on the very frame that shows the first of two flashes.
    """

    def __init__(
        self,
        cfg: PatternConfig,
        *,
        size: Size,
        fps: int,
        sound: Fanout[AudioChunk] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._sound = sound
        self._clock = clock or Clock()
        self._drawing = Drawing(cfg, size=size, fps=fps)
        self._executor: ThreadPoolExecutor | None = None
        self._second = _second_of_sound(has_beep=cfg.barcode)
        self._heard = 0

    async def __aenter__(self) -> Self:
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="pattern camera")
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._executor, self._drawing.prepare)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(wait=False, cancel_futures=True)

    async def __aiter__(self) -> AsyncIterator[Frame]:
        loop = asyncio.get_running_loop()
        began_s, tick, self._heard = house_sync(loop.time(), self._fps), 0, 0
        await asyncio.sleep(began_s - loop.time())
        while True:
            captured_s = loop.time()
            pixels = await self._draw(tick)
            self._hear(tick, captured_s)
            yield Frame(Pts90k(tick * 90_000 // self._fps), captured_s, pixels)
            tick = max(tick + 1, math.floor((loop.time() - began_s) * self._fps))
            await asyncio.sleep(began_s + tick / self._fps - loop.time())

    async def _draw(self, tick: int) -> Pixels:
        now = self._clock.now()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self._drawing.draw, tick, now)

    def _hear(self, tick: int, captured_s: float) -> None:
        """Give the sound up to the end of a tick, also that of ticks left out before it."""
        end = (tick + 1) * samples_per_frame(self._fps)
        places = np.arange(self._heard, end) % SAMPLE_RATE_HZ
        if self._sound is not None:
            self._sound.put(AudioChunk(self._heard, captured_s, self._second[places]))
        self._heard = end


def _second_of_sound(*, has_beep: bool) -> Samples:
    """One second that repeats: float32 [48000, 2]."""
    noise = np.random.default_rng(1).standard_normal(SAMPLE_RATE_HZ)
    room = noise * 10 ** (ROOM_DBFS / 20)
    if has_beep:
        length = round(BEEP_S * SAMPLE_RATE_HZ)
        fade = round(FADE_S * SAMPLE_RATE_HZ)
        shape = np.clip(np.minimum(np.arange(length), np.arange(length)[::-1]) / fade, 0, 1)
        wave = np.sin(2 * np.pi * BEEP_HZ * np.arange(length) / SAMPLE_RATE_HZ)
        room[:length] += 10 ** (BEEP_DBFS / 20) * shape * wave
    return np.repeat(room[:, None], 2, axis=1).astype(np.float32)
