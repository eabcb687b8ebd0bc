"""The part that stands between microphone and hearing: takes the booth's own sound out."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from node.audio.echo import Canceller, open_canceller
from node.audio.echopath import EchoPath, EchoReport
from node.audio.judgement import judge
from node.channels import Fanout, Reader, State
from node.config_voice import VoiceConfig
from node.errors import DeviceError
from node.media import AudioChunk, Pcm, SpeechChunk

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class CleanChunk:
    """What visitors said, and what the booth played then: `far`, int16, as long as the chunk."""

    chunk: SpeechChunk
    far: Pcm


class Cleaner:
    """Puts each block heard into `out`, cleaned; `report` says whether it may be interrupted.

    `played` is what the loudspeaker or the browsers play. Where libspeexdsp is missing, blocks pass
    as they are and half duplex stays.
    """

    name = "echo"

    def __init__(
        self,
        cfg: VoiceConfig,
        *,
        heard: Fanout[SpeechChunk],
        played: Fanout[AudioChunk],
        out: Fanout[CleanChunk],
    ) -> None:
        self._cfg = cfg
        self._heard, self._played, self._out = heard, played, out
        self.report: State[EchoReport] = State(EchoReport())

    async def run(self, ready: Callable[[], None]) -> None:
        """Clean until cancelled."""
        path = EchoPath(
            _canceller(), duplex=self._cfg.duplex, delay_s=self._cfg.echo_delay_ms / 1000
        )
        self.report.set(path.report)
        with (
            ThreadPoolExecutor(1, "echo") as pool,
            self._heard.subscribe() as heard,
            self._played.subscribe() as played,
        ):
            ready()
            await self._clean(path, heard, played, pool)

    async def _clean(
        self,
        path: EchoPath,
        heard: Reader[SpeechChunk],
        played: Reader[AudioChunk],
        pool: ThreadPoolExecutor,
    ) -> None:
        loop, judged = asyncio.get_running_loop(), None
        async for chunk in heard:
            for one in played.take_now():
                path.play(one)
            clean, far = path.hear(chunk)
            self._out.put(CleanChunk(replace(chunk, pcm=clean), far))
            if judged is not None and judged.done():
                path.learn(judged.result())
                judged = None
            if judged is None and (window := path.window()) is not None:
                judged = loop.run_in_executor(pool, judge, window)
            self._tell(path.report)

    def _tell(self, report: EchoReport) -> None:
        before = self.report.value
        if report == before:
            return
        self.report.set(report)
        if (report.duplex, report.why) != (before.duplex, before.why):
            log.info("echo: %s duplex, %s: %s", report.duplex, report.why, report)


def _canceller() -> Canceller | None:
    try:
        return open_canceller()
    except DeviceError as error:
        log.warning("%s: half duplex", error)
        return None
