"""The ear: takes the booth's own sound out of what the microphone hears, and tells what is left."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np

from node.audio.echo import open_canceller
from node.audio.echopath import EchoPath, EchoReport, judge
from node.channels import Fanout, Reader
from node.config_voice import VoiceConfig
from node.errors import AssetError, DeviceError
from node.media import SPEECH_RATE_HZ, AudioChunk, SpeechChunk
from node.voice.heard import Heard
from node.voice.hearing import Hearing, VoiceModels

log = logging.getLogger(__name__)

GAP_MAX: Final = SPEECH_RATE_HZ
"""Fewer lost samples than this are heard as silence; after more the ear begins anew."""

Hear = Callable[[Heard, float], None]
"""What was heard, and the loop time (s) at which its stream of sound began."""


class Ear:
    """Optional component: from the microphone's blocks to what was understood.

    Without its models the node runs on and hears nothing; `trouble` says why. `prepare` is called
    before each piece is heard and may set what `Hearing` lets be set. Work is done on a thread of
    its own, some 2 ms for each 100 ms of sound.
    """

    name = "ear"

    def __init__(
        self,
        cfg: VoiceConfig,
        *,
        heard: Fanout[SpeechChunk],
        played: Fanout[AudioChunk],
        load: Callable[[], VoiceModels],
        hear: Hear,
        prepare: Callable[[Hearing], None] = lambda _: None,
    ) -> None:
        self._cfg, self._heard, self._played = cfg, heard, played
        self._load, self._hear, self._prepare = load, hear, prepare
        self._pool = ThreadPoolExecutor(1, "ear")
        self._at = 0
        self.trouble = ""
        self.echo = EchoReport()
        self.dropped = 0

    async def run(self, ready: Callable[[], None]) -> None:
        """Hear until cancelled."""
        loop = asyncio.get_running_loop()
        try:
            models = await loop.run_in_executor(self._pool, self._load)
        except AssetError as error:
            self.trouble = str(error)
            log.error("no voice: %s", error)  # noqa: TRY400  # the sentence says it all
            ready()
            await asyncio.Event().wait()
            return
        self.trouble = ""
        hearing, path = Hearing(models, keeps_utterance=self._cfg.cloud), self._path()
        with self._heard.subscribe() as near, self._played.subscribe() as far:
            ready()
            async for chunk in near:
                chunks = [chunk, *near.take_now()]
                await self._take(hearing, path, chunks, far)
                self.dropped = near.dropped

    async def _take(
        self, hearing: Hearing, path: EchoPath, chunks: Sequence[SpeechChunk],
        far: Reader[AudioChunk],
    ) -> None:  # fmt: skip
        for played in far.take_now():
            path.play(played)
        self._prepare(hearing)
        loop = asyncio.get_running_loop()
        heard = await loop.run_in_executor(self._pool, self._listen, hearing, path, chunks)
        began_s = chunks[-1].captured_s - self._fed / SPEECH_RATE_HZ
        for one in heard:
            self._hear(one, began_s)
        self.echo = path.report

    _fed = 0

    def _listen(
        self, hearing: Hearing, path: EchoPath, chunks: Sequence[SpeechChunk]
    ) -> list[Heard]:
        """Thread: the ear's."""
        told: list[Heard] = []
        for chunk in chunks:
            lost = chunk.at_16k - self._at
            if lost < 0 or lost > GAP_MAX:
                hearing.reset()
                self._fed = 0
            elif lost:
                told += hearing.feed(np.zeros(lost, np.int16))
                self._fed += lost
            clean, played = path.hear(chunk)
            told += hearing.feed(clean, played[: len(clean)])
            self._fed += len(clean)
            self._at = chunk.at_16k + len(chunk.pcm)
        if (window := path.window()) is not None:
            hearing.erle_db = path.learn(judge(window)).erle_db
        return told

    def _path(self) -> EchoPath:
        try:
            canceller = open_canceller()
        except DeviceError as error:
            log.warning("%s: visitors are not heard while the booth speaks", error)
            canceller = None
        return EchoPath(canceller, duplex=self._cfg.duplex, delay_s=self._cfg.echo_delay_ms / 1000)

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)
