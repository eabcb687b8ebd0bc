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

from node.board.leisure import Leisure
from node.clips.importing import TARGET_LUFS
from node.errors import AssetError, DeviceError
from node.media import SAMPLE_RATE_HZ, Samples
from node.voice import sounding
from node.voice.engine import Engine, Origin, Raw
from node.voice.prompts import recorded
from node.voice.speech_cache import SpeechCache

log = logging.getLogger(__name__)

PATIENCE_S = 0.8
"""So long a voice may take where another could speak instead; then a visitor begins to wonder."""
REST_S = 0.25
"""Between two sentences rendered ahead: pictures come first (a sentence costs 25 ms, x86-64)."""
LISTS_MAX = 8
"""Lists of sentences that may wait to be rendered ahead: one for a day, one for each offer."""
AT_ONCE_S = 0.05
"""So long the neural voice is waited for where another has the sentence on disk already."""
RECORDING_MAX_S = 8.0
"""Of a reply's recording: an answer takes 5 s (domain rules §6), of a slow speaker a few more."""
FOLDER = "speech"

Able = tuple[Engine, str, Origin]
"""A voice that can say a sentence, the key under which it is kept, its kind."""


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

    Speech is as loud as the program, `target_lufs`. `troubles` has a line for each engine that
    cannot be had; with none left, `is_mute`.
    """

    def __init__(
        self, engines: Sequence[Engine], *, state_dir: Path, cache_mb: int = 64,
        patience_s: float = PATIENCE_S, rest_s: float = REST_S,
        target_lufs: float = TARGET_LUFS, leisure: Leisure | None = None,
    ) -> None:  # fmt: skip
        self._all, self._engines = tuple(engines), list[Engine]()
        self._cache = SpeechCache(state_dir / FOLDER, cache_mb * 1_000_000)
        self._patience_s, self._rest_s = patience_s, rest_s
        self._target_lufs, self._how = target_lufs, f"{sounding.VERSION} {target_lufs:g}"
        self._leisure = leisure or Leisure()
        self._pool = ThreadPoolExecutor(1, "speech")
        self._rendering: dict[str, asyncio.Task[Samples]] = {}
        self._to_keep: set[str] = set()
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

    async def render(self, text: str, locale: str, *, is_kept: bool = True) -> Spoken:
        """The sentence as sound; raises `DeviceError` if no voice can say it.

        One that is not to be kept leaves nothing on disk; it may be found there all the same.
        """
        able = self._able(text, locale)
        why = "; ".join(self.troubles) or f"no voice speaks {locale}"
        for place, (engine, key, origin) in enumerate(able):
            samples = await self._found(key)
            if samples is not None:
                return Spoken(samples, origin, is_cached=True)
            if is_kept:
                self._to_keep.add(key)
            try:
                async with asyncio.timeout(self._patience(engine, able[place + 1 :])):
                    samples = await asyncio.shield(self._rendered(engine, key, text, locale))
            except (AssetError, DeviceError) as error:
                why = str(error)
                log.warning("speech: the %s voice failed: %s", origin, error)
            except TimeoutError:
                self._left(key)
            except asyncio.CancelledError:
                self._left(key)
                raise
            else:
                return Spoken(samples, origin, is_cached=False)
        raise DeviceError(f"nothing can be said in {locale}: {why}")

    async def recorded(self, path: Path) -> Samples:
        """A recorded reply, trimmed and as loud as all that is said; nothing of it is kept.

        Raises:
            AssetError: it is missing, no sound, silent, or longer than `RECORDING_MAX_S`.
        """

        def made() -> Samples:
            raw = Raw(recorded(path, RECORDING_MAX_S), SAMPLE_RATE_HZ)
            return sounding.sounding(sounding.trimmed(raw, self._target_lufs))

        return await asyncio.get_running_loop().run_in_executor(self._pool, made)

    def prepare(self, lines: Iterable[tuple[str, str]]) -> None:
        """Have sentences (text, locale) rendered ahead, by `work`; those known are passed over.

        They are drawn from `lines` one by one, when their turn comes. Of more than `LISTS_MAX`
        lists that wait the oldest is dropped.
        """
        self._coming.append(iter(lines))
        self._wanted.set()

    async def work(self) -> None:
        """Render ahead what was asked for, one sentence at a time, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            while self._coming:
                for text, locale in self._coming.popleft():
                    began_s = loop.time()
                    is_made = await self._made_ready(text, locale)
                    await asyncio.sleep(self._rest_s if is_made else 0)
                    if is_made:
                        await self._leisure.rest_after(loop.time() - began_s)
            self._wanted.clear()
            await self._wanted.wait()

    async def _made_ready(self, text: str, locale: str) -> bool:
        """Have the best voice's rendering on disk, or the next best's; whether it took work."""
        able = self._able(text, locale)
        for engine, key, _ in able:
            if self._cache.has(key):
                return False
            self._to_keep.add(key)
            with contextlib.suppress(AssetError, DeviceError):
                await asyncio.shield(self._rendered(engine, key, text, locale))
                return True
        return bool(able)

    def _able(self, text: str, locale: str) -> list[Able]:
        """Those that can say it, best first, and under which key it is kept."""
        plain, able = _plain(text), list[Able]()
        for engine in self._engines:
            if voice := engine.voice(plain, locale):
                key = f"{engine.origin} {voice} {self._how} {locale}\n{plain}"
                able.append((engine, key, engine.origin))
        return able

    async def _found(self, key: str) -> Samples | None:
        def found() -> Samples | None:
            speech = self._cache.find(key)
            return None if speech is None else sounding.sounding(speech)

        return await asyncio.get_running_loop().run_in_executor(self._pool, found)

    def _patience(self, engine: Engine, others: Sequence[Able]) -> float | None:
        """How long a voice is waited for, s; None: to its end, for there is no other."""
        if not others:
            return None
        is_there = any(self._cache.has(key) for _, key, _ in others)
        return AT_ONCE_S if is_there and engine.origin == "neural" else self._patience_s

    def _rendered(self, engine: Engine, key: str, text: str, locale: str) -> asyncio.Task[Samples]:
        """The one task that renders a sentence, whoever waits for it."""
        task = self._rendering.get(key)
        if task is None:
            rendering = self._render(engine, key, _plain(text), locale)
            task = self._rendering[key] = asyncio.create_task(rendering, name="speak")
            task.add_done_callback(lambda done: self._is_done(key, done))
        return task

    def _left(self, key: str) -> None:
        """Nobody waits any longer: what is not to be kept need not come to its end."""
        if key not in self._to_keep and key in self._rendering:
            self._rendering[key].cancel()

    def _is_done(self, key: str, task: asyncio.Task[Samples]) -> None:
        self._rendering.pop(key, None)
        self._to_keep.discard(key)
        if not task.cancelled():
            task.exception()  # whoever waits is told; nobody may be left

    async def _render(self, engine: Engine, key: str, text: str, locale: str) -> Samples:
        raw = await engine.speak(text, locale)

        def made() -> Samples:
            speech = sounding.trimmed(raw, self._target_lufs)
            if key in self._to_keep:
                self._cache.keep(key, speech)
            return sounding.sounding(speech)

        return await asyncio.get_running_loop().run_in_executor(self._pool, made)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())
