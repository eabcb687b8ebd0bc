"""livesell check: judges rundowns, catalogs and configurations; one finding per line."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from node import config
from node.catalog.checks import AssetChecks
from node.catalog.ledger import Ledger
from node.catalog.reading import read_catalog
from node.catalog.trust import UNTRUSTING, USE, Trust, trust_of
from node.cli.imports import USUAL_SIZE, look_into
from node.errors import ConfigError
from node.findings import Finding, has_errors
from node.jws import read_keys
from node.media import Size
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


@dataclass(frozen=True, slots=True)
class Closely:
    """How closely days are judged, and for which node.

    Without `has_files` nobody looks for clips, pictures and manifests; without `has_clips` nobody
    looks into clips. `prices` is a ledger, against which struck prices are judged. `fps` None is
    each day's own.
    """

    has_files: bool = True
    has_clips: bool = True
    prices: Path | None = None
    trust: Trust = UNTRUSTING
    fps: int | None = None
    size: Size = USUAL_SIZE


USUALLY: Final = Closely()


def check(
    paths: Sequence[Path],
    *,
    as_json: bool,
    closely: Closely = USUALLY,
    keys: Path | None = None,
) -> int:
    """Print every finding of the files; their number and what was not checked on stderr.

    What a file is, it says itself: by its `format`, or by the tables of node.toml. A node.toml
    among them says for which node the days are judged; `keys` are believed instead of its own.

    Returns:
        0 clean or warnings only, 1 with an error, 2 (and nothing judged) for a path without file.
    """
    absent = [path for path in paths if not _exists(path)]
    for path in absent:
        _say(f"livesell check: no such file: {path}", sys.stderr)
    if absent:
        return USAGE
    closely = _for_node(closely, paths, keys)
    judged = [judge(path, closely) for path in paths]
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


def judge(path: Path, closely: Closely = USUALLY) -> Judged:
    """Judge one file as what it says it is; a rundown where it says nothing."""
    read = read_table(path)
    if isinstance(read, Finding):
        return Judged((read,))
    match _kind(read[0]):
        case "catalog":
            return Judged(read_catalog(path, has_files=closely.has_files).findings)
        case "config":
            return Judged(tuple(_config_findings(path)))
        case _:
            return _rundown(path, closely)


def _for_node(closely: Closely, paths: Sequence[Path], keys: Path | None) -> Closely:
    """As a node.toml among the paths has it, if there is one that can be read."""
    if keys is not None:
        believed = tuple(key for key in read_keys(keys) if key.use == USE)
        closely = replace(closely, trust=Trust(believed, is_required=True))
    for path in paths:
        read = read_table(path)
        if isinstance(read, Finding) or _kind(read[0]) != "config":
            continue
        try:
            cfg = config.load(path)
        except ConfigError:
            continue  # told as findings
        width, height = (int(edge) for edge in cfg.program.size.split("x"))
        trust = closely.trust if keys is not None else trust_of(cfg.assets)
        return replace(closely, trust=trust, fps=cfg.program.fps, size=Size(width, height))
    return closely


def _rundown(path: Path, closely: Closely) -> Judged:
    checks = AssetChecks(closely.trust, now=lambda: datetime.now(UTC))

    def read(checks: AssetChecks, ledger: Ledger | None = None) -> Reading:
        return read_rundown(path, fps=closely.fps, ledger=ledger,
                            has_files=closely.has_files, checks=checks)  # fmt: skip

    reading, ledger = read(checks), None
    if closely.prices is not None and reading.rundown is not None:
        ledger = Ledger(closely.prices, reading.rundown.timezone)  # its days are the booth's
        ledger.load()
    if closely.has_files:
        checks = look_into(path.absolute().parent, reading, checks, fps=reading.fps,
                           size=closely.size, has_clips=closely.has_clips)  # fmt: skip
    reading = read(checks, ledger)
    return Judged(reading.findings, tuple(_unchecked(reading, ledger, closely)))


def _unchecked(reading: Reading, ledger: Ledger | None, closely: Closely) -> Iterator[str]:
    products = reading.catalog.products.values() if reading.catalog is not None else ()
    if ledger is not None and ledger.fault:
        yield f"E37, prices before a fault of the price ledger: {ledger.fault}"
    elif ledger is None and any(product.ref_price for product in products):
        yield "E37, struck prices: there is no price ledger at hand"
    if not closely.has_files:
        yield "E50, files: nobody looked for them"
        return
    if not closely.has_clips and reading.clips:
        yield "E50, clips: nobody looked into them"
    if reading.manifest is None:
        yield "E50, hashes of files: no manifest (`assets`) to compare with"
    elif reading.manifest.signature.state == "absent":
        yield "E50, who approved the files: the manifest is not signed"
    elif reading.manifest.signature.state == "unread":
        yield "E50, the manifest's signature: no trusted keys at hand (--keys, or node.toml)"


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
