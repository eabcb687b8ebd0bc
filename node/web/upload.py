"""A day that is uploaded from the operator's page: its files, and how they were judged."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

import msgspec

from node.findings import Finding, has_errors

DAY_LIMIT_BYTES = 300 * 1024
"""A day and its catalog; 500 segments are 150 kB."""
FILES_MAX = 2
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.toml")

Edit = Callable[[Mapping[str, bytes]], Awaitable[Sequence[Finding]]]
"""Judges files by name and puts them in place of the day, unless a finding refuses them."""


class FoundView(msgspec.Struct, frozen=True):
    """One finding, as the validator prints it; the place ends with the value."""

    file: str
    place: str
    code: str
    severity: str
    message: str


class Judgement(msgspec.Struct, frozen=True):
    """What an uploaded day came to: `ok` when it is in place, otherwise nothing has changed."""

    ok: bool
    findings: tuple[FoundView, ...]


def decode_files(body: bytes) -> dict[str, bytes]:
    """Files by plain name, from a JSON object of texts; raises `msgspec.MsgspecError`."""
    try:
        texts = msgspec.json.decode(body, type=dict[str, str])
        files = {name: text.encode() for name, text in texts.items()}
    except (UnicodeDecodeError, UnicodeEncodeError) as error:
        raise msgspec.ValidationError(f"not UTF-8: {error.reason}") from error
    if not 1 <= len(files) <= FILES_MAX:
        raise msgspec.ValidationError(f"{len(files)} files: expected a day and perhaps a catalog")
    for name in files:
        if _NAME.fullmatch(name) is None:
            raise msgspec.ValidationError(f"{name[:80]!r}: expected a name such as day.toml")
    return files


def judgement(findings: Sequence[Finding]) -> Judgement:
    """The findings as the page gets them."""
    views = [FoundView(one.file, one.place, one.code, one.severity, one.message)
             for one in findings]  # fmt: skip
    return Judgement(not has_errors(findings), tuple(views))
