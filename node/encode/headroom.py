"""Chooses libx264's preset: the best that leaves this machine room for everything else."""

import json
import logging
import math
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av
import msgspec
import numpy as np

from node.config import EncoderConfig
from node.encode.x264 import PRESETS, X264
from node.media import Frame, Pixels, Pts90k, Rendition, Size

log = logging.getLogger(__name__)

SHARE: Final = 0.25
"""Of a frame's time: the mixer, the viewers and the page need the rest of a core."""
THREADS_MAX: Final = 3
"""Of a Raspberry Pi 5's four cores one stays for everything else."""
FRAMES: Final = 15
PATIENCE_S: Final = 0.3
"""No new preset is tried after this."""
TRAVEL_PX: Final = 8


class Choice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was chosen and why, in words; kept so that the next start need not measure."""

    key: str
    preset: str
    threads: int
    why: str


@dataclass(frozen=True, slots=True)
class Trial:
    """One preset tried: `p90_ms` for a frame; not `is_fit` when it ran over the budget."""

    preset: str
    p90_ms: float
    is_fit: bool


def choose(cfg: EncoderConfig, rendition: Rendition, *, cache: Path | None = None) -> X264:
    """An encoder with the configured preset, or for "auto" the one that fits this machine.

    Measuring takes under 0.4 s; a preset that fits is kept in `cache` (JSON) until the machine,
    the rendition or the libraries change. A cache that cannot be read or written is only logged.

    Thread: any but the loop's.

    Raises:
        DeviceError: libx264 cannot encode this rendition.
    """
    if cfg.preset != "auto":
        return X264(rendition, preset=cfg.preset, threads=cfg.threads or 1, why="as configured")
    key = _key(cfg, rendition)
    choice = _remembered(cache, key)
    if choice is None:
        choice, is_fit = _measured(cfg, rendition, key)
        if is_fit:  # else the machine may just have been busy: the next start tries again
            _remember(cache, choice)
    return X264(rendition, preset=choice.preset, threads=choice.threads, why=choice.why)


def measure(
    rendition: Rendition, *, threads: int, now: Callable[[], float] = time.perf_counter
) -> list[Trial]:
    """Try the presets from the fastest on, until one is too slow or patience ends."""
    pictures = moving_pictures(rendition.size)
    deadline = now() + PATIENCE_S
    trials: list[Trial] = []
    for preset in PRESETS:
        codec = X264(rendition, preset=preset, threads=threads, why="")
        trials.append(_tried(codec, preset, rendition, pictures, now))
        if not trials[-1].is_fit or now() > deadline:
            break
    return trials


def moving_pictures(size: Size) -> list[Pixels]:
    """Noise on a gradient that travels 8 px a frame: heavier than faces, lighter than confetti."""
    travel = TRAVEL_PX * FRAMES
    wide = np.full((size.height * 3 // 2, size.width + travel), 128, np.uint8)
    noise = np.random.default_rng(1).integers(0, 24, (size.height, size.width + travel), np.uint8)
    wide[: size.height] = np.linspace(16, 211, size.width + travel, dtype=np.uint8) + noise
    return [
        np.ascontiguousarray(wide[:, at : at + size.width]) for at in range(0, travel, TRAVEL_PX)
    ]


def _tried(
    codec: X264,
    preset: str,
    rendition: Rendition,
    pictures: list[Pixels],
    now: Callable[[], float],
) -> Trial:
    """Encode until done, or until p90 is certain to be over the budget."""
    budget_s = SHARE / rendition.fps
    allowed_slow = math.floor(len(pictures) * 0.1)
    taken_s: list[float] = []
    for number, pixels in enumerate(pictures):
        frame = Frame(Pts90k(number * 90_000 // rendition.fps), 0.0, pixels)
        start = now()
        codec.encode(frame, force_idr=False)
        if number > 0:  # the first opens the codec
            taken_s.append(now() - start)
        if sum(t > budget_s for t in taken_s) > allowed_slow:
            break
    p90 = sorted(taken_s)[math.ceil(len(taken_s) * 0.9) - 1]
    return Trial(preset, p90 * 1000, is_fit=p90 <= budget_s)


def _measured(cfg: EncoderConfig, rendition: Rendition, key: str) -> tuple[Choice, bool]:
    """The best preset in one thread; more threads only where even the fastest is too slow in one.

    Threads of libx264 cut a picture into slices, which cost bits, and cores that others need.
    """
    cores = len(os.sched_getaffinity(0))
    counts = [cfg.threads] if cfg.threads else range(1, min(THREADS_MAX, cores) + 1)
    trials: list[Trial] = []
    threads = 1
    for threads in counts:
        trials = measure(rendition, threads=threads)
        if trials[0].is_fit:
            break
    fit = [trial for trial in trials if trial.is_fit]
    best = fit[-1] if fit else trials[0]
    words = _reason(best, trials, rendition)
    words = words if threads == 1 else f"{words}; in {threads} threads"
    return Choice(key, best.preset, threads, words), best.is_fit


def _reason(best: Trial, trials: list[Trial], rendition: Rendition) -> str:
    budget_ms = 1000 * SHARE / rendition.fps
    words = f"{best.preset}: 9 of 10 frames within {best.p90_ms:.1f} ms"
    words += f" (budget {budget_ms:.1f} ms, {SHARE:.0%} of a frame)"
    if not best.is_fit:
        return words + "; over the budget, and no preset is faster"
    slower = trials[-1]
    return words if slower.is_fit else f"{words}; {slower.preset} took {slower.p90_ms:.1f} ms"


def _key(cfg: EncoderConfig, rendition: Rendition) -> str:
    codec = ".".join(str(part) for part in av.library_versions["libavcodec"])
    return (
        f"{_cpu()}; {rendition.size}@{rendition.fps} {rendition.bitrate_kbps} kbit/s;"
        f" threads {cfg.threads}; av {av.__version__}; libavcodec {codec}"
    )


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        lines = []
    names = {line.partition(":")[0].strip(): line.partition(":")[2].strip() for line in lines}
    cores = sum(line.startswith("processor") for line in lines)
    return f"{platform.machine()} {names.get('model name') or names.get('Model', '')} x{cores}"


def _remembered(cache: Path | None, key: str) -> Choice | None:
    if cache is None or not cache.exists():
        return None
    try:
        choice = msgspec.json.decode(cache.read_bytes(), type=Choice)
    except (OSError, msgspec.DecodeError) as error:
        log.warning("encoder: %s is unreadable, measuring again: %s", cache, error)
        return None
    return choice if choice.key == key and choice.preset in PRESETS else None


def _remember(cache: Path | None, choice: Choice) -> None:
    if cache is None:
        return
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(msgspec.to_builtins(choice), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        log.warning("encoder: %s cannot be written, the next start measures: %s", cache, error)
