"""How well the booth's own sound is taken out of its ear, in synthetic rooms.

    python -m tests.bench.bench_echo [--quick]

The far end is the sound of one demo drama, the visitor that of another; room, noise, distortion and
clock drift are made here, so nothing is a figure of a real booth. ERLE: how much weaker the echo is
behind the filter, visitor silent. Kept: the visitor's power, when both sound, to that of all the
filter leaves beside him; before it, that is the speech-to-echo ratio.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from node.audio.delay import find_delay
from node.audio.echo import open_canceller
from node.audio.echopath import EchoPath
from node.audio.judgement import judge
from node.audio.resample import BLOCK_SAMPLES, from_pcm, to_pcm
from node.audio.room import reverberated, room_response
from node.audio.simulated import hall_noise
from node.decode.speech import read_speech
from node.media import SAMPLE_RATE_HZ, SPEECH_RATE_HZ, AudioChunk, Pcm, SpeechChunk

DEMO = Path(__file__).parents[2] / "node/demo"
SECONDS, TALK_S = 75, 15
"""The visitor speaks in the last `TALK_S`; ERLE is measured in as much before."""
ECHO_DB, NOISE_DB = -26.0, -62.0
FPS = 30
DRIVE = 1.5
"""How far the loudspeaker saturates: the filter then reaches 27 dB at most."""
FINE = 8

Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """A room, its delay, the clocks' difference, and whether that is corrected."""

    delay_ms: int
    rt60_s: float
    drift_ppm: float
    is_corrected: bool = True
    speech_to_echo_db: float = 0.0


@dataclass(frozen=True)
class Result:
    """What came out."""

    erle_db: float
    kept_db: float
    delay_ms: float
    drift_ppm: float
    duplex: str
    full_at_s: float
    rtf: float


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one room only")
    is_quick = parser.parse_args().quick
    far, visitor = looped("ep1.mp4"), looped("ep2.mp4")
    rooms = [(30, 0.3)] if is_quick else list(product((30, 120), (0.3, 0.5)))
    cases = [
        Case(delay, rt60, drift, is_corrected)
        for (delay, rt60), drift in product(rooms, (0.0, 50.0, 100.0))
        for is_corrected in ((True, False) if drift else (True,))
    ]
    cases += [
        Case(delay, rt60, 0.0, speech_to_echo_db=level)
        for (delay, rt60), level in product(rooms, (-6.0, 6.0))
    ]
    print(
        "delay RT60 drift corrected speech/echo | ERLE  kept | found delay  drift duplex  at  RTF"
    )
    for case in cases:
        told = measure(case, far, visitor)
        print(
            f"{case.delay_ms:3} ms {case.rt60_s:.1f} s {case.drift_ppm:4.0f} "
            f"{'yes' if case.is_corrected else 'no ':>9} {case.speech_to_echo_db:+8.0f} dB | "
            f"{told.erle_db:4.1f} {told.kept_db:5.1f} | {told.delay_ms:7.1f} ms "
            f"{told.drift_ppm:6.1f} {told.duplex:>6} {told.full_at_s:4.0f} {told.rtf:.4f}",
            flush=True,
        )
    print(f"clarity of no echo at all: {nothing():.1f}")


def measure(case: Case, far: Wave, visitor: Wave) -> Result:
    """Run one case."""
    echo = echo_of(case, far)
    level = 10 ** (ECHO_DB / 20) / rms(echo)
    talk = np.zeros_like(echo)
    start = len(talk) - TALK_S * SPEECH_RATE_HZ
    talk[start:] = visitor[: len(talk) - start]
    talk *= 10 ** ((ECHO_DB + case.speech_to_echo_db) / 20) / rms(talk[start:])
    noise = np.resize(hall_noise(NOISE_DB, seed=3), len(echo))
    near = to_pcm(echo * np.float32(level) + talk + noise)
    path = EchoPath(open_canceller())
    if not case.is_corrected:
        path._drift.add = lambda *_: None  # type: ignore[method-assign]  # the meter is switched off
    clean, full_at_s, seconds = run(path, near, far)
    heard, left = (from_pcm(one).astype(np.float64) for one in (near, clean))
    quiet = slice(start - TALK_S * SPEECH_RATE_HZ, start)
    floor = float(np.mean(noise[quiet] ** 2))
    residue = max(float(np.mean(left[quiet] ** 2)) - floor, floor / 30)
    erle = 10 * np.log10((float(np.mean(heard[quiet] ** 2)) - floor) / residue)
    alone = open_canceller().cancel(to_pcm(talk + noise), np.zeros(len(talk), np.int16))
    spoilt = left[start : len(alone)] - from_pcm(alone)[start:]
    kept = 10 * np.log10(np.mean(talk[start:] ** 2) / np.mean(spoilt**2))
    told = path.report
    return Result(
        float(erle), float(kept), told.delay_ms or -1, told.drift_ppm or 0.0, told.duplex,
        full_at_s, seconds / SECONDS,
    )  # fmt: skip


def run(path: EchoPath, near: Pcm, far: Wave) -> tuple[Pcm, float, float]:
    """Feed both streams as the node does; what is left, when full duplex came, CPU seconds."""
    clean, full_at_s, spent_s = [], -1.0, 0.0
    played = chunks(far)
    upcoming = next(played)
    for at in range(0, len(near) - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
        end_s = (at + BLOCK_SAMPLES) / SPEECH_RATE_HZ
        began_s = time.thread_time()
        while upcoming is not None and upcoming.captured_s <= end_s:
            path.play(upcoming)
            upcoming = next(played, None)
        chunk = SpeechChunk(at, end_s, near[at : at + BLOCK_SAMPLES])
        clean.append(path.hear(chunk)[0])
        if (window := path.window()) is not None:
            report = path.learn(judge(window))
            if report.duplex == "full" and full_at_s < 0:
                full_at_s = end_s
        spent_s += time.thread_time() - began_s
    line = np.concatenate(clean)
    return np.pad(line, (0, len(near) - len(line))), full_at_s, spent_s


def chunks(far: Wave) -> Iterator[AudioChunk | None]:
    """The far end as the mixer gives it."""
    loud = finer(far, SAMPLE_RATE_HZ // SPEECH_RATE_HZ)
    step = SAMPLE_RATE_HZ // FPS
    for tick in range(len(loud) // step):
        part = loud[tick * step : (tick + 1) * step]
        yield AudioChunk(tick * step, tick / FPS, np.repeat(part[:, None], 2, axis=1))


def echo_of(case: Case, far: Wave) -> Wave:
    """The far end out of a small loudspeaker, through the room, by the other clock."""
    loudspeaker = np.tanh(far * DRIVE).astype(np.float32) / DRIVE
    wet = reverberated(loudspeaker, room_response(case.rt60_s, 0.8, seed=11))
    places = np.arange(len(far)) * (1 - case.drift_ppm * 1e-6) * FINE
    heard = np.interp(places, np.arange(len(wet) * FINE), finer(wet, FINE)).astype(np.float32)
    late = np.concatenate((np.zeros(case.delay_ms * 16, np.float32), heard))
    return np.resize(late, len(far)).astype(np.float32)


def looped(name: str) -> Wave:
    """The sound of a demo clip, as long as a case."""
    clip = from_pcm(np.concatenate(list(read_speech(DEMO / name))))
    return np.resize(clip, SECONDS * SPEECH_RATE_HZ)


def finer(wave: Wave, times: int) -> Wave:
    """The same sound at a rate so many times higher."""
    spectrum = np.fft.rfft(wave)
    return (np.fft.irfft(spectrum, len(wave) * times) * times).astype(np.float32)


def nothing() -> float:
    """How clear a delay seems where there is none: the most of 50 pairs of noise."""
    rng = np.random.default_rng(5)
    pairs = rng.integers(-3000, 3000, (50, 2, 4 * SPEECH_RATE_HZ)).astype(np.int16)
    return max(find_delay(near, far, earliest_s=-0.1).clarity for near, far in pairs)


def rms(wave: Wave) -> np.float32:
    """Root mean square."""
    return np.float32(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))


if __name__ == "__main__":
    main()
