"""The ear: what is left of the microphone's sound without the booth's own, and what that tells."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Final, Literal

import numpy as np

from node.audio.cleaner import CleanChunk
from node.channels import Fanout, Reader
from node.errors import AssetError, DeviceError, TransientError
from node.media import SPEECH_RATE_HZ
from node.voice.heard import Heard, SpeechVanished
from node.voice.hearing import Hearing, VoiceModels
from node.voice.pace import Pace, Rests

log = logging.getLogger(__name__)

GAP_MAX: Final = SPEECH_RATE_HZ
"""Fewer lost samples than this are heard as silence; after more the ear begins anew."""
TOO_SLOW: Final = "this machine is too slow right now: rests for {rest_s:.0f} s, then tries again"
FAILED: Final = "the model of the ear failed, it is tried again soon: {error}"
SILENCE: Final = np.zeros(SPEECH_RATE_HZ // 10, np.int16)
"""What a model is tried with: one that fails at once is not believed to hear."""
FIRST_FAILED_S: Final = 2.0
LAST_FAILED_S: Final = 60.0
"""Rests after a failed model, never shorter than the supervisor waits by itself: memory that is
short comes back when another program has ended."""
MENDED_S: Final = 120.0
TRYING_S: Final = 0.5
"""It takes no longer to open the models."""

Why = Literal["too_slow", "model_failed"]
"""Why an ear rests."""

Hear = Callable[[Heard, float], None]
"""What was heard, and the loop time (s) at which its stream of sound began."""


class Ear:
    """Optional component `ear`: from the microphone's blocks to what was understood.

    Without its models the node runs on and hears nothing; `trouble` says why. `prepare` is called
    before each piece is heard and sets what `Hearing` lets be set. Works on a thread of its own,
    some 1 ms for 80 ms of sound. Where that thread falls behind, what waits is left out; where it
    does so again and again, `run` raises `DeviceError` and the ear rests, so that the program has
    the board: it is not ready before `rests_s` are over. A model that fails at work makes it rest
    too, and `trouble` says so until it works again. `tired` is told of each rest: why, and for how
    many seconds. `dropped` counts pieces of 20 ms that were left out.
    """

    name = "ear"

    def __init__(
        self,
        *,
        heard: Fanout[CleanChunk],
        load: Callable[[], VoiceModels],
        hear: Hear,
        prepare: Callable[[Hearing], None] = lambda _: None,
        tired: Callable[[Why, float], None] = lambda _, __: None,
        pool: Executor | None = None,
    ) -> None:
        self._heard, self._load = heard, load
        self._hear, self._prepare, self._tired = hear, prepare, tired
        self._pool = pool or ThreadPoolExecutor(1, "ear")
        self._pace, self._failures = Pace(), Rests(FIRST_FAILED_S, LAST_FAILED_S, MENDED_S)
        self._rests_until_s, self._is_resting = 0.0, False
        self._at = self._fed = self._left_out = 0
        self.trouble = ""
        self.dropped = 0

    @property
    def rests_s(self) -> float:
        """How long it still rests, some of it while it tries; 0 for one that does not."""
        return max(self._left_s, TRYING_S) if self._is_resting else 0.0

    @property
    def _left_s(self) -> float:
        return max(0.0, self._rests_until_s - asyncio.get_running_loop().time())

    async def run(self, ready: Callable[[], None]) -> None:
        """Hear until cancelled.

        Raises:
            DeviceError: The machine is too slow for it.
            TransientError: A model failed, as for want of memory.
        """
        await asyncio.sleep(self._left_s)
        try:
            hearing = await asyncio.get_running_loop().run_in_executor(self._pool, self._opened)
            await self._hear_on(hearing, ready)
        except AssetError as error:
            self.trouble, self._is_resting = str(error), False
            log.error("nothing is heard: %s", error)  # noqa: TRY400  # the sentence says it all
            ready()
            await asyncio.Event().wait()
        except DeviceError:
            raise
        except TransientError as error:
            self._fail(error)
            raise

    def _opened(self) -> Hearing:
        """Models that work. Thread: the ear's."""
        hearing = Hearing(self._load())
        hearing.feed(SILENCE)
        hearing.reset()
        return hearing

    async def _hear_on(self, hearing: Hearing, ready: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self._at = self._fed = 0
        with self._heard.subscribe() as reader:
            lost = 0
            self.trouble, self._is_resting = "", False
            ready()
            async for one in reader:
                chunks = [one, *reader.take_now()]
                has_lost, lost = reader.dropped > lost, reader.dropped
                if self._pace.is_late(one.chunk.captured_s, loop.time(), has_lost=has_lost):
                    self._begin_anew(hearing, chunks)
                    self._rest_if_tired(reader)
                    continue
                self._prepare(hearing)
                try:
                    told = await loop.run_in_executor(self._pool, self._listen, hearing, chunks)
                except TransientError:  # who was speaking is not understood
                    self._tell([SpeechVanished(self._fed / SPEECH_RATE_HZ)], chunks[-1])
                    raise
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
            self._left_out += reader.dropped
            self._rest("too_slow", rest_s)
            raise DeviceError(TOO_SLOW.format(rest_s=rest_s))

    def _fail(self, error: TransientError) -> None:
        self.trouble = FAILED.format(error=error)
        self._rest("model_failed", self._failures.next_s(asyncio.get_running_loop().time()))

    def _rest(self, why: Why, rest_s: float) -> None:
        self._rests_until_s = asyncio.get_running_loop().time() + rest_s
        self._is_resting = True
        self._tired(why, rest_s)

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
