"""What a rig finds, step by step: shown as it comes, as a table at the end."""

import sys
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal, TextIO

Verdict = Literal["ok", "FAIL", "skip"]
TICK_S = 0.5
ERASE = "\r\033[K"
WIDEST = 60
"""Columns of a cell before it is cut."""


class StepError(Exception):
    """A step did not show what was expected; says what was seen instead."""


class SkipError(Exception):
    """A step cannot be made on this machine; says why."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One step: what was expected, what was seen, how long it took."""

    step: str
    expected: str
    seen: str
    seconds: float
    verdict: Verdict

    @property
    def line(self) -> str:
        """The finding in one line."""
        return f"{self.verdict:4}  {self.step}: {self.seen} ({self.seconds:.1f} s)"


class Report:
    """Collects findings of one rig; a terminal shows the running step with a clock."""

    def __init__(self, name: str, out: TextIO | None = None) -> None:
        self._name = name
        self._out = sys.stderr if out is None else out
        self._is_terminal = self._out.isatty()
        self._began_s = monotonic()
        self.findings: list[Finding] = []

    @property
    def is_good(self) -> bool:
        """Whether nothing failed."""
        return all(finding.verdict != "FAIL" for finding in self.findings)

    @property
    def seconds(self) -> float:
        """Since the rig began."""
        return monotonic() - self._began_s

    def attempt(self, step: str, expected: str, work: Callable[[], str]) -> bool:
        """Do `work`, which returns what was seen; False when it raised `StepError`.

        `SkipError` counts as neither good nor bad, and returns False.
        """
        began_s = monotonic()
        with Clock(self._out, f"{self._name}: {step}"):
            verdict: Verdict = "ok"
            try:
                seen = work()
            except StepError as error:
                verdict, seen = "FAIL", str(error)
            except SkipError as error:
                verdict, seen = "skip", str(error)
        self.found(Finding(step, expected, seen, monotonic() - began_s, verdict))
        return verdict == "ok"

    def found(self, finding: Finding) -> None:
        """Add what was found elsewhere, as in a guest."""
        self.findings.append(finding)
        self.say(finding.line)

    def say(self, line: str) -> None:
        """A line for people."""
        erase = ERASE if self._is_terminal else ""
        print(f"{erase}{line}", file=self._out, flush=True)


class Clock:
    """On a terminal, the running step and its seconds, until it ends; elsewhere one line."""

    def __init__(self, out: TextIO, text: str) -> None:
        self._out = out
        self._text = text
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        if not self._out.isatty():
            print(f"....  {self._text}", file=self._out, flush=True)
            return
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()
            print(ERASE, end="", file=self._out, flush=True)

    def _run(self) -> None:
        began_s = monotonic()
        while True:
            line = f"{ERASE}....  {self._text} … {monotonic() - began_s:.0f} s"
            print(line, end="", file=self._out, flush=True)
            if self._over.wait(TICK_S):
                return


def table(findings: Sequence[Finding]) -> str:
    """The findings as aligned columns."""
    rows = [("", "step", "expected", "seen", "s")]
    rows += [
        (one.verdict, _cut(one.step), _cut(one.expected), _cut(one.seen), f"{one.seconds:.1f}")
        for one in findings
    ]
    widths = [max(_columns(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    )


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
