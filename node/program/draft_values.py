"""Values with a grammar of their own in a rundown, each read with its fault (E18)."""

from typing import Final

from node.findings import Finding, Given
from node.program.timecode import MediaTime, frames, parse_span, parse_time
from node.tables import Table, minute_of_day

_MIDNIGHT: Final = "24:00"


def position(table: Table, key: str) -> MediaTime | None:
    """A media time such as `02:31.4` or `-00:06.0`."""
    given = table.given(key)
    time = parse_time(given.value) if isinstance(given.value, str) else None
    if given.value is not None and time is None:
        table.faults.append(_unreadable(given, 'a time in quotes, MM:SS.s, as in "02:31.4"'))
    return time


def span_ms(table: Table, key: str) -> int | None:
    """A span such as `40s`, in milliseconds, above 0."""
    given = table.given(key)
    millis = parse_span(given.value) if isinstance(given.value, str) else None
    if given.value is not None and not millis:
        table.faults.append(_unreadable(given, 'a span in quotes with its unit, as in "40s"'))
    return millis


def length(table: Table, key: str, fps: int) -> int | None:
    """A length such as `03:12.0`, in program frames, above 0."""
    given = table.given(key)
    time = parse_time(given.value) if isinstance(given.value, str) else None
    count = frames(time.millis, fps) if time is not None and not time.is_from_end else 0
    if given.value is not None and count == 0:
        table.faults.append(_unreadable(given, 'a length in quotes, MM:SS.s, as in "03:12.0"'))
    return count or None


def minute(table: Table, key: str) -> int | None:
    """A time of day such as `09:30`, in minutes; the end of the day may read `24:00` at `to`."""
    given = table.given(key)
    # The end of the day is its beginning to the clock, but reads better as 24:00.
    value = "00:00" if key == "to" and given.value == _MIDNIGHT else given.value
    found = minute_of_day(value) if isinstance(value, str) else None
    if given.value is not None and found is None:
        table.faults.append(_unreadable(given, 'a time of day in quotes, HH:MM, as in "09:30"'))
    return found


def _unreadable(given: Given, expected: str) -> Finding:
    return given.finding("E18", f"expected {expected}")
