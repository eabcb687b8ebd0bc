"""Times of a rundown: `MM:SS.s` and spans such as `40s`, exact in milliseconds, then in frames."""

import re
from dataclasses import dataclass
from typing import Final

_TIME: Final = re.compile(r"(-?)([0-9]{1,3}):([0-5][0-9])(?:\.([0-9]{1,3}))?")
_SPAN: Final = re.compile(r"([0-9]{1,6})(?:\.([0-9]{1,3}))?(ms|s|m)")
_UNIT_MS: Final = {"ms": 1, "s": 1000, "m": 60_000}


@dataclass(frozen=True, slots=True)
class MediaTime:
    """A position in a segment, in milliseconds from its start, or before its end."""

    millis: int
    is_from_end: bool = False


def parse_time(text: str) -> MediaTime | None:
    """`02:31.4`, or `-00:06.0` before the end; None where it cannot be read."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    sign, minutes, seconds, fraction = match.groups(default="")
    millis = (int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return MediaTime(millis, is_from_end=bool(sign))


def parse_span(text: str) -> int | None:
    """Milliseconds of `40s`, `1.5s`, `300ms` or `2m`; None where it cannot be read."""
    match = _SPAN.fullmatch(text)
    if match is None:
        return None
    whole, fraction, unit = match.groups(default="")
    return int(whole + fraction.ljust(3, "0")) * _UNIT_MS[unit] // 1000


def frames(millis: int, fps: int) -> int:
    """The program frame nearest to a time, half a frame up."""
    return (2 * millis * fps + 1000) // 2000


def is_on_frame(millis: int, fps: int) -> bool:
    """Whether a time falls on a program frame exactly."""
    return millis * fps % 1000 == 0


def written(count: int, fps: int) -> str:
    """A number of frames as `MM:SS.mmm`, as in `02:31.500`."""
    millis = (2 * count * 1000 + fps) // (2 * fps)
    return f"{millis // 60_000:02}:{millis // 1000 % 60:02}.{millis % 1000:03}"
