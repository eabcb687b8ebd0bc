"""`tools/rig sound`: the voice's path over a real sound interface, without a card."""

import array
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import monotonic, sleep

from tests.fakes.pulse import PrivatePulse
from tools.rigs.commands import run
from tools.rigs.guest.eyes import Eyes, MissedError
from tools.rigs.nativenode import on_air
from tools.rigs.place import ROOT, state
from tools.rigs.report import Report, SkipError, StepError
from tools.rigs.rig import Rig
from tools.rigs.stage import VISITOR, record

PORT = 18461
TABLES = """\
[microphone]
kind = "device"
[loudspeaker]
[voice]
wake   = "word"
engine = "prompts"
prompts = "prompts"
"""
LOOP_S = 20
TRIES = 3
LISTEN_S = 4
FAINT_DB = -60.0
AUDIBLE = 300
"""int16, about -40 dBFS."""
LIMIT_S = 90.0


def hear(report: Report) -> None:
    """The contract suite, the loop from loudspeaker to microphone, the whole node."""
    log = state("sound") / "rig.log"
    log.write_text("")
    report.attempt(
        "microphones: contract suite", "ALSA file, PulseAudio, simulated agree", lambda: suite(log)
    )
    report.attempt("loudspeaker heard by microphone", "what is played is heard", lambda: loop(log))
    if _has_driver(report):
        with (
            tempfile.TemporaryDirectory() as made,
            PrivatePulse(Path(made)) as pulse,
            on_air(port=PORT, more=TABLES, environ=pulse.environment) as node,
        ):
            _walk(report, pulse, Eyes(node.url), Path(made))


def suite(log: Path) -> str:
    """Every microphone driver against its contract."""
    said = run(
        [sys.executable, "-m", "pytest", "-q", "-rs", "tests/contract/test_microphones.py"],
        log, cwd=ROOT, timeout_s=600,
    )  # fmt: skip
    return said.strip().splitlines()[-1].strip("= ")


def loop(log: Path) -> str:
    """The drama through the loudspeaker back into the microphone."""
    said = run(
        [sys.executable, "-m", "tests.bench.bench_sound_loop", str(LOOP_S)], log,
        cwd=ROOT, timeout_s=300,
    )  # fmt: skip
    told = re.search(
        r"level (-[\d.]+) dBFS, lost (\d+), gaps (\d+)", said.strip().rpartition("\n")[2]
    )
    if told is None or float(told[1]) < FAINT_DB:
        raise StepError(f"nothing came back: {said.strip()[-200:]}")
    return f"{LOOP_S} s: heard at {told[1]} dBFS, {told[2]} samples lost, {told[3]} gaps"


def _has_driver(report: Report) -> bool:
    def look() -> str:
        try:
            run([sys.executable, "-c", "import pyaudio"], state("sound") / "rig.log")
        except StepError as error:
            raise SkipError(
                "PyAudio is not installed: tools/setup.sh says what it needs"
            ) from error
        return "there"

    return report.attempt("PyAudio", "imports", look)


def _walk(report: Report, pulse: PrivatePulse, eyes: Eyes, folder: Path) -> None:
    """What is asked of a whole node with a sound card."""
    steps: tuple[tuple[str, str, Callable[[], str]], ...] = (
        ("the card is open", "microphone and loudspeaker ready", lambda: _ready(eyes)),
        ("the program sounds", "the loudspeaker plays", lambda: _sounds(pulse, folder)),
        ("a visitor asks the price", "answered by the node", lambda: _asked(pulse, eyes, folder)),
        ("the sound server dies", "said so; the program goes on", lambda: _dies(pulse, eyes)),
    )
    for step, expected, work in steps:
        report.attempt(step, expected, partial(_told, work))


def _told(work: Callable[[], str]) -> str:
    try:
        return work()
    except MissedError as error:
        raise StepError(str(error)) from error


def _ready(eyes: Eyes) -> str:
    eyes.until(
        "sound",
        lambda now: all(now.condition(one) == "ready" for one in ("microphone", "loudspeaker")),
        LIMIT_S,
    )
    return "both ready"


def _sounds(pulse: PrivatePulse, folder: Path) -> str:
    heard = folder / "heard.raw"
    words = ["parec", "--device=spk.monitor", "--rate=16000", "--channels=1", "--format=s16le"]
    with heard.open("wb") as file:
        recorder = subprocess.Popen(  # noqa: S603
            words, stdout=file, env={"PATH": "/usr/bin:/bin", **pulse.environment}
        )
        sleep(LISTEN_S)
        recorder.terminate()
        recorder.wait()
    sound = array.array("h", heard.read_bytes()[: heard.stat().st_size // 2 * 2])
    peak = max(map(abs, sound), default=0)
    if peak < AUDIBLE:
        raise StepError(f"{len(sound)} samples, peak {peak} of 32767")
    return f"{len(sound)} samples, peak {peak} of 32767"


def _asked(pulse: PrivatePulse, eyes: Eyes, folder: Path) -> str:
    eyes.until("voice", lambda now: now.condition("voice") == "ready", LIMIT_S)
    said = folder / "said.wav"
    record(VISITOR, said)
    raw = folder / "said.raw"
    raw.write_bytes(said.read_bytes()[44:])
    for number in range(1, TRIES + 1):
        pulse.speak(raw)
        deadline = monotonic() + LIMIT_S / TRIES
        while monotonic() < deadline:
            if turn := eyes.turn("price"):
                return f"understood as price, answered by {turn.by}, try {number}"
            sleep(0.3)
    raise StepError(f"asked {TRIES} times; {eyes.ear()}")


def _dies(pulse: PrivatePulse, eyes: Eyes) -> str:
    pulse.die()
    lost = eyes.until(
        "microphone lost", lambda now: now.condition("microphone") != "ready", LIMIT_S
    )
    eyes.until("frames", lambda now: now.frames.out > lost.frames.out + 30, LIMIT_S)
    part = lost.health["microphone"]
    return f"{part.condition}: {part.last_error}; 30 frames more"


RIG = Rig(
    name="sound",
    about="the voice's path over a real sound interface, without a card",
    covers=(
        "PyAudio, PortAudio, ALSA's library, PulseAudio: opened by name, read, written, lost",
        "a spoken question through the card's interface to its answer",
        "loudspeaker to microphone: the echo test's plumbing",
    ),
    lacks=(
        "a card: its clock, overflow (the booth's snd-aloop has it), USB",
        "a room: echo as a hall makes it; latencies are PulseAudio's",
    ),
    minutes=4,
    run=hear,
    packages=(("pulseaudio", "pulseaudio"), ("pactl", "pulseaudio-utils"),
              ("parec", "pulseaudio-utils")),
    needs_root=False,
)  # fmt: skip
