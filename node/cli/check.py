"""livesell check: judges rundowns, catalogs and configurations; one finding per line."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TextIO

from node import config
from node.catalog.reading import read_catalog
from node.errors import ConfigError
from node.findings import Finding, has_errors
from node.program.reading import read_rundown
from node.tables import Table, read_table

CLEAN: Final = 0
FAULTY: Final = 1
USAGE: Final = 2

_CONFIG_TABLES: Final = frozenset(config.Config.__struct_fields__)
# `encoder.bitrate_kbps = -1: expected …`; the value may hold a colon where it is quoted.
_CONFIG_FAULT: Final = re.compile(
    r"""(?P<place>[^\s:=]+(?:\ =\ (?:'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+"|[^:]*))?)
        :\ (?P<what>.*)""",
    re.DOTALL | re.VERBOSE,
)


def check(paths: Sequence[Path], *, as_json: bool) -> int:
    """Print every finding of the files, and their number on stderr.

    What a file is, it says itself: by its `format`, or by the tables of node.toml.

    Returns:
        0 clean or warnings only, 1 with an error, 2 (and nothing judged) for a path without file.
    """
    absent = [path for path in paths if not _exists(path)]
    for path in absent:
        _say(f"livesell check: no such file: {path}", sys.stderr)
    if absent:
        return USAGE
    findings = [finding for path in paths for finding in findings_of(path)]
    if as_json:
        print(json.dumps([_plain(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _say(str(finding), sys.stdout)
    _say(_total(findings), sys.stderr)
    return FAULTY if has_errors(findings) else CLEAN


def findings_of(path: Path) -> Sequence[Finding]:
    """Every finding of one file, judged as what it says it is; a rundown where it says nothing."""
    read = read_table(path)
    if isinstance(read, Finding):
        return (read,)
    match _kind(read[0]):
        case "catalog":
            return read_catalog(path).findings
        case "config":
            return tuple(_config_findings(path))
        case _:
            return read_rundown(path).findings


def _kind(table: Table) -> str:
    tag = table.entries.get("format")
    if isinstance(tag, str):
        return "catalog" if tag.startswith("livesell-catalog") else "rundown"
    keys = table.entries.keys()
    if keys & {"product", "offer"}:
        return "catalog"
    return "config" if keys & _CONFIG_TABLES and not keys & {"segment", "block"} else "rundown"


def _config_findings(path: Path) -> Iterator[Finding]:
    try:
        config.load(path)
    except ConfigError as error:
        for fault in error.faults:
            text = fault.removeprefix(f"{path}: ")
            match = _CONFIG_FAULT.fullmatch(text)
            place, what = (match["place"], match["what"]) if match else ("file", text)
            yield Finding(str(path), place, "E53", what)


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: a NUL in the name
        return False
    except OSError:
        return True  # there, but not for us: a finding
    return True


def _plain(finding: Finding) -> dict[str, str]:
    return {
        "file": finding.file,
        "place": finding.place,
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
    }


def _total(findings: Sequence[Finding]) -> str:
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    return f"{errors} error{'s' * (errors != 1)}, {warnings} warning{'s' * (warnings != 1)}"


def _say(line: str, stream: TextIO) -> None:
    """Write a line whatever the terminal's encoding and whatever a stranger's file holds."""
    encoding = stream.encoding or "utf-8"
    print(line.encode(encoding, "backslashreplace").decode(encoding), file=stream)
