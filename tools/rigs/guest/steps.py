"""Steps of a walk through an emulated machine, taken one by one, told on its console.

Each step's finding is one line: `RIG ` and JSON (`Told`).
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from tools.rigs.guest import around, hands
from tools.rigs.guest.eyes import MissedError

MARK = "RIG "
JOURNAL = Path("/mnt/out/journal.txt")


class Told(msgspec.Struct, frozen=True):
    """One step, as the console tells it."""

    step: str
    expected: str
    seen: str
    seconds: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Step:
    """`work` returns what was seen or raises `MissedError`."""

    name: str
    expected: str
    work: Callable[[], str]


def take(steps: Sequence[Step], wanted: Sequence[str]) -> int:
    """Take the steps, or those of which a name has one of the words `wanted`; 0."""
    for step in steps:
        if not wanted or any(word in step.name for word in wanted):
            took = told(step)
            print(f"{MARK}{msgspec.json.encode(took).decode()}", flush=True)
            JOURNAL.write_text(hands.do("journalctl", "--no-pager", "-o", "short-monotonic"))
    return 0


def told(step: Step) -> Told:
    """Take a step."""
    began = time.monotonic()
    try:
        seen, verdict = step.work(), "ok"
    except MissedError as error:
        seen, verdict = str(error), "FAIL"
    except (OSError, subprocess.CalledProcessError, ValueError) as error:
        reason = getattr(error, "stderr", "") or str(error)
        seen, verdict = f"{type(error).__name__}: {reason}".strip(), "FAIL"
    return Told(step.name, step.expected, seen, time.monotonic() - began, verdict)


def _boot() -> str:
    """How the machine came up."""
    state = hands.do("systemctl", "is-active", "basic.target").strip()
    return f"basic.target {state} {around.uptime_s():.0f} s after the kernel"


BOOT = Step("the machine boots", "systemd is PID 1", _boot)
