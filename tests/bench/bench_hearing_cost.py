"""What listening costs: each stage on one core, memory, bytes of models, a file of hours.

Fed with the demo's own drama (speech, music, silence) in blocks of 20 ms, as a microphone gives
them. CPU time of one thread, so that a busy machine alters little; nothing simulated but the head
of `--tiny`, whose weights are drawn.

    python -m tests.bench.bench_hearing_cost [--seconds 120] [--hours 3] [--tiny]
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from node.decode.speech import read_speech
from node.media import SPEECH_RATE_HZ, Pcm

CHECKOUT = Path(__file__).parents[2]
BLOCK = SPEECH_RATE_HZ // 50


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--hours", type=float, default=0, help="also `livesell hear` over a file")
    parser.add_argument("--tiny", action="store_true", help="with a small drawn head")
    chosen = parser.parse_args()
    pcm = drama(chosen.seconds)
    stages(pcm, head_folder() if chosen.tiny else None)
    sizes()
    if chosen.hours:
        long_file(pcm, chosen.hours, head_folder() if chosen.tiny else None)


def drama(seconds: float) -> Pcm:
    """The demo's episodes, again and again."""
    clips = [CHECKOUT / "node/demo" / name for name in ("ep1.mp4", "ep2.mp4")]
    once = np.concatenate([piece for clip in clips for piece in read_speech(clip)])
    return np.resize(once, round(seconds * SPEECH_RATE_HZ))


def head_folder() -> Path:
    """A folder with a head of drawn weights."""
    from tests.fakes.tiny_head import write_head

    return write_head(Path(tempfile.mkdtemp()))


def stages(pcm: Pcm, head: Path | None) -> None:
    """RTF (CPU seconds for a second of sound) and memory."""
    before_mb = rss_mb()
    from node.voice.frontend import FrontEnd
    from node.voice.hearing import Hearing
    from node.voice.models import load_models
    from node.voice.spotter import Spotter
    from node.voice.vad import Vad

    began = time.process_time()
    models = load_models(head)
    print(
        f"models opened in {time.process_time() - began:.2f} s CPU, {rss_mb() - before_mb:.0f} MB"
    )
    rows = FrontEnd(models.features).feed(pcm)
    quiet = np.zeros(len(pcm), np.int16)
    front_end, vad, spotter = FrontEnd(models.features), Vad(models.speech), Spotter(models.head)
    alone, played = Hearing(models), Hearing(models)
    seconds = len(pcm) / SPEECH_RATE_HZ
    told: list[tuple[str, float]] = [
        ("speech detector", over(pcm, vad.feed)),
        ("mel + embedding", over(pcm, front_end.feed)),
        ("the same, digital silence", over(quiet, front_end.feed)),
        ("head", cpu_s(lambda: spotter.feed(rows))),
        ("all, nothing played", over(pcm, alone.feed)),
        ("all, while the loudspeaker plays", over(pcm, lambda one: played.feed(one, one))),
    ]
    for name, took_s in told:
        print(f"{name:<34} RTF {took_s / seconds:.4f}")
    print(f"memory with all of it: {rss_mb():.0f} MB, {rss_mb() - before_mb:.0f} MB added")


def over(pcm: Pcm, feed: Callable[[Pcm], object]) -> float:
    """CPU seconds of feeding `pcm` in blocks."""
    return cpu_s(lambda: [feed(pcm[at : at + BLOCK]) for at in range(0, len(pcm), BLOCK)])


def cpu_s(work: Callable[[], object]) -> float:
    """CPU seconds of some work."""
    began = time.process_time()
    work()
    return time.process_time() - began


def rss_mb() -> float:
    """Resident memory now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def sizes() -> None:
    """Bytes of each model file."""
    from node.voice.manifest import load_manifest

    files = load_manifest().file
    for one in files:
        print(f"{one.name:<34} {one.bytes / 1e6:.2f} MB")
    print(f"{'all models':<34} {sum(one.bytes for one in files) / 1e6:.2f} MB")


def long_file(pcm: Pcm, hours: float, head: Path | None) -> None:
    """`livesell hear` over a WAV of hours: speed and its largest memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.wav"
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(SPEECH_RATE_HZ)
            for _ in range(round(hours * 3600 * SPEECH_RATE_HZ / len(pcm))):
                file.writeframes(pcm.tobytes())
        words = ["hear", str(path), "--json", *(["--head", str(head)] if head else [])]
        began = time.monotonic()
        told = subprocess.run(
            [sys.executable, "-P", "-m", "node", *words],
            cwd=CHECKOUT, capture_output=True, check=True, text=True,
        )  # fmt: skip
        took_s = time.monotonic() - began
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    print(
        f"{hours:g} h file: {took_s:.0f} s, {hours * 3600 / took_s:.0f} times real time, "
        f"at most {peak_mb:.0f} MB, {len(told.stdout.splitlines())} utterances"
    )


if __name__ == "__main__":
    main()
