"""What import finds in a clip: plain facts, by whomever they were measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

SPANS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of media time, seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """A clip looked through from end to end.

    `fault` says why it cannot be played; the rest is then empty. `frames` are those of the
    program, `fps` is the file's own rate. `loudness_lufs` is None for silence. `black` is longer
    than 0.5 s, `silent` than 2 s; a clip without sound is silent throughout. `remarks` say what
    else viewers will notice.
    """

    fault: str = ""
    frames: int = 0
    fps: float = 0.0
    loudness_lufs: float | None = None
    black: tuple[Span, ...] = ()
    silent: tuple[Span, ...] = ()
    remarks: tuple[str, ...] = ()


Inspected = Callable[[Path], Inspection | None]
"""What is known of a clip; None where nobody has looked."""


def spans_text(spans: Sequence[Span]) -> str:
    """The first three stretches in words, and how many more there are."""
    told = ", ".join(f"{one.start_s:.1f}-{one.end_s:.1f} s" for one in spans[:SPANS_SHOWN])
    rest = len(spans) - SPANS_SHOWN
    return f"{told} and {rest} times more" if rest > 0 else told
