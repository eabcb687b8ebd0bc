"""Does the booth wake itself? `python -m tests.bench.bench_self_trigger --minutes 60`.

The demo's clips and the assistant's own answers are played over and over; the microphone hears them
alone, from rooms of several delays and levels, with hall noise. The ear is the node's own: linear
canceller, keyword head, reference veto, self-trigger map. Beside it, in the same run, an ear
without canceller, veto and map. Counted: every keyword that was believed. Faster than real time.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from node.audio.echo import open_canceller
from node.audio.resample import from_pcm, to_pcm
from node.audio.room import reverberated, room_response
from node.audio.simulated import hall_noise
from node.decode.speech import read_speech
from node.media import SPEECH_RATE_HZ, Pcm
from node.voice.decision import WAKE
from node.voice.heard import Spotted
from node.voice.hearing import Hearing, VoiceModels
from node.voice.models import load_models
from node.voice.triggers import VERSION, TriggerMap, self_triggers

DEMO = Path(__file__).parents[2] / "node" / "demo"
PIECE = SPEECH_RATE_HZ // 2
ROOMS = [(30, -14.0), (120, -14.0), (60, -6.0), (200, -20.0)]
"""Delay in ms, and the echo's level against the program's own, dB."""
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
    return sounds


def _whole(path: Path) -> Pcm:
    return np.concatenate(list(read_speech(path)))


def listen(
    name: str, far: Pcm, delay_ms: int, echo_db: float, models: VoiceModels, *, is_bare: bool
) -> Iterator[Spotted]:
    """What is believed while `far` is played in a room."""
    late = np.concatenate((np.zeros(delay_ms * SPEECH_RATE_HZ // 1000, np.float32), from_pcm(far)))
    echo = reverberated(late * np.float32(10 ** (echo_db / 20)), room_response(0.4, 1.0, seed=2))
    noise = np.resize(hall_noise(-50.0, seed=delay_ms), len(far))
    near = to_pcm(echo[: len(far)] + noise)
    hearing, canceller = Hearing(models), open_canceller()
    is_map = not is_bare and name != "answers"
    triggers = TriggerMap(VERSION, "", self_triggers([far], models) if is_map else ())
    hearing.loss_db = None if is_bare else ERLE_DB - echo_db
    hearing.is_speaking = name == "answers"
    for at in range(0, len(far) // PIECE * PIECE, PIECE):
        hearing.boosts = triggers.boosts(at / SPEECH_RATE_HZ)
        heard, sound = near[at : at + PIECE], far[at : at + PIECE]
        clean = heard if is_bare else canceller.cancel(heard, sound)
        told = hearing.feed(clean, None if is_bare else sound[: len(clean)])
        yield from (one for one in told if isinstance(one, Spotted))


def main() -> None:
    """Print one JSON object for each ear."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--minutes", type=float, default=10.0)
    words.add_argument("--models", type=Path, default=None)
    given = words.parse_args()
    models, sounds = load_models(given.models), played()
    for is_bare in (False, True):
        heard_s, began_s, found = 0.0, time.monotonic(), Counter[str]()
        turn = 0
        while heard_s < given.minutes * 60:
            delay_ms, echo_db = ROOMS[turn % len(ROOMS)]
            turn += 1
            for name, far in sounds.items():
                heard_s += len(far) / SPEECH_RATE_HZ
                for one in listen(name, far, delay_ms, echo_db, models, is_bare=is_bare):
                    found[f"{name}: {one.intent} {one.keyword}"] += 1
        wakes = sum(count for what, count in found.items() if f": {WAKE} " in what)
        print(json.dumps({
            "ear": "bare" if is_bare else "the node's", "hours": round(heard_s / 3600, 3),
            "wakes": wakes, "keywords": sum(found.values()), "which": dict(found.most_common(12)),
            "took_s": round(time.monotonic() - began_s),
        }, ensure_ascii=False), flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
