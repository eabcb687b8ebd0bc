"""Other programs, run with a log and a limit."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.rigs.report import StepError

NICENESS = "10"
"""A rig never takes the machine from whoever else works on it."""
TOLD_LINES = 4


def run(
    command: Sequence[str | Path],
    log: Path,
    *,
    timeout_s: float = 1800,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> str:
    """Run `command` to its end; returns what it printed, which is added to `log` too.

    Raises:
        StepError: it failed or took too long; tells the end of what it printed.
    """
    words = ["nice", "-n", NICENESS, *(str(word) for word in command)]
    with subprocess.Popen(  # noqa: S603  # our own words, no shell
        words,
        cwd=cwd,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        process_group=0,
    ) as process:
        try:
            out, _ = process.communicate(timeout=timeout_s)
        except BaseException as error:
            os.killpg(process.pid, signal.SIGKILL)
            out, _ = process.communicate()
            _keep(log, words, out)
            if isinstance(error, subprocess.TimeoutExpired):
                raise StepError(f"{command[0]} took longer than {timeout_s:g} s") from error
            raise
    _keep(log, words, out)
    if process.returncode:
        raise StepError(f"{command[0]} ended with {process.returncode}: {_end_of(out)} ({log})")
    return out


def _keep(log: Path, words: Sequence[str], out: str) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        file.write(f"$ {' '.join(words)}\n{out}\n")


def _end_of(out: str) -> str:
    return " / ".join(out.strip().splitlines()[-TOLD_LINES:])
