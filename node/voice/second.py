"""The second stage: what the head left undecided, written down by a recogniser of English.

Moonshine's tiny English model (MIT, extra `asr`), which comes with its wheel; nothing is fetched.
What it writes is understood as a typed question is, and stands nowhere: no log, store or screen.
"""

import asyncio
import contextlib
import importlib
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Final

import numpy as np

from node.board.capacity import read_capacity
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.intents import Understood, understand
from node.voice.lexicon import Lexicon

log = logging.getLogger(__name__)

LIBRARY: Final = "moonshine_voice"
MODEL: Final = "tiny-en"
MEMORY_MIN_MIB: Final = 3500
"""A board of 4 GB tells of some 3.7; the model takes 0.3 to 0.6 GB (measured)."""
WORDS_S: Final = 2.5
"""A visitor who was not understood is asked again after so long at the latest."""
NICENESS: Final = 10
FULL_SCALE: Final = 32768.0
NO_QUESTION: Final = frozenset({"yes", "no", "thanks"})
"""What recognisers write of noise and of other languages, "Thank you." above all."""

Write = Callable[[Pcm], str]
"""Sound, int16 [n] 16 kHz, to words. Thread: one, not the loop's."""


class SecondEar:
    """Optional component; `load` opens the recogniser. `trouble` says why there is none."""

    name = "second ear"

    def __init__(self, load: Callable[[], Write] | None = None) -> None:
        self._load = load or open_moonshine
        self._write: Write | None = None
        self._pool = ThreadPoolExecutor(1, "second ear", initializer=_yield_to_others)
        self.trouble = ""

    @property
    def is_there(self) -> bool:
        """Whether anything can be written down."""
        return self._write is not None

    async def run(self, ready: Callable[[], None]) -> None:
        """Open the recogniser, and be there until cancelled."""
        ready()
        loop = asyncio.get_running_loop()
        try:
            self._write = await loop.run_in_executor(self._pool, self._load)
        except AssetError as error:
            self.trouble = str(error)
            log.error("no second stage: %s", error)  # noqa: TRY400  # the sentence says it all
        try:
            await asyncio.Event().wait()
        finally:
            self._write = None

    async def understood(self, pcm: Pcm, lexicon: Lexicon) -> Understood:
        """What an utterance asks; of no intent where that cannot be told, or not in time."""
        words = ""
        if self._write is not None:
            writing = asyncio.get_running_loop().run_in_executor(self._pool, self._write, pcm)
            with contextlib.suppress(TimeoutError, AssetError):
                words = await asyncio.wait_for(writing, WORDS_S)
        found = understand(words, lexicon, "en")
        is_told = found.intent or found.products
        return found if is_told and found.intent not in NO_QUESTION else Understood()

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def open_moonshine() -> Write:
    """The recogniser; raises `AssetError` where it is not installed or memory is short."""
    memory_mib = read_capacity().memory_mib
    if memory_mib < MEMORY_MIN_MIB:
        raise AssetError(f"needs {MEMORY_MIN_MIB} MiB of memory, there are {memory_mib}")
    try:
        library = importlib.import_module(LIBRARY)  # an extra, 150 MB
    except (ImportError, OSError) as error:
        raise AssetError(f"the extra asr is not installed: {error}") from error
    return _writer(library)


def _writer(library: ModuleType) -> Write:
    faults: tuple[type[Exception], ...] = (library.MoonshineError, OSError)
    try:
        folder = library.get_model_path(MODEL)
        recogniser = library.Transcriber(str(folder), library.ModelArch.TINY)
    except faults as error:
        raise AssetError(f"{LIBRARY}: {MODEL}: {error}") from error

    def write(pcm: Pcm) -> str:
        sound = (pcm.astype(np.float32) / FULL_SCALE).tolist()
        try:
            told = recogniser.transcribe_without_streaming(sound, SPEECH_RATE_HZ)
        except faults as error:
            raise AssetError(f"{LIBRARY}: {type(error).__name__}") from error
        return " ".join(line.text for line in told.lines)

    return write


def _yield_to_others() -> None:
    os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
