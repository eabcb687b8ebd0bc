"""The ear: what is left of the microphone's sound without the booth's own, and what that tells."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

import numpy as np

from node.audio.cleaner import CleanChunk
from node.channels import Fanout, Reader
from node.errors import AssetError
from node.media import SPEECH_RATE_HZ
from node.voice.heard import Heard, SpeechVanished
from node.voice.hearing import Hearing, VoiceModels
from node.voice.pace import Pace

log = logging.getLogger(__name__)

GAP_MAX: Final = SPEECH_RATE_HZ
"""Fewer lost samples than this are heard as silence; after more the ear begins anew."""
TOO_SLOW: Final = (
    "this board is too slow to listen: typed questions alone, next try in {minutes} min"
)

Hear = Callable[[Heard, float], None]
"""What was heard, and the loop time (s) at which its stream of sound began."""


class Ear:
    """Optional component `ear`: from the microphone's blocks to what was understood.

    Without its models the node runs on and hears nothing; `trouble` says why. `prepare` is called
    before each piece is heard and sets what `Hearing` lets be set. Works on a thread of its own,
    some 1 ms for 80 ms of sound. Where that thread falls behind, what waits is left out; where it
    does so again and again, the ear rests, with `trouble`, so that the program has the board.
    `dropped` counts pieces of 20 ms that were left out.
    """

    name = "ear"

    def __init__(
        self,
        *,
        heard: Fanout[CleanChunk],
        load: Callable[[], VoiceModels],
        hear: Hear,
        prepare: Callable[[Hearing], None] = lambda _: None,
        pool: Executor | None = None,
    ) -> None:
        self._heard, self._load = heard, load
        self._hear, self._prepare = hear, prepare
        self._pool = pool or ThreadPoolExecutor(1, "ear")
        self._pace = Pace()
        self._at = self._fed = self._left_out = 0
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
            lost = 0
            ready()
            async for one in reader:
                chunks = [one, *reader.take_now()]
                has_lost, lost = reader.dropped > lost, reader.dropped
                if self._pace.is_late(one.chunk.captured_s, loop.time(), has_lost=has_lost):
                    self._begin_anew(hearing, chunks)
                    await self._rest(reader)
                    lost = reader.dropped
                    continue
                self._prepare(hearing)
                told = await loop.run_in_executor(self._pool, self._listen, hearing, chunks)
                self._tell(told, chunks[-1])
                self.dropped = self._left_out + reader.dropped

    def _tell(self, told: Sequence[Heard], last: CleanChunk) -> None:
        began_s = last.chunk.captured_s - self._fed / SPEECH_RATE_HZ
        for heard in told:
            self._hear(heard, began_s)

    def _begin_anew(self, hearing: Hearing, late: Sequence[CleanChunk]) -> None:
        """Leave out what waited: who was speaking in it is not understood."""
        self._left_out += len(late)
        self._tell([SpeechVanished(self._fed / SPEECH_RATE_HZ)], late[-1])
        hearing.reset()
        self._fed, self._at = 0, late[-1].chunk.at_16k + len(late[-1].chunk.pcm)

    async def _rest(self, reader: Reader[CleanChunk]) -> None:
        """Hear nothing for a while, if it is time to; the microphone is released meanwhile."""
        rest_s = self._pace.rest_s(asyncio.get_running_loop().time())
        if not rest_s:
            return
        self.trouble = TOO_SLOW.format(minutes=round(rest_s / 60))
        log.warning("ear: %s", self.trouble)
        await asyncio.sleep(rest_s)
        reader.drop_all()
        self.trouble = ""
        log.info("ear: listens again")

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _listen(self, hearing: Hearing, chunks: Sequence[CleanChunk]) -> list[Heard]:
        """Thread: the ear's."""
        told: list[Heard] = []
        for one in chunks:
            pcm, lost = one.chunk.pcm, one.chunk.at_16k - self._at
            if lost < 0 or lost > GAP_MAX:
                told.append(SpeechVanished(self._fed / SPEECH_RATE_HZ))
                hearing.reset()
                self._fed = 0
            elif lost:
                told += hearing.feed(np.zeros(lost, np.int16))
                self._fed += lost
            told += hearing.feed(pcm, one.far)
            self._fed += len(pcm)
            self._at = one.chunk.at_16k + len(pcm)
        return told
