"""The ear: what is left of the microphone's sound without the booth's own, and what that tells."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final

import numpy as np

from node.audio.cleaner import CleanChunk
from node.channels import Fanout, Reader
from node.errors import AssetError, DeviceError
from node.media import SPEECH_RATE_HZ
from node.voice.heard import Heard, SpeechVanished
from node.voice.hearing import Hearing, VoiceModels
from node.voice.pace import Pace

log = logging.getLogger(__name__)

GAP_MAX: Final = SPEECH_RATE_HZ
"""Fewer lost samples than this are heard as silence; after more the ear begins anew."""
TOO_SLOW: Final = "this machine is too slow right now: rests for {rest_s:.0f} s, then tries again"

Hear = Callable[[Heard, float], None]
"""What was heard, and the loop time (s) at which its stream of sound began."""


class Ear:
    """Optional component `ear`: from the microphone's blocks to what was understood.

    Without its models the node runs on and hears nothing; `trouble` says why. `prepare` is called
    before each piece is heard and sets what `Hearing` lets be set. Works on a thread of its own,
    some 1 ms for 80 ms of sound. Where that thread falls behind, what waits is left out; where it
    does so again and again, `run` raises `DeviceError` and the ear rests, so that the program has
    the board: it is not ready before `rests_s` are over. `tired` is told of each rest, in seconds.
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
        tired: Callable[[float], None] = lambda _: None,
        pool: Executor | None = None,
    ) -> None:
        self._heard, self._load = heard, load
        self._hear, self._prepare, self._tired = hear, prepare, tired
        self._pool = pool or ThreadPoolExecutor(1, "ear")
        self._pace, self._rests_until_s = Pace(), 0.0
        self._at = self._fed = self._left_out = 0
        self.trouble = ""
        self.dropped = 0

    @property
    def rests_s(self) -> float:
        """How long it still rests; 0 for one that does not."""
        return max(0.0, self._rests_until_s - asyncio.get_running_loop().time())

    async def run(self, ready: Callable[[], None]) -> None:
        """Hear until cancelled; raises `DeviceError` where the machine is too slow for it."""
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.rests_s)
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
                    self._rest_if_tired(reader)
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

    def _rest_if_tired(self, reader: Reader[CleanChunk]) -> None:
        """Hear nothing for a while, if it is time to."""
        now_s = asyncio.get_running_loop().time()
        if rest_s := self._pace.rest_s(now_s):
            self._rests_until_s = now_s + rest_s
            self._left_out += reader.dropped
            self._tired(rest_s)
            raise DeviceError(TOO_SLOW.format(rest_s=rest_s))

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
