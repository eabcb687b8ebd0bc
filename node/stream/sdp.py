"""Lines of a session description (SDP, RFC 8866): split, found, joined. Pure."""

import re
from collections.abc import Sequence

from node.errors import CommandError


def grouped(text: str) -> tuple[list[str], list[list[str]]]:
    """Session lines and one list of lines for each m-section.

    Raises:
        CommandError: "bad_sdp" with the line.
    """
    session: list[str] = []
    groups: list[list[str]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if not line:
            continue
        if not re.match(r"[a-z]=", line):
            raise fault(f"line {number}: {line[:60]!r}: expected x=...")
        if line.startswith("m="):
            if not re.fullmatch(r"m=\S+ \d{1,5}(/\d+)? \S+( \S+)+", line):
                raise fault(f"line {number}: {line[:60]!r}: expected m=kind port transport formats")
            groups.append([])
        (groups[-1] if groups else session).append(line)
    return session, groups


def name_of(line: str) -> str:
    """Name of an attribute line, else empty."""
    return line[2:].partition(":")[0] if line.startswith("a=") else ""


def value_of(lines: Sequence[str], name: str) -> str:
    """The last value of that attribute: a section's own stands after the session's."""
    found = [line.partition(":")[2].strip() for line in lines if name_of(line) == name]
    return found[-1] if found else ""


def text(lines: Sequence[str]) -> str:
    """The lines as SDP."""
    return "".join(line + "\r\n" for line in lines)


def fault(message: str) -> CommandError:
    """The error for a description that cannot be used."""
    return CommandError("bad_sdp", message)
