"""How soon the booth answers, and how soon it is silent: `python -m tests.bench.bench_answers`.

The real mixer, ear, dialogue and speech in one process, in real time, in a simulated hall. Answer:
from the question's last sample at the microphone to the first sample of the answer in the program.
Barge-in: from the visitor's first sample at the microphone to the last audible sample of the
answer in the program; a loudspeaker and its buffers come on top of both. `--echo-db` and
`--echo-ms` say how the booth hears itself; the visitor's level is -24 dBFS at 1 m. Rounds in which
the machine held the loop up for more than 50 ms are told apart (`held_up`): they measure its load.
The same interruptions on a clock of their own, in more rooms: bench_interruptions.
"""

import argparse
import asyncio
import json
import statistics
from pathlib import Path

import numpy as np

from node.audio.visitors import recording
from node.config_voice import SimulatedMicrophoneConfig, VoiceConfig
from node.media import Pcm
from node.program.commands import Answer as SayAnswer
from node.program.commands import Talk
from tests.bench.booth_rig import BoothRig, booth, seconds

VISITORS = Path(__file__).parents[2] / "node" / "demo" / "visitors"
LONG = "展会价一百二十九元,十二点十分有九十九元场,限三十套,现在下单还送一个收纳袋,欢迎上手试试看。"
HELD_UP_S = 0.05
QUIET = 0.05
ANSWER_LIMIT_S = 4.0
SILENT_LIMIT_S = 2.0


def spoken(name: str) -> Pcm:
    """A visitor's recording without the quiet around it: what is timed is speech."""
    pcm = recording(VISITORS / f"{name}.ogg")
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > QUIET * int(np.abs(pcm).max()))
    return pcm[loud[0] : loud[-1] + 1]


def meant(name: str) -> str:
    """The intent of a visitor's question."""
    about = name.rsplit("_", 1)[0]
    return {"bare": "price", "staff": "call_staff"}.get(about, about)


async def answers(rig: BoothRig, rounds: int, distance_m: float) -> dict[str, object]:
    """TALK, a question, its answer."""
    loop, late = asyncio.get_running_loop(), list[float]()
    missed, wrong = list[str](), list[str]()
    names = sorted(path.stem for path in VISITORS.glob("*.ogg"))
    for number in range(rounds):
        name = names[number % len(names)]
        pcm = spoken(name)
        if rig.house.obey is None:
            raise RuntimeError("no voice")
        await rig.house.obey(Talk())
        turns = len(rig.noted)
        end_s = loop.time() + seconds(pcm)
        rig.hall.say(pcm, distance_m=distance_m)
        await asyncio.sleep(seconds(pcm) + ANSWER_LIMIT_S)
        first_s = rig.heard.first_after(end_s - 1.0)
        taken = rig.noted[-1].intent if len(rig.noted) > turns else meant(name)
        wrong += [f"{name}: {taken or 'none'}"] * (taken != meant(name))
        if first_s is None:
            missed.append(name)
        else:
            late.append(first_s - end_s)
        await rig.quiet()
    return {"questions": rounds, "no_answer": missed, "other_intent": wrong, **_ms(late)}


async def interruptions(rig: BoothRig, rounds: int, distance_m: float) -> dict[str, object]:
    """A long answer, and somebody who speaks over it; timed to the end of that answer's sound."""
    loop, missed = asyncio.get_running_loop(), 0
    late: dict[bool, list[float]] = {False: [], True: []}
    pcm = spoken("price_zh")
    for number in range(rounds):
        key = f"long.{number}"
        await rig.studio.runner.submit(SayAnswer(key, {"zh": LONG}, "zh"), "bench")
        while not rig.studio.spoken.is_playing:  # noqa: ASYNC110  # in real time, as it is
            await asyncio.sleep(0.01)
        await asyncio.sleep(1.0 + 0.137 * (number % 5))
        began_s = loop.time()
        rig.hall.say(pcm, distance_m=distance_m)
        while loop.time() < began_s + SILENT_LIMIT_S and not _is_cut(rig, key):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.1)
        if _is_cut(rig, key):
            is_held_up = rig.stood_still_s(began_s - HELD_UP_S) > HELD_UP_S
            late[is_held_up].append((rig.heard.last() or began_s) - began_s)
        else:
            missed += 1
        rig.hall.hush()
        await rig.quiet()
    held_up = {"rounds": len(late[True]), **_ms(late[True])}
    return {"interruptions": rounds, "missed": missed, **_ms(late[False]), "held_up": held_up}


def _is_cut(rig: BoothRig, key: str) -> bool:
    return any(one.ev == "say.cut" and one.cue == key for one in rig.studio.facts)


async def alone(rig: BoothRig, span_s: float) -> dict[str, object]:
    """The booth speaks and nobody else does: how often does it stop for itself?"""
    loop = asyncio.get_running_loop()
    end_s, number, before = loop.time() + span_s, 0, _cuts(rig)
    spoken_s = 0.0
    while loop.time() < end_s:
        number += 1
        began_s = loop.time()
        await rig.studio.runner.submit(SayAnswer(f"alone.{number}", {"zh": LONG}, "zh"), "bench")
        await rig.quiet(for_s=0.3)
        spoken_s += loop.time() - began_s
    cuts = _cuts(rig) - before
    return {"spoken_s": round(spoken_s), "false_cuts": cuts,
            "an_hour": round(cuts * 3600 / max(spoken_s, 1), 1)}  # fmt: skip


def _cuts(rig: BoothRig) -> int:
    return sum(one.ev == "say.cut" and one.why in {"speech", "stop"} for one in rig.studio.facts)


def _ms(late: list[float]) -> dict[str, object]:
    if not late:
        return {}
    late = sorted(late)
    p95 = late[min(len(late) - 1, round(0.95 * (len(late) - 1)))]
    return {"p50_ms": round(statistics.median(late) * 1000), "p95_ms": round(p95 * 1000),
            "max_ms": round(late[-1] * 1000)}  # fmt: skip


async def measure(given: argparse.Namespace) -> dict[str, object]:
    """All of it for one room."""
    voice = VoiceConfig(models=given.models, duplex=given.duplex, echo_delay_ms=given.echo_ms)
    microphone = SimulatedMicrophoneConfig(
        noise_db=given.noise_db, echo_db=given.echo_db, echo_delay_ms=given.echo_ms
    )
    async with booth(voice=voice, microphone=microphone) as rig:
        found: dict[str, object] = {"echo_db": given.echo_db, "echo_ms": given.echo_ms}
        if rig.listening.value.trouble:
            return {"trouble": rig.listening.value.trouble}
        found["answers"] = await answers(rig, given.rounds, given.distance)
        found["interruptions"] = await interruptions(rig, given.rounds, given.distance)
        found["alone"] = await alone(rig, given.alone)
        found["duplex"] = rig.listening.value.duplex
        return found


def main() -> None:
    """Print one JSON object."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--models", default="", help="folder of another head")
    words.add_argument("--rounds", type=int, default=10)
    words.add_argument("--alone", type=float, default=60.0, help="seconds of its own speech")
    words.add_argument("--distance", type=float, default=0.7)
    words.add_argument("--noise-db", type=float, default=-55.0)
    words.add_argument("--echo-db", type=float, default=-20.0)
    words.add_argument("--echo-ms", type=int, default=60)
    words.add_argument("--duplex", choices=("auto", "full", "half"), default="full")
    print(json.dumps(asyncio.run(measure(words.parse_args()))), flush=True)


if __name__ == "__main__":
    main()
