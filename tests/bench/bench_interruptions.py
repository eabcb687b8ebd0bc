"""May it be interrupted, and by whom: `python -m tests.bench.bench_interruptions [--rounds 40]`.

The node's own parts in one line, on a clock that the bench turns, faster than real time: spoken
ring and duck, a saturating loudspeaker, a synthetic room, echo path and canceller, speech
detector, keyword head, veto, attention. For each room and each level of the visitor to the echo:
how many who speak over an answer stop it; from the visitor's first sample at the microphone to the
last audible sample (-50 dBFS) in the program; and, with nobody there, how often the booth stops for
itself. A loudspeaker's buffers and the load of a board come on top.

The booth says its demo prompts. Visitors are the demo's; `--voices DIR` takes recordings of people
(any sound files below it) instead. Another seed says other things in another order.
"""

import argparse
import json
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from node.audio.echo import open_canceller
from node.audio.echopath import EchoPath, probe
from node.audio.judgement import judge
from node.audio.resample import BLOCK_SAMPLES, To16k, from_pcm, one_channel, to_pcm
from node.audio.room import RoomFilter, reverberated, room_response
from node.audio.simulated import hall_noise
from node.decode.speech import read_speech
from node.media import SAMPLE_RATE_HZ, SPEECH_RATE_HZ, AudioChunk, Pcm, Samples, SpeechChunk
from node.program.spoken import SpokenRing
from node.voice.attention import Attention, Change
from node.voice.effects import CutVoice, DuckVoice, UnduckVoice
from node.voice.heard import UtteranceEnded
from node.voice.hearing import Hearing
from node.voice.models import load_models

DEMO: Final = Path(__file__).parents[2] / "node" / "demo"
FPS: Final = 30
TICK: Final = SAMPLE_RATE_HZ // FPS
BLOCK_S: Final = BLOCK_SAMPLES / SPEECH_RATE_HZ
ECHO_DB: Final = -26.0
"""Of the booth's own speech at the microphone."""
DRIVE: Final = 1.5
"""How far the loudspeaker saturates, as in bench_echo."""
AUDIBLE: Final = 0.003
WARM_S: Final = 45.0
"""The booth hears itself so long before anything is counted: canceller and judgement settle."""
ANSWER_S: Final = 6.0
QUIET: Final = 0.05
BETWEEN_S: Final = 2.5

Wave = NDArray[np.float32]


@dataclass(frozen=True)
class Case:
    """A room, and a visitor's level to the echo, dB; None: nobody is there."""

    delay_ms: int
    rt60_s: float
    level_db: float | None
    noise_db: float
    amount: float
    seed: int
    voices: str = ""


@dataclass
class Found:
    """What came of a case."""

    rounds: int = 0
    missed: int = 0
    late_ms: list[float] = field(default_factory=list)
    ducks_ms: list[float] = field(default_factory=list)
    spoken_s: float = 0.0
    false_cuts: int = 0
    false_ducks: int = 0
    in_half_duplex: int = 0
    erle_db: float | None = None


class Booth:
    """The line from the spoken ring round through the room back to it."""

    def __init__(self, case: Case) -> None:
        self.now_s, self.ring = 0.0, SpokenRing()
        self.attention = Attention()
        self.path = EchoPath(open_canceller())
        self.cut_s: float | None = None
        self.duck_s: float | None = None
        self.audible_s = 0.0
        self.hearing = Hearing(load_models())
        self.visitor = np.zeros(0, np.float32)
        self._tick = self._block = 0
        self._to_16k = To16k(SAMPLE_RATE_HZ)
        self._room = RoomFilter(room_response(case.rt60_s, 1.0, seed=11), BLOCK_SAMPLES)
        self._air = np.zeros(case.delay_ms * SPEECH_RATE_HZ // 1000, np.float32)
        self._noise = hall_noise(case.noise_db, seed=case.seed)
        self._gain = np.float32(1.0)
        self._first = probe()

    def step(self) -> None:
        """One block of the microphone."""
        self.now_s = (self._block + 1) * BLOCK_S
        while self._tick / FPS <= self.now_s:
            self._play()
        self._follow()
        self._hear()
        self._block += 1

    def _play(self) -> None:
        taken = self.ring.take(TICK)
        sound: Samples = np.zeros((TICK, 2), np.float32) if taken is None else taken
        sound[: len(self._first[:TICK])] += self._first[:TICK]
        self._first = self._first[TICK:]
        loud = np.flatnonzero(np.abs(sound).max(axis=1) > AUDIBLE)
        if loud.size:
            self.audible_s = self._tick / FPS + int(loud[-1]) / SAMPLE_RATE_HZ
        self.path.play(AudioChunk(self._tick * TICK, self._tick / FPS, sound))
        played = np.tanh(self._to_16k.feed(one_channel(sound)) * DRIVE) / DRIVE
        self._air = np.concatenate((self._air, played.astype(np.float32)))
        self._tick += 1

    def _follow(self) -> None:
        """As the voice does: our own speech begins and ends as it is heard."""
        duplex = self.path.report.duplex
        if duplex != self.attention.duplex:
            self.attention = Attention(duplex=duplex, voice=self.attention.voice)
        if self.ring.is_playing and not self.attention.voice:
            self._take(self.attention.speaking("answer"))
        elif not self.ring.is_playing and self.attention.voice:
            self.attention = self.attention.silent(self.now_s)
        self._take(self.attention.tick(self.now_s))

    def _hear(self) -> None:
        at = self._block * BLOCK_SAMPLES
        echo, self._air = self._air[:BLOCK_SAMPLES], self._air[BLOCK_SAMPLES:]
        said, self.visitor = self.visitor[:BLOCK_SAMPLES], self.visitor[BLOCK_SAMPLES:]
        sound = self._room.feed(np.pad(echo, (0, BLOCK_SAMPLES - len(echo)))) * self._gain
        sound += np.take(self._noise, range(at, at + BLOCK_SAMPLES), mode="wrap")
        sound[: len(said)] += said
        clean, far = self.path.hear(SpeechChunk(at, self.now_s, to_pcm(sound)))
        if (window := self.path.window()) is not None:
            self.path.learn(judge(window))
        self.hearing.is_speaking = self.ring.is_playing
        self.hearing.loss_db = self.path.report.loss_db
        for one in self.hearing.feed(clean, far):
            at_s = one.end_s if isinstance(one, UtteranceEnded) else one.at_s
            self._take(self.attention.hear(one, at_s))

    def _take(self, change: Change) -> None:
        self.attention, effects = change
        for effect in effects:
            match effect:
                case DuckVoice():
                    self.ring.duck()
                    self.duck_s = self.now_s if self.duck_s is None else self.duck_s
                case UnduckVoice():
                    self.ring.duck(is_ducked=False)
                case CutVoice():
                    self.ring.duck(is_ducked=False)
                    self.ring.flush()
                    self.cut_s = self.now_s
                case _:
                    pass

    def calibrate(self, answer: Samples) -> None:
        """Set the loudspeaker so loud that its speech arrives with `ECHO_DB`."""
        dry = np.tanh(To16k(SAMPLE_RATE_HZ).feed(one_channel(answer)) * DRIVE) / DRIVE
        loud = dry[np.abs(dry) > QUIET * float(np.abs(dry).max())].astype(np.float32)
        wet = reverberated(dry.astype(np.float32), room_response(0.4, 1.0, seed=11))
        share = float(np.sqrt(np.mean(wet**2)) / max(np.sqrt(np.mean(loud**2)), 1e-6))
        self._gain = np.float32(10 ** (ECHO_DB / 20) / max(share * level(loud), 1e-6))

    def run(self, seconds: float) -> None:
        """Let so much time go by."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.step()


def measure(case: Case) -> Found:
    """Run one case."""
    rng = np.random.default_rng(case.seed)
    booth, answers = Booth(case), lines(rng)
    booth.calibrate(next(answers))
    while booth.now_s < WARM_S:
        say(booth, next(answers))
    found = Found()
    if case.level_db is None:
        alone(booth, answers, case, found)
    else:
        visited(booth, answers, case, found, rng)
    found.erle_db = booth.path.report.erle_db
    return found


def alone(booth: Booth, answers: Iterator[Samples], case: Case, found: Found) -> None:
    """The booth speaks, and nobody else does."""
    while found.spoken_s < case.amount:
        began_s = booth.now_s
        booth.cut_s = booth.duck_s = None
        say(booth, next(answers))
        found.in_half_duplex += booth.path.report.duplex == "half"
        found.spoken_s += booth.now_s - began_s
        found.false_cuts += booth.cut_s is not None
        found.false_ducks += booth.duck_s is not None


def say(booth: Booth, answer: Samples) -> None:
    """An answer, to its end or until it is cut, and a breath."""
    booth.ring.put(answer)
    while booth.ring.is_playing:
        booth.step()
    booth.run(0.4)


def visited(
    booth: Booth, answers: Iterator[Samples], case: Case, found: Found, rng: np.random.Generator
) -> None:
    """Somebody speaks over each answer."""
    people = visitors(case.voices)
    order = rng.permutation(len(people))
    for number in range(round(case.amount)):
        _, pcm = people[order[number % len(people)]]
        sound = from_pcm(pcm)
        wanted = 10 ** ((ECHO_DB + (case.level_db or 0.0)) / 20)
        near = reverberated(sound, room_response(case.rt60_s, 0.7, seed=4))
        booth.ring.put(next(answers))
        booth.run(float(rng.uniform(0.8, 1.8)))
        booth.cut_s = booth.duck_s = None
        began_s, is_half = booth.now_s, booth.path.report.duplex == "half"
        booth.visitor = (near * np.float32(wanted / level(near))).astype(np.float32)
        end_s = began_s + len(pcm) / SPEECH_RATE_HZ
        while booth.now_s < end_s and booth.cut_s is None:
            booth.step()
        booth.run(0.1)
        found.rounds += 1
        found.in_half_duplex += is_half
        if booth.cut_s is None:
            found.missed += 1
        else:
            found.late_ms.append((booth.audible_s - began_s) * 1000)
        if booth.duck_s is not None:
            found.ducks_ms.append((booth.duck_s - began_s) * 1000)
        while booth.ring.is_playing or len(booth.visitor):
            booth.step()
        booth.run(BETWEEN_S)


def lines(rng: np.random.Generator) -> Iterator[Samples]:
    """Answers of some `ANSWER_S`, in one language each, 48 kHz stereo at the show's loudness."""
    prompts = {name: [from_pcm(whole(path)) for path in sorted(DEMO.glob(f"prompts/{name}_*.ogg"))]
               for name in ("zh", "en")}  # fmt: skip
    gap = np.zeros(SPEECH_RATE_HZ // 5, np.float32)
    while True:
        own = prompts["zh" if rng.random() < 0.5 else "en"]  # a coin
        parts: list[Wave] = []
        while sum(map(len, parts)) < ANSWER_S * SPEECH_RATE_HZ:
            parts += [own[int(rng.integers(len(own)))], gap]
        line = np.concatenate(parts)
        line *= np.float32(10 ** (-20 / 20) / level(line))
        spectrum = np.fft.rfft(line)
        fine = np.fft.irfft(spectrum, len(line) * 3).astype(np.float32) * 3
        yield np.repeat(fine[:, None], 2, axis=1)


def visitors(folder: str) -> list[tuple[str, Pcm]]:
    """Who interrupts, without the quiet around it: what is timed is speech."""
    paths = sorted((DEMO / "visitors").glob("*.ogg"))
    if folder:
        paths = sorted(one for one in Path(folder).rglob("*") if one.suffix in {".flac", ".wav"})
    return [(path.stem, trimmed(whole(path))) for path in paths]


def trimmed(pcm: Pcm) -> Pcm:
    """From the first loud sample to the last."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > QUIET * int(np.abs(pcm).max()))
    return pcm[loud[0] : loud[-1] + 1]


def whole(path: Path) -> Pcm:
    """A file's sound."""
    return np.concatenate(list(read_speech(path)))


def level(wave: Wave) -> float:
    """Rms of the loud parts."""
    loud = wave[np.abs(wave) > 0.1 * float(np.abs(wave).max(initial=0.0))]
    return float(np.sqrt(np.mean(loud.astype(np.float64) ** 2))) if len(loud) else 1.0


def told(case: Case, found: Found) -> str:
    """A row of the table; an answer said in half duplex was not to be interrupted."""
    half = f" | {found.in_half_duplex} in half duplex" if found.in_half_duplex else ""
    room = f"| {case.delay_ms} ms, {case.rt60_s} s "
    if case.level_db is None:
        hours = found.spoken_s / 3600
        return (f"{room}| nobody | {hours:.2f} h | {found.false_cuts} cuts, "
                f"{found.false_ducks} ducks | {found.false_cuts / hours:.1f} an hour | "
                f"ERLE {found.erle_db} dB{half} |")  # fmt: skip
    late = sorted(found.late_ms)
    p50 = round(statistics.median(late)) if late else 0
    p95 = round(late[round(0.95 * (len(late) - 1))]) if late else 0
    longest = round(late[-1]) if late else 0
    duck = round(statistics.median(found.ducks_ms)) if found.ducks_ms else 0
    return (f"{room}| {case.level_db:+.0f} dB | {found.rounds} | {found.missed} missed | "
            f"{p50} / {p95} / {longest} ms | duck {duck} ms{half} |")  # fmt: skip


def cases(given: argparse.Namespace) -> list[Case]:
    """All rooms with all levels."""
    rooms = list(product(given.delays, given.rt60))
    many = [Case(delay, rt60, level_db, given.noise_db, given.rounds, given.seed, given.voices)
            for delay, rt60 in rooms for level_db in given.levels]  # fmt: skip
    many += [Case(delay, rt60, None, given.noise_db, given.alone / len(rooms), given.seed)
             for delay, rt60 in rooms if given.alone]  # fmt: skip
    return many


def main(words: Sequence[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="visitors for each room and level")
    parser.add_argument("--alone", type=float, default=3600.0, help="seconds of own speech, in all")
    parser.add_argument("--delays", type=int, nargs="*", default=[30, 120], help="ms")
    parser.add_argument("--rt60", type=float, nargs="*", default=[0.3, 0.5], help="s")
    parser.add_argument("--levels", type=float, nargs="*", default=[-6.0, 0.0, 6.0], help="dB")
    parser.add_argument("--noise-db", type=float, default=-55.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--voices", default="")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--json", type=Path, default=None)
    given = parser.parse_args(words)
    began_s, rows = time.monotonic(), []
    with ProcessPoolExecutor(given.processes) as pool:
        todo = cases(given)
        for case, found in zip(todo, pool.map(measure, todo), strict=True):
            print(told(case, found), flush=True)
            rows.append({"case": asdict(case), "found": asdict(found)})
    print(f"took {time.monotonic() - began_s:.0f} s")
    if given.json is not None:
        given.json.write_text(json.dumps(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
