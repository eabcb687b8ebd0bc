"""The part that stands between microphone and hearing: takes the booth's own sound out."""

import asyncio
import functools
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

from node.audio.echo import Canceller, open_canceller
from node.audio.echopath import EchoPath, EchoReport
from node.audio.judgement import EchoWindow, Finding, judge
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
    as they are and half duplex stays. Works on a thread of its own, some 1 ms for 20 ms of sound,
    which a slow board's loop could not spare; what it does not manage is lost at the queue.
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
            ThreadPoolExecutor(1, "echo judge") as judges,
            self._heard.subscribe() as heard,
            self._played.subscribe() as played,
        ):
            ready()
            await self._clean(_Work(path), heard, played, (pool, judges))

    async def _clean(
        self,
        work: "_Work",
        heard: Reader[SpeechChunk],
        played: Reader[AudioChunk],
        pools: tuple[Executor, Executor],
    ) -> None:
        loop = asyncio.get_running_loop()
        pool, judges = pools
        judged: asyncio.Future[Finding] | None = None
        async for chunk in heard:
            chunks, sounds = [chunk, *heard.take_now()], played.take_now()
            found: Finding | None = None
            if judged is not None and judged.done():
                found, judged = judged.result(), None
            look = functools.partial(work.do, sounds, chunks, found, is_due=judged is None)
            done = await loop.run_in_executor(pool, look)
            for one in done.cleaned:
                self._out.put(one)
            if done.window is not None:
                judged = loop.run_in_executor(judges, judge, done.window)
            self._tell(done.report)

    def _tell(self, report: EchoReport) -> None:
        before = self.report.value
        if report == before:
            return
        self.report.set(report)
        if (report.duplex, report.why) != (before.duplex, before.why):
            log.info("echo: %s duplex, %s: %s", report.duplex, report.why, report)


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of some blocks: `window` is to be judged."""

    cleaned: Sequence[CleanChunk]
    window: EchoWindow | None
    report: EchoReport


class _Work:
    """What is done with each few blocks. Thread: the echo's."""

    def __init__(self, path: EchoPath) -> None:
        self._path = path

    def do(
        self,
        played: Sequence[AudioChunk],
        heard: Sequence[SpeechChunk],
        found: Finding | None,
        *,
        is_due: bool,
    ) -> _Done:
        """Clean what was heard; `found` is news of the last window, the next one may be due."""
        for one in played:
            self._path.play(one)
        cleaned = [self._cleaned(chunk) for chunk in heard]
        if found is not None:
            self._path.learn(found)
        window = self._path.window() if is_due else None
        return _Done(cleaned, window, self._path.report)

    def _cleaned(self, chunk: SpeechChunk) -> CleanChunk:
        clean, far = self._path.hear(chunk)
        return CleanChunk(replace(chunk, pcm=clean), far)


def _canceller() -> Canceller | None:
    try:
        return open_canceller()
    except DeviceError as error:
        log.warning("%s: half duplex", error)
        return None
