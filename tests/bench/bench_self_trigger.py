"""Does the booth wake itself? `python -m tests.bench.bench_self_trigger --minutes 60`.

The demo's clips and the assistant's own answers, as recorded and as espeak-ng says them, are played
over and over; the microphone hears them alone, from rooms of several delays and levels, with hall
noise. The ear is the node's own: linear canceller, keyword head, reference veto, self-trigger map.
Beside it, in the same run, an ear without canceller, veto and map (`--bare`, minutes). Counted:
every keyword that was believed, armed or not. Faster than real time.
"""

import argparse
import asyncio
import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soxr

from node.audio.echo import open_canceller
from node.audio.resample import from_pcm, to_pcm
from node.audio.room import reverberated, room_response
from node.audio.simulated import hall_noise
from node.catalog.persona import TIDAL
from node.decode.speech import read_speech
from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.decision import WAKE
from node.voice.espeak import PROGRAM, Espeak
from node.voice.heard import Spotted
from node.voice.hearing import Hearing, VoiceModels
from node.voice.models import load_models
from node.voice.prompts import read_index
from node.voice.triggers import VERSION, TriggerMap, self_triggers

DEMO = Path(__file__).parents[2] / "node" / "demo"
PIECE = SPEECH_RATE_HZ // 2
LEVEL_DB = -18.0
ROOMS = [(30, -14.0), (120, -14.0), (60, -6.0), (200, -20.0)]
"""Delay in ms, and the echo's level against the program's own, dB."""
SPOKEN = ("answers", "espeak")
"""What is said by the assistant: nobody has a map of it, and `stop` counts meanwhile."""
ERLE_DB = 24.0
"""Of the canceller (tests/bench/bench_echo.py); the echo is weaker than played besides."""


def played() -> dict[str, Pcm]:
    """All that the booth says: clips, and its recorded answers in a row."""
    sounds = {path.stem: _whole(path) for path in sorted(DEMO.glob("*.mp4"))}
    gap = np.zeros(SPEECH_RATE_HZ // 2, np.int16)
    prompts = [part for path in sorted((DEMO / "prompts").glob("*.ogg"))
               for part in (_whole(path), gap)]  # fmt: skip
    if prompts:
        sounds["answers"] = np.concatenate(prompts)
    if shutil.which(PROGRAM):
        sounds["espeak"] = np.concatenate(asyncio.run(_said(gap)))
    return sounds


async def _said(gap: Pcm) -> list[Pcm]:
    """Each line of the prompts by the voice that speaks where no recording is."""
    voice, parts = Espeak(lambda: TIDAL.voice), list[Pcm]()
    await voice.begin()
    for prompt in read_index(DEMO / "prompts").prompt:
        raw = await voice.speak(prompt.text, prompt.locale)
        line = soxr.resample(raw.pcm, raw.rate_hz, SPEECH_RATE_HZ)
        level = float(np.sqrt(np.mean(line.astype(np.float64) ** 2)))
        parts += [to_pcm(line * np.float32(10 ** (LEVEL_DB / 20) / max(level, 1e-6))), gap]
    return parts


def _whole(path: Path) -> Pcm:
    return np.concatenate(list(read_speech(path)))


def listen(
    name: str, far: Pcm, delay_ms: int, echo_db: float, models: VoiceModels, triggers: TriggerMap,
    *, is_bare: bool,
) -> Iterator[Spotted]:  # fmt: skip
    """What is believed while `far` is played in a room."""
    late = np.concatenate((np.zeros(delay_ms * SPEECH_RATE_HZ // 1000, np.float32), from_pcm(far)))
    echo = reverberated(late * np.float32(10 ** (echo_db / 20)), room_response(0.4, 1.0, seed=2))
    noise = np.resize(hall_noise(-50.0, seed=delay_ms), len(far))
    near = to_pcm(echo[: len(far)] + noise)
    hearing, canceller = Hearing(models), open_canceller()
    hearing.loss_db = None if is_bare else ERLE_DB - echo_db
    hearing.is_speaking = name in SPOKEN
    for at in range(0, len(far) // PIECE * PIECE, PIECE):
        hearing.boosts = {} if is_bare else triggers.boosts(at / SPEECH_RATE_HZ)
        heard, sound = near[at : at + PIECE], far[at : at + PIECE]
        clean = heard if is_bare else canceller.cancel(heard, sound)
        told = hearing.feed(clean, None if is_bare else sound[: len(clean)])
        yield from (one for one in told if isinstance(one, Spotted))


def main() -> None:
    """Print one JSON object for each ear."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=10.0)
    words.add_argument("--bare", type=float, default=5.0)
    words.add_argument("--models", type=Path, default=None)
    given = words.parse_args()
    models, sounds = load_models(given.models), played()
    maps = {
        name: TriggerMap(VERSION, "", () if name in SPOKEN else self_triggers([far], models))
        for name, far in sounds.items()
    }
    for is_bare, minutes in ((False, given.minutes), (True, given.bare)):
        heard_s, began_s, found = 0.0, time.monotonic(), Counter[str]()
        turn = 0
        while heard_s < minutes * 60:
            delay_ms, echo_db = ROOMS[turn % len(ROOMS)]
            turn += 1
            for name, far in sounds.items():
                heard_s += len(far) / SPEECH_RATE_HZ
                room = (delay_ms, echo_db)
                for one in listen(name, far, *room, models, maps[name], is_bare=is_bare):
                    found[f"{name}: {one.intent} {one.keyword}"] += 1
        wakes = sum(count for what, count in found.items() if f": {WAKE} " in what)
        print(json.dumps({
            "ear": "bare" if is_bare else "the node's", "hours": round(heard_s / 3600, 3),
            "wakes": wakes, "keywords": sum(found.values()), "which": dict(found.most_common(12)),
            "took_s": round(time.monotonic() - began_s),
        }, ensure_ascii=False), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
