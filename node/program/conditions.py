"""The grammar of a gate's conditions, as in `scan:3 in 10m` or `time>=17:00`."""

import re
from typing import Final

from node.program.rundown import Condition
from node.program.timecode import parse_span
from node.tables import minute_of_day

GRAMMAR: Final = "`scan:N in D`, `button:NAME:N in D`, `staff` or `time>=HH:MM`"
SPAN_MS: Final = range(1000, 24 * 3600 * 1000 + 1)
"""A gate counts over a second at least and a day at most."""
_COUNTED: Final = re.compile(
    r"(?:scan|button:(?P<name>[A-Za-z0-9_-]{1,32})):(?P<count>[0-9]{1,6}) +in +(?P<span>\S{2,12})"
)
_TIME: Final = re.compile(r"time *>= *(\S{5})")


def parse_condition(text: str) -> Condition | None:
    """The condition that `text` writes; None where it cannot be read."""
    if text == "staff":
        return Condition("staff")
    if match := _TIME.fullmatch(text):
        minute = minute_of_day(match[1])
        return None if minute is None else Condition("time", minute=minute)
    match = _COUNTED.fullmatch(text)
    if match is None:
        return None
    count, span_ms = int(match["count"]), parse_span(match["span"]) or 0
    if count == 0 or span_ms not in SPAN_MS:
        return None
    if match["name"]:
        return Condition("button", count=count, span_s=span_ms // 1000, name=match["name"])
    return Condition("scan", count=count, span_s=span_ms // 1000)
