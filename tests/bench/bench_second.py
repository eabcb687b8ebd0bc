"""What the second stage makes of English: `python -m tests.bench.bench_second [--foreign DIR]`.

Needs the extra `asr` and flite. Every English phrasing of the node's intents is said by flite's
voices, which are recorded people, in quiet and in hall noise, written down and understood as the
node does. `--foreign` names recordings that ask nothing of a booth, in any language: of these, how
many are taken for a question. CPU time, one machine; words are never printed unless `--show`.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from node.audio.resample import from_pcm, to_pcm
from node.audio.simulated import hall_noise
from node.decode.speech import read_speech
from node.media import SPEECH_RATE_HZ
from node.voice.intents import Understood, understand
from node.voice.lexicon import Lexicon, lexicon_of, own_phrases
from node.voice.second import NO_QUESTION, Write, open_moonshine
from tests.fakes.asked_booth import sample_catalog

VOICES = ("slt", "rms", "awb", "kal16")
ROUND_S = 0.5
"""Quiet before and behind, as the ear keeps it."""

Wave = NDArray[np.float32]


def said(text: str, voice: str) -> Wave:
    """A phrase by flite, 16 kHz."""
    done = subprocess.run(
        ["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"],  # noqa: S607
        capture_output=True,
        check=True,
    ).stdout
    rate_hz = int.from_bytes(done[24:28], "little")
    pcm = np.frombuffer(done[44:][: (len(done) - 44) // 2 * 2], np.int16)
    wave: Wave = soxr.resample(pcm.astype(np.float32) / 32768, rate_hz, SPEECH_RATE_HZ)
    return wave


def noisy(sound: Wave, snr_db: float | None, seed: int) -> Wave:
    """With quiet around it, in hall noise so many dB softer."""
    rms = float(np.sqrt(np.mean(sound**2)))
    whole = np.pad(sound, round(ROUND_S * SPEECH_RATE_HZ))
    if snr_db is None:
        return whole
    noise = np.resize(hall_noise(0.0, seed=seed), len(whole))
    return whole + noise * np.float32(rms * 10 ** (-snr_db / 20) / np.sqrt(np.mean(noise**2)))


def heard(write: Write, sound: Wave, lexicon: Lexicon) -> tuple[str, Understood]:
    """What is written, and what the node takes it for."""
    words = write(to_pcm(sound))
    found = understand(words, lexicon, "en")
    return words, Understood() if found.intent in NO_QUESTION else found


def phrases(
    write: Write, lexicon: Lexicon, snr_db: float | None, *, shows: bool
) -> dict[str, object]:
    """All phrasings once, each by the next voice."""
    texts = [(intent, text) for intent, by in own_phrases().items() for text in by.get("en", ())]
    right, wrong, cpu_s, sound_s = 0, 0, 0.0, 0.0
    for number, (intent, text) in enumerate(texts):
        sound = noisy(said(text, VOICES[number % len(VOICES)]), snr_db, number)
        began_s = time.process_time()
        words, found = heard(write, sound, lexicon)
        cpu_s += time.process_time() - began_s
        sound_s += len(sound) / SPEECH_RATE_HZ
        right += found.intent == intent
        wrong += found.intent not in {"", intent}
        if shows and found.intent != intent:
            print(f"{text!r} ({intent}): {words!r} -> {found.intent or '?'}", file=sys.stderr)
    return {"snr_db": snr_db, "phrases": len(texts), "right": right, "another": wrong,
            "cpu_of_real_time": round(cpu_s / sound_s, 3)}  # fmt: skip


def main() -> None:
    """Print a line of JSON for each condition."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--foreign", type=Path, default=None)
    words.add_argument("--snr", type=float, nargs="*", default=[20.0, 10.0, 5.0])
    words.add_argument("--show", action="store_true")
    given = words.parse_args()
    if shutil.which("flite") is None:
        sys.exit("needs flite")
    write = open_moonshine()
    lexicon = lexicon_of(sample_catalog(), wake_words=("小潮小潮", "hey tidal"))
    for snr_db in (None, *given.snr):
        print(json.dumps(phrases(write, lexicon, snr_db, shows=given.show)), flush=True)
    if given.foreign is None:
        return
    taken, paths = 0, [one for one in sorted(given.foreign.rglob("*")) if one.suffix in SOUNDS]
    for path in paths:
        sound = from_pcm(np.concatenate(list(read_speech(path))))
        taken += bool(heard(write, noisy(sound, None, 0), lexicon)[1].intent)
    print(json.dumps({"foreign": len(paths), "taken_for_a_question": taken}))


SOUNDS = {".flac", ".wav", ".ogg"}

if __name__ == "__main__":
    main()
