"""The hash chain of a log: JSON lines, each sealed by a hash that covers the line before it.

A line is canonical JSON: keys sorted, no spaces, UTF-8, one line feed at its end. `prev` is the
hash of the line before, `hash` the SHA-256 of the line without `hash`, both as hexadecimal. So no
byte can change, no line can go, come or move without the chain showing where. What was cut off the
end shows only to one who knows a later hash: an anchor.
"""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal, TypeAlias

import msgspec

GENESIS: Final = "0" * 64
"""`prev` of the first line of all."""
LONGEST_LINE: Final = 65_536
"""Bytes, line feed included; what is longer is no line of ours and is never read into memory."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")

Reason = Literal["too long", "torn", "not UTF-8", "not JSON", "form", "content", "order", "cut"]
"""Why a chain breaks.

`torn`: no line feed at the end of the file. `form`: JSON, but not canonical or not sealed.
`content`: the line does not match its own hash. `order`: it does not follow the line before it: a
line was taken out, repeated or moved. `cut`: the chain ends before its anchor.
"""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record with its place in the chain; `line` is what goes to disk."""

    line: bytes
    hash: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that matches its own hash. `end` is the offset behind it, in bytes."""

    number: int
    record: Mapping[str, object]
    prev: str
    hash: str
    end: int


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain breaks: the line, counted from 1, the hash expected and the one found."""

    line: int
    reason: Reason
    expected: str = ""
    found: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a chain shows: lines up to the first break, the `prev` it starts with, its last hash."""

    lines: int
    start: str
    head: str
    broken: Break | None


Step: TypeAlias = Line | Break


def canonical(record: object) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8."""
    return msgspec.json.encode(record, order="sorted")


def is_hash(text: str) -> bool:
    """Whether `text` is 64 lower-case hexadecimal digits."""
    return _HASH.fullmatch(text) is not None


def seal(record: Mapping[str, object], prev: str) -> Sealed:
    """The line of `record` behind the line whose hash is `prev`.

    Raises:
        ValueError: the record has no JSON form, or a line longer than `LONGEST_LINE`.
    """
    whole = {**record, "prev": prev}
    try:
        own = hashlib.sha256(canonical(whole)).hexdigest()
        line = canonical({**whole, "hash": own}) + b"\n"
    except (UnicodeEncodeError, TypeError, RecursionError, OverflowError) as error:
        raise ValueError(f"no JSON: {error}") from error
    if len(line) > LONGEST_LINE:
        raise ValueError(f"{len(line)} bytes: a line holds {LONGEST_LINE}")
    return Sealed(line, own)


def walk(stream: BinaryIO, prev: str | None = None) -> Iterator[Step]:
    """Every line that matches its own hash, and every break, in the order of the file.

    A line out of order gives a break and then the line. The first line must follow `prev`; with
    None it may follow any. After a line that says nothing of itself, the next may follow any.
    """
    number, end = 0, 0
    while raw := stream.readline(LONGEST_LINE + 1):
        number += 1
        if len(raw) > LONGEST_LINE:
            yield Break(number, "too long")
            end += len(raw) + _skip_line(stream, raw)
            prev = None
            continue
        end += len(raw)
        read = _read(raw, number, end)
        if isinstance(read, Line):
            if prev is not None and read.prev != prev:
                yield Break(number, "order", prev, read.prev)
            prev = read.hash
        else:
            prev = None
        yield read


def prove(
    stream: BinaryIO,
    *,
    prev: str | None = None,
    anchor: str = "",
    progress: Callable[[int], None] | None = None,
) -> Proof:
    """Follow a chain to its end or its first break; reads a file of any size line by line.

    Args:
        stream: the file, at its start.
        prev: the hash that the first line must follow; None: any.
        anchor: a hash that the chain must contain; empty: none is known.
        progress: told the offset in bytes now and then.
    """
    lines, start, head = 0, prev or "", prev or ""
    is_anchored = not anchor or anchor == prev
    for step in walk(stream, prev):
        if isinstance(step, Break):
            return Proof(lines, start, head, step)
        if step.number == 1:
            start = step.prev
        lines, head = step.number, step.hash
        is_anchored = is_anchored or anchor in (step.hash, start)
        if progress is not None and not lines % 1024:
            progress(step.end)
    cut = None if is_anchored else Break(lines + 1, "cut", anchor, head)
    return Proof(lines, start, head, cut)


def _read(raw: bytes, number: int, end: int) -> Step:
    if not raw.endswith(b"\n"):
        return Break(number, "torn")
    try:
        raw.decode()
    except UnicodeDecodeError:
        return Break(number, "not UTF-8")
    try:
        whole = msgspec.json.decode(raw[:-1], type=dict[str, object])
        is_canonical = canonical(whole) == raw[:-1]
    except (msgspec.DecodeError, ValueError, RecursionError, OverflowError):
        return Break(number, "not JSON")
    own, prev = whole.pop("hash", None), whole.get("prev")
    if not isinstance(own, str) or not isinstance(prev, str) or not is_canonical:
        return Break(number, "form")
    expected = hashlib.sha256(canonical(whole)).hexdigest()
    if own != expected:
        return Break(number, "content", expected, own)
    del whole["prev"]
    return Line(number, whole, prev, own, end)


def _skip_line(stream: BinaryIO, raw: bytes) -> int:
    """Read on to the next line feed; the number of bytes read."""
    skipped = 0
    while raw and not raw.endswith(b"\n"):
        raw = stream.readline(LONGEST_LINE)
        skipped += len(raw)
    return skipped
