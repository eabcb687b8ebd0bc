"""livesell check: judges rundowns, catalogs and configurations; one finding per line."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

from node import config
from node.catalog.assets import missing, place_of, sha256_of
from node.catalog.ledger import Ledger
from node.catalog.reading import read_catalog
from node.errors import ConfigError
from node.findings import Finding, has_errors, shown
from node.program.not_built import RUNTIME_PENDING
from node.program.reading import Reading, read_rundown
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


@dataclass(frozen=True, slots=True)
class Judged:
    """The findings of a file, and what could not be looked at."""

    findings: Sequence[Finding]
    unchecked: Sequence[str] = ()


def check(
    paths: Sequence[Path], *, as_json: bool, has_files: bool = True, prices: Path | None = None
) -> int:
    """Print every finding of the files; their number and what was not checked on stderr.

    What a file is, it says itself: by its `format`, or by the tables of node.toml. Without
    `has_files` nobody looks for the clips, pictures and manifests that rundowns name. `prices` is
    a price ledger, against which struck prices are judged.

    Returns:
        0 clean or warnings only, 1 with an error, 2 (and nothing judged) for a path without file.
    """
    absent = [path for path in paths if not _exists(path)]
    for path in absent:
        _say(f"livesell check: no such file: {path}", sys.stderr)
    if absent:
        return USAGE
    judged = [judge(path, has_files=has_files, prices=prices) for path in paths]
    findings = [finding for one in judged for finding in one.findings]
    if as_json:
        print(json.dumps([_plain(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _say(str(finding), sys.stdout)
    for note in dict.fromkeys(note for one in judged for note in one.unchecked):
        _say(f"not checked: {note}", sys.stderr)
    _say(_total(findings), sys.stderr)
    return FAULTY if has_errors(findings) else CLEAN


def judge(path: Path, *, has_files: bool = True, prices: Path | None = None) -> Judged:
    """Judge one file as what it says it is; a rundown where it says nothing."""
    read = read_table(path)
    if isinstance(read, Finding):
        return Judged((read,))
    match _kind(read[0]):
        case "catalog":
            return Judged(read_catalog(path, has_files=has_files).findings)
        case "config":
            return Judged(tuple(_config_findings(path)))
        case _:
            return _rundown(path, has_files=has_files, prices=prices)


def _rundown(path: Path, *, has_files: bool, prices: Path | None) -> Judged:
    reading = read_rundown(path, pending=RUNTIME_PENDING, has_files=has_files)
    ledger = None
    if prices is not None and reading.rundown is not None:
        ledger = Ledger(prices, reading.rundown.timezone)  # its days are those of the booth
        ledger.load()
        reading = read_rundown(path, pending=RUNTIME_PENDING, has_files=has_files, ledger=ledger)
    findings = [*reading.findings, *_altered(path, reading)]
    return Judged(findings, tuple(_unchecked(reading, ledger, has_files=has_files)))


def _unchecked(reading: Reading, ledger: Ledger | None, *, has_files: bool) -> Iterator[str]:
    products = reading.catalog.products.values() if reading.catalog is not None else ()
    if ledger is not None and ledger.fault:
        yield f"E37, prices before a fault of the price ledger: {ledger.fault}"
    elif ledger is None and any(product.ref_price for product in products):
        yield "E37, struck prices: there is no price ledger at hand"
    if not has_files:
        yield "E50, files: nobody looked for them"
    elif reading.manifest is None:
        yield "E50, hashes of files: no manifest (`assets`) to compare with"
    else:
        yield "the manifest's signature: this version cannot read it yet"


def _altered(path: Path, reading: Reading) -> Iterator[Finding]:
    """E50: files that are not those that the manifest approves, byte by byte."""
    manifest, folder = reading.manifest, path.absolute().parent
    named = manifest.files if manifest is not None and not has_errors(reading.findings) else {}
    for count, (name, entry) in enumerate(named.items()):
        _progress(count, len(named), name)
        if not missing(folder, name) and sha256_of(place_of(folder, name)) != entry.sha256:
            message = "not the file that was approved: its SHA-256 differs"
            yield Finding(str(path), f"assets: {shown(name)}", "E50", message)
    _progress(len(named), len(named), "")


def _progress(done: int, count: int, name: str) -> None:
    if count and sys.stderr.isatty():
        bar = "#" * (30 * done // count)
        end = "\r" if done < count else "\r\033[K"
        print(f"\033[K[{bar:30}] {name[-40:]}", end=end, file=sys.stderr, flush=True)


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
