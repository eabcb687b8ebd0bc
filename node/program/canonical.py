"""The wire form of a rundown: canonical JSON, whose SHA-256 is the rundown's hash.

Keys are sorted, text is UTF-8, there is no space; times are whole program frames, days are
2026-11-21, money is text. What has its usual value is left out, so that a format that learns a
new key keeps the hash of old days. Two files that differ in comments alone have one hash.
"""

import hashlib
import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from node.catalog.assets import Manifest
from node.catalog.products import Catalog
from node.program.rundown import Rundown

FORMAT: Final = "livesell-wire/1"
LEFT_OUT: Final = frozenset({"sha256", "approval", "approvals", "signed_by"})
"""Hashes of the files' bytes, and what the manifest says of them: `assets` has those."""


def canonical(
    rundown: Rundown, catalog: Catalog, *, folder: Path, manifest: Manifest | None = None
) -> bytes:
    """The wire form; names of files count from `folder`, that of the rundown's file.

    With a `manifest`, the SHA-256 of each file that it lists stands beside.
    """
    day = _fields(rundown, folder)
    # A list keeps the order of the file, which sorted keys would not.
    day["segments"] = [_plain(segment, folder) for segment in rundown.segments.values()]
    for key in ("offers", "seller"):  # the catalog has them
        day.pop(key, None)
    approved = {} if manifest is None else manifest.files
    wire = {
        "format": FORMAT,
        "rundown": day,
        "catalog": _plain(catalog, folder),
        "assets": {name: entry.sha256 for name, entry in approved.items()},
    }
    text = json.dumps(wire, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def hash_of(wire: bytes) -> str:
    """The rundown's hash, hexadecimal."""
    return hashlib.sha256(wire).hexdigest()


def _fields(value: object, folder: Path) -> dict[str, object]:
    if not is_dataclass(value):
        raise TypeError(f"no dataclass: {type(value).__name__}")
    found: dict[str, object] = {}
    for one in fields(value):
        held = getattr(value, one.name)
        usual = one.default if one.default_factory is MISSING else one.default_factory()
        if one.name not in LEFT_OUT and (usual is MISSING or held != usual):
            found[one.name] = _plain(held, folder)
    return found


def _plain(value: object, folder: Path) -> object:
    found = value
    match value:
        case None | bool() | int() | str():
            pass
        case date() | Decimal() | msgspec.Struct():
            found = msgspec.to_builtins(value)
        case Path():
            found = value.relative_to(folder).as_posix()
        case ZoneInfo():
            found = value.key
        case Mapping():
            found = {str(key): _plain(inner, folder) for key, inner in value.items()}
        case tuple():
            found = [_plain(inner, folder) for inner in value]
        case AbstractSet():
            found = sorted(str(inner) for inner in value)
        case _:
            found = _fields(value, folder)
    return found
