"""Between microphone and hearing the booth's own sound is taken out, and the mode is told."""

import asyncio
import threading

import numpy as np
import pytest

from node.audio import cleaner, echo
from node.audio.cleaner import CleanChunk, Cleaner
from node.audio.echopath import EchoPath
from node.audio.resample import from_pcm, to_pcm
from node.channels import Fanout
from node.config_voice import VoiceConfig
from node.media import AudioChunk, SpeechChunk
from tests.fakes.inline_pool import InlinePool
from tests.fakes.sounds import program
from tests.unit.audio.test_echopath import echo_of, far_48k


@pytest.fixture
def _at_once(monkeypatch):
    """What is done on threads is done in its turn: no judgement comes seconds of sound late."""
    monkeypatch.setattr(cleaner, "ThreadPoolExecutor", lambda *_: InlinePool())


async def clean(seconds: float, cfg: VoiceConfig):
    """What comes out when both streams are fed in time, and the reports on the way."""
    heard, played = Fanout[SpeechChunk](1000), Fanout[AudioChunk](1000)
    out = Fanout[CleanChunk](10_000)
    part = Cleaner(cfg, heard=heard, played=played, out=out)
    is_ready = asyncio.Event()
    far = far_48k(seconds)
    near, chunks, reports = to_pcm(echo_of(far)), program(far), set()
    task = asyncio.create_task(part.run(is_ready.set))
    await is_ready.wait()
    with out.subscribe() as reader:
        for at in range(0, len(near) - 319, 320):
            end_s = (at + 320) / 16_000
            while chunks and chunks[0].captured_s <= end_s:
                played.put(chunks.pop(0))
            heard.put(SpeechChunk(at, end_s, near[at : at + 320]))
            while reader.waiting * 320 <= at:  # noqa: ASYNC110  # a queue tells of no filling
                await asyncio.sleep(0)
            reports.add(part.report.value)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return reader.take_now(), near, reports


@pytest.mark.usefixtures("_at_once")
async def test_blocks_come_out_cleaned_with_the_far_end_beside_them():
    chunks, near, reports = await clean(20, VoiceConfig())
    assert [one.chunk.at_16k for one in chunks] == list(range(0, len(near) - 319, 320))
    assert all(len(one.far) == 320 for one in chunks)
    left = np.concatenate([one.chunk.pcm for one in chunks])[-32_000:]
    assert np.mean(from_pcm(left) ** 2) < 0.01 * np.mean(from_pcm(near[-32_000:]) ** 2)
    assert any(one.duplex == "full" for one in reports)


@pytest.mark.usefixtures("_at_once")
async def test_without_the_library_it_is_half_duplex_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(echo, "LIBRARY", "libnotthere.so.1")
    echo._library.cache_clear()
    try:
        chunks, near, reports = await clean(1, VoiceConfig())
    finally:
        echo._library.cache_clear()
    assert {one.duplex for one in reports} == {"half"}
    assert (np.concatenate([one.chunk.pcm for one in chunks]) == near[: len(chunks) * 320]).all()
    assert "libnotthere.so.1 cannot be loaded" in caplog.text


async def test_the_loop_runs_on_while_a_slow_board_cleans(monkeypatch):
    may_end, threads = threading.Event(), set()

    def hear(self, chunk):
        threads.add(threading.current_thread())
        may_end.wait(60)
        return chunk.pcm, np.zeros(len(chunk.pcm), np.int16)

    monkeypatch.setattr(EchoPath, "hear", hear)
    heard, out = Fanout[SpeechChunk](5), Fanout[CleanChunk](100)
    part = Cleaner(VoiceConfig(), heard=heard, played=Fanout[AudioChunk](5), out=out)
    is_ready = asyncio.Event()
    task = asyncio.create_task(part.run(is_ready.set))
    await is_ready.wait()
    with out.subscribe() as reader:
        heard.put(SpeechChunk(0, 0.02, np.zeros(320, np.int16)))
        while not threads:  # noqa: ASYNC110  # a thread tells no loop
            await asyncio.sleep(0.001)
        for number in range(1, 20):
            heard.put(SpeechChunk(320 * number, 0.02, np.zeros(320, np.int16)))
        may_end.set()
        told = [await reader.get() for _ in range(6)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert threading.current_thread() not in threads
    assert [one.chunk.at_16k // 320 for one in told] == [0, 15, 16, 17, 18, 19]


@pytest.mark.usefixtures("_at_once")
async def test_a_mode_of_the_configuration_is_told_at_once():
    _, _, reports = await clean(0.5, VoiceConfig(duplex="full"))
    assert {(one.duplex, one.why) for one in reports} == {("full", "set")}
