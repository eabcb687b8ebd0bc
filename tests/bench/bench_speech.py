"""Times what the node says: from the decision to its first sound in the program, and rendering.

    python -m tests.bench.bench_speech [--rounds 30] [--neural FOLDER]

A real mixer ticks at 30 fps over a camera that is drawn and silent, without
encoders; espeak-ng renders for real.
`decision -> sound` is from `submit` to the tick whose mixed sound first holds speech, by its own
chunk; the program's picture and sound both lie one tick behind that. `cut -> silence` is from
`cut` to the last sample of speech in the program. Prints p50 and p95 in milliseconds.
"""

import argparse
import asyncio
import contextlib
import shutil
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from node.channels import Reader
from node.media import SAMPLE_RATE_HZ, AudioChunk
from node.program.commands import Answer
from node.voice.engine import Engine
from node.voice.espeak import Espeak
from node.voice.saying import Aloud
from node.voice.speech import Speech
from tests.fakes.rundowns import live, rundown
from tests.fakes.studio import Studio

VOICES = {"zh": "cmn", "en": "en-gb"}
LINES = (
    ("展会价一百二十九元。", "zh"),
    ("十二点十分有九十九元场,限三十套。", "zh"),
    ("有黑色和白色两种颜色。", "zh"),
    ("全国包邮,三天送到。", "zh"),
    ("我去叫工作人员,请稍等。", "zh"),
    ("The show price is 129 yuan.", "en"),
    ("It comes in black and white.", "en"),
    ("Scan the code on the screen to buy it.", "en"),
    ("I will call a member of staff, one moment please.", "en"),
)
SPEECH_ABOVE = 0.02
"""Nothing else sounds here."""


def main() -> None:
    """Run it and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--neural", type=Path)
    told = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        raise SystemExit("espeak-ng is not installed")
    asyncio.run(measure(told.rounds, told.neural))


async def measure(rounds: int, neural: Path | None) -> None:
    """All measurements."""
    espeak = Espeak(lambda: VOICES)
    await espeak.begin()
    await rendering(espeak)
    if neural is not None:
        from node.voice.neural import Neural

        voice = Neural(neural)
        await voice.begin()
        await rendering(voice)
        voice.close()
    for is_cached in (True, False):
        with tempfile.TemporaryDirectory() as folder:
            await program(rounds, Path(folder), espeak, is_cached=is_cached)


async def rendering(engine: Engine) -> None:
    """How long an engine takes for each line, and for how much sound."""
    for text, locale in LINES:
        start, busy = time.perf_counter(), time.process_time()
        raw = await engine.speak(text, locale)
        spent, cpu = time.perf_counter() - start, time.process_time() - busy
        seconds = len(raw.pcm) / raw.rate_hz
        print(f"{engine.origin:7} {spent * 1e3:7.0f} ms (own CPU {cpu * 1e3:.0f} ms) for "
              f"{seconds:.1f} s  {text}")  # fmt: skip


async def program(rounds: int, folder: Path, espeak: Engine, *, is_cached: bool) -> None:
    """Decision to sound and cut to silence, in a program that runs in real time."""
    studio = Studio(rundown(live("desk", 3600), play=("desk",)))
    studio.mixer._make_pool = lambda: ThreadPoolExecutor(1)
    speech = Speech([espeak], state_dir=folder)
    aloud = Aloud(
        state=studio.state, ring=studio.spoken, speech=speech, submit=studio.runner.submit
    )
    ready = asyncio.Event()
    with studio.mixed.subscribe() as sounds:
        tasks = [asyncio.ensure_future(studio.film()), asyncio.ensure_future(aloud.run(ready.set)),
                 asyncio.ensure_future(studio.mixer.run(lambda: None))]  # fmt: skip
        await ready.wait()
        await asyncio.sleep(1)
        if is_cached:
            for text, locale in LINES:
                await speech.render(text, locale)
        begun, cut = list[float](), list[float]()
        for number in range(rounds):
            text, locale = LINES[number % len(LINES)]
            key = f"answer.{number}"
            begun.append(await decision_to_sound(studio, sounds, key, text, locale))
            await asyncio.sleep(0.3 + 0.01 * (number % 4))
            cut.append(await cut_to_silence(aloud, sounds))
            await asyncio.sleep(0.2)
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
    kind = "cached" if is_cached else "not cached, then cached"
    tell(f"decision -> sound, {kind}", begun)
    tell("cut -> silence", cut)
    print(f"frames {studio.counters.out}, missing {studio.counters.missing}")


async def decision_to_sound(
    studio: Studio, sounds: Reader[AudioChunk], key: str, text: str, locale: str
) -> float:
    """Seconds from `submit` to the moment at which the first speech lies mixed."""
    sounds.take_now()
    decided_s = time.perf_counter()
    submitting = asyncio.ensure_future(studio.runner.submit(Answer(key, {locale: text}, locale)))
    async for chunk in sounds:
        if np.abs(chunk.samples).max() > SPEECH_ABOVE:
            await submitting
            return time.perf_counter() - decided_s
    raise AssertionError("the program has ended")


async def cut_to_silence(aloud: Aloud, sounds: Reader[AudioChunk]) -> float:
    """Seconds from `cut` to the last sample of speech, by the chunk's own time."""
    sounds.take_now()
    last_s = asked_s = asyncio.get_running_loop().time()
    await aloud.cut("stop", "voice")
    quiet = 0
    async for chunk in sounds:
        loud = np.flatnonzero(np.abs(chunk.samples[:, 0]) > SPEECH_ABOVE)
        quiet = 0 if len(loud) else quiet + 1
        if len(loud):
            last_s = chunk.captured_s + int(loud[-1]) / SAMPLE_RATE_HZ
        if quiet == 3:
            return max(0.0, last_s - asked_s)
    raise AssertionError("the program has ended")


def tell(what: str, seconds: list[float]) -> None:
    """p50 and p95."""
    millis = sorted(one * 1e3 for one in seconds)
    p95 = millis[min(len(millis) - 1, round(0.95 * (len(millis) - 1)))]
    print(f"{what}: p50 {statistics.median(millis):.0f} ms, p95 {p95:.0f} ms, n {len(millis)}")


if __name__ == "__main__":
    main()
