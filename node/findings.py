"""What is wrong with a merchant's file: findings, each with its place and the offending value."""

import difflib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import islice
from typing import Final, Literal

from typing_extensions import override

Severity = Literal["error", "warning"]

MAX_FINDINGS: Final = 200
MAX_SHOWN: Final = 60  # characters of an offending value
MAX_KNOWN: Final = 700  # words compared for a hint; there are about 600 time zones
_NUMBER: Final = re.compile(r"([0-9]{1,9})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: `code` is a letter and two digits, E refuses the file and W is only shown."""

    file: str
    place: str
    code: str
    message: str

    @property
    def severity(self) -> Severity:
        """Whether it refuses the file."""
        return "error" if self.code.startswith("E") else "warning"

    @override
    def __str__(self) -> str:
        # A reason of the system's quotes a file's name as it is, line breaks too.
        message = _CONTROL.sub(lambda sign: repr(sign[0])[1:-1], self.message)
        return f"{self.file}: {self.place}: {self.code}: {message}"


@dataclass(frozen=True, slots=True)
class Given:
    """A value as a file gives it, with its place; None stands for an absent one."""

    file: str
    place: str
    value: object = None

    def finding(self, code: str, message: str) -> Finding:
        """A fault at this place that quotes the value."""
        place = self.place if self.value is None else f"{self.place} = {shown(self.value)}"
        return Finding(self.file, place, code, message)


def unknown(
    names: Iterable[tuple[str, Given]], known: Collection[str], code: str, what: str
) -> Iterator[Finding]:
    """A finding for each name that is not known, the first 200 with what was probably meant.

    To look for a near word takes a thousand times longer than to see that a name is not there.
    """
    absent = (pair for pair in names if pair[0] not in known)
    for count, (name, given) in enumerate(absent):
        hint = did_you_mean(name, known) if count < MAX_FINDINGS else ""
        yield given.finding(code, f"unknown {what}{hint}")


def has_errors(findings: Iterable[Finding]) -> bool:
    """Whether any of them refuses the file."""
    return any(finding.severity == "error" for finding in findings)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """By place, as people count: `segment[2]` before `segment[10]`; equal places stay in order."""
    return sorted(findings, key=lambda finding: _natural(finding.place))


def capped(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """At most 200 of them, errors before warnings, then one that says how many more there are."""
    if len(findings) <= MAX_FINDINGS:
        return tuple(findings)
    worst_first = sorted(findings, key=lambda finding: finding.severity)
    first = worst_first[MAX_FINDINGS]
    rest = len(findings) - MAX_FINDINGS
    last = Finding(first.file, "file", first.code, f"and {rest} more findings")
    return (*worst_first[:MAX_FINDINGS], last)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`" (did you mean cue?)"`, or nothing where no known word is near."""
    if len(word) > MAX_SHOWN:
        return ""
    near = difflib.get_close_matches(word, islice(known, MAX_KNOWN), n=1, cutoff=0.65)
    return f" (did you mean {shown_key(near[0])}?)" if near else ""


def shown(value: object) -> str:
    """A value on one line of bounded length, whatever it holds; tables and arrays as a count."""
    match value:
        case bool():
            return str(value).lower()
        case str():
            return repr(value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "…")
        case int() | float():
            # Python refuses to write integers of thousands of digits in decimal.
            is_huge = isinstance(value, int) and value.bit_length() > MAX_SHOWN * 3
            return "a huge number" if is_huge else str(value)
        case date() | time():
            return value.isoformat()
        case list():
            return "[…]" if value else "[]"
        case _:
            return "{…}" if isinstance(value, dict) else type(value).__name__


def shown_key(key: str) -> str:
    """A key as a place writes it: bare where TOML allows that, else quoted and shortened."""
    return key if _BARE_KEY.fullmatch(key) else shown(key)


def _natural(place: str) -> list[tuple[str, int]]:
    words = _NUMBER.split(place)
    numbers = [int(number) for number in words[1::2]]
    return list(zip(words[::2], [*numbers, 0], strict=True))
