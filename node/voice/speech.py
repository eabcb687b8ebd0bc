"""What the node says: a sentence in, sound for the program out, from the best voice to be had.

A recorded prompt comes before the neural voice, that before espeak-ng. What was rendered once lies
on disk. A neural voice that is slow on this board is not waited for while a visitor stands there:
espeak-ng says it now, and the neural voice has it ready for the next time.
"""

import asyncio
import contextlib
import logging
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from node.errors import AssetError, DeviceError
from node.media import SAMPLE_RATE_HZ, Samples
from node.voice import sounding
from node.voice.engine import Engine, Origin
from node.voice.speech_cache import SpeechCache

log = logging.getLogger(__name__)

PATIENCE_S = 0.8
"""So long a voice may take where another could speak instead; then a visitor begins to wonder."""
LISTS_MAX = 8
"""Lists of sentences that may wait to be rendered ahead: one for a day, one for each offer."""
FOLDER = "speech"


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A sentence as the program takes it: float32 [n, 2], 48 kHz, levelled, never empty."""

    samples: Samples
    origin: Origin
    is_cached: bool

    @property
    def seconds(self) -> float:
        """Its length."""
        return len(self.samples) / SAMPLE_RATE_HZ


class Speech:
    """An async context; `engines` are tried in their order, `state_dir`/speech is its cache.

    `troubles` has a line for each engine that cannot be had; with none left, `is_mute`.
    """

    def __init__(
        self, engines: Sequence[Engine], *, state_dir: Path, cache_mb: int = 64,
        patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        self._all, self._engines = tuple(engines), list[Engine]()
        self._cache = SpeechCache(state_dir / FOLDER, cache_mb * 1_000_000)
        self._patience_s = patience_s
        self._pool = ThreadPoolExecutor(1, "speech")
        self._rendering: dict[str, asyncio.Task[Samples]] = {}
        self._coming: deque[Iterator[tuple[str, str]]] = deque(maxlen=LISTS_MAX)
        self._wanted = asyncio.Event()
        self.troubles: tuple[str, ...] = ()

    async def __aenter__(self) -> Self:
        for engine in self._all:
            try:
                await engine.begin()
            except (AssetError, DeviceError) as error:
                self.troubles = (*self.troubles, str(error))
                log.warning("speech: no %s voice: %s", engine.origin, error)
            else:
                self._engines.append(engine)
        await asyncio.get_running_loop().run_in_executor(self._pool, self._cache.open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for task in self._rendering.values():
            task.cancel()
        await asyncio.gather(*self._rendering.values(), return_exceptions=True)
        for engine in self._all:
            engine.close()
        self._engines.clear()
        self._pool.shutdown(wait=False, cancel_futures=True)

    @property
    def is_mute(self) -> bool:
        """Whether nothing can speak: sentences are then shown and not heard."""
        return not self._engines

    @property
    def voices(self) -> tuple[Origin, ...]:
        """The voices to be had, the best first."""
        return tuple(engine.origin for engine in self._engines)

    async def render(self, text: str, locale: str) -> Spoken:
        """The sentence as sound; raises `DeviceError` if no voice can say it."""
        able = self._able(text, locale)
        for _, key, origin in able:
            samples = await self._found(key)
            if samples is not None:
                return Spoken(samples, origin, is_cached=True)
        why = "; ".join(self.troubles) or f"no voice speaks {locale}"
        for place, (engine, key, origin) in enumerate(able):
            patience_s = self._patience_s if place + 1 < len(able) else None
            try:
                samples = await self._rendered(engine, key, text, locale, patience_s)
            except (AssetError, DeviceError) as error:
                why = str(error)
                log.warning("speech: the %s voice failed: %s", origin, error)
            except TimeoutError:
                log.debug("speech: the %s voice is late", origin)
            else:
                return Spoken(samples, origin, is_cached=False)
        raise DeviceError(f"nothing can be said in {locale}: {why}")

    def prepare(self, lines: Iterable[tuple[str, str]]) -> None:
        """Have sentences (text, locale) rendered ahead, by `work`; those known are passed over.

        They are drawn from `lines` one by one, when their turn comes. Of more than `LISTS_MAX`
        lists that wait the oldest is dropped.
        """
        self._coming.append(iter(lines))
        self._wanted.set()

    async def work(self) -> None:
        """Render ahead what was asked for, one sentence at a time, until cancelled."""
        while True:
            while self._coming:
                for text, locale in self._coming.popleft():
                    with contextlib.suppress(AssetError, DeviceError):
                        await self._made_ready(text, locale)
                    await asyncio.sleep(0)
            self._wanted.clear()
            await self._wanted.wait()

    async def _made_ready(self, text: str, locale: str) -> None:
        """Have the best voice's rendering on disk; the next best where that fails."""
        for engine, key, _ in self._able(text, locale):
            if self._cache.has(key):
                return
            with contextlib.suppress(AssetError, DeviceError):
                await self._rendered(engine, key, text, locale, None)
                return

    def _able(self, text: str, locale: str) -> list[tuple[Engine, str, Origin]]:
        """Those that can say it, best first, and under which key it is kept."""
        plain, able = _plain(text), list[tuple[Engine, str, Origin]]()
        for engine in self._engines:
            if voice := engine.voice(plain, locale):
                key = f"{engine.origin} {voice} {sounding.VERSION} {locale}\n{plain}"
                able.append((engine, key, engine.origin))
        return able

    async def _found(self, key: str) -> Samples | None:
        def found() -> Samples | None:
            speech = self._cache.find(key)
            return None if speech is None else sounding.sounding(speech)

        return await asyncio.get_running_loop().run_in_executor(self._pool, found)

    async def _rendered(
        self, engine: Engine, key: str, text: str, locale: str, patience_s: float | None
    ) -> Samples:
        """Rendered and kept; whoever waits no longer leaves it at work for the next time."""
        task = self._rendering.get(key)
        if task is None:
            rendering = self._render(engine, key, _plain(text), locale)
            task = self._rendering[key] = asyncio.create_task(rendering, name="speak")
            task.add_done_callback(lambda done: self._is_done(key, done))
        async with asyncio.timeout(patience_s):
            return await asyncio.shield(task)

    def _is_done(self, key: str, task: asyncio.Task[Samples]) -> None:
        self._rendering.pop(key, None)
        if not task.cancelled():
            task.exception()  # whoever waits is told; nobody may be left

    async def _render(self, engine: Engine, key: str, text: str, locale: str) -> Samples:
        raw = await engine.speak(text, locale)

        def kept() -> Samples:
            speech = sounding.trimmed(raw)
            self._cache.keep(key, speech)
            return sounding.sounding(speech)

        return await asyncio.get_running_loop().run_in_executor(self._pool, kept)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
