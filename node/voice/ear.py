"""The ear: what is left of the microphone's sound without the booth's own, and what that tells."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from node.audio.cleaner import CleanChunk
from node.channels import Fanout
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ
from node.voice.heard import Heard
from node.voice.hearing import Hearing, VoiceModels

log = logging.getLogger(__name__)

GAP_MAX: Final = SPEECH_RATE_HZ
"""Fewer lost samples than this are heard as silence; after more the ear begins anew."""

Hear = Callable[[Heard, float], None]
"""What was heard, and the loop time (s) at which its stream of sound began."""


class Ear:
    """Optional component `ear`: from the microphone's blocks to what was understood.

    Without its models the node runs on and hears nothing; `trouble` says why. `prepare` is called
    before each piece is heard and sets what `Hearing` lets be set. Works on a thread of its own,
    some 1 ms for 80 ms of sound.
    """

    name = "ear"

    def __init__(
        self,
        *,
        heard: Fanout[CleanChunk],
        load: Callable[[], VoiceModels],
        hear: Hear,
        prepare: Callable[[Hearing], None] = lambda _: None,
    ) -> None:
        self._heard, self._load = heard, load
        self._hear, self._prepare = hear, prepare
        self._pool = ThreadPoolExecutor(1, "ear")
        self._at = self._fed = 0
        self.trouble = ""
        self.dropped = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Hear until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            models = await loop.run_in_executor(self._pool, self._load)
        except AssetError as error:
            self.trouble = str(error)
            log.error("nothing is heard: %s", error)  # noqa: TRY400  # the sentence says it all
            ready()
            await asyncio.Event().wait()
            return
        self.trouble, self._at, self._fed = "", 0, 0
        hearing = Hearing(models)
        with self._heard.subscribe() as reader:
            ready()
            async for one in reader:
                chunks = [one, *reader.take_now()]
                self._prepare(hearing)
                told = await loop.run_in_executor(self._pool, self._listen, hearing, chunks)
                began_s = chunks[-1].chunk.captured_s - self._fed / SPEECH_RATE_HZ
                self.dropped = reader.dropped
                for heard in told:
                    self._hear(heard, began_s)

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _listen(self, hearing: Hearing, chunks: Sequence[CleanChunk]) -> list[Heard]:
        """Thread: the ear's."""
        told: list[Heard] = []
        for one in chunks:
            pcm, lost = one.chunk.pcm, one.chunk.at_16k - self._at
            if lost < 0 or lost > GAP_MAX:
                hearing.reset()
                self._fed = 0
            elif lost:
                told += hearing.feed(np.zeros(lost, np.int16))
                self._fed += lost
            told += hearing.feed(pcm, one.far)
            self._fed += len(pcm)
            self._at = one.chunk.at_16k + len(pcm)
        return told
