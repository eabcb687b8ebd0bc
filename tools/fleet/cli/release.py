"""The files of a software release beside its section: what nodes fetch from the controller."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from node.errors import CommandError
from node.update.manifest import MANIFEST, Release
from tools.fleet.keys import payload_of


def files_of(section: Path, data: Mapping[str, object]) -> dict[str, Path]:
    """The files that nodes will ask the controller for, by hash; the manifest comes last.

    Empty where the section names an address of its own. The signature is the nodes' to judge: they
    alone know whose they trust.

    Raises:
        CommandError: the manifest beside the section is not there, or not the one that it names.
    """
    if data.get("manifest_url"):
        return {}
    path = section.parent / MANIFEST
    if not path.is_file():
        raise CommandError("asset_missing", f"{path}: no such file")
    token = path.read_bytes()
    digest = hashlib.sha256(token).hexdigest()
    if data.get("sha256") != f"sha256:{digest}":
        raise CommandError("bad_payload", f"{path}: not the manifest that {section.name} names")
    try:
        release = msgspec.json.decode(payload_of(token), type=Release)
    except msgspec.MsgspecError as error:
        raise CommandError("bad_payload", f"{path}: {error}") from error
    if data.get("version") != release.version:
        raise CommandError("bad_payload", f"{section}: version: {path.name} is {release.version}")
    files = {one.sha256: path.with_name(one.name) for one in release.files}
    return {**files, digest: path}
