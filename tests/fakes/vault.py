"""A folder of approved files: keys, manifest and signature, as `livesell sign` leaves them."""

import hashlib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec

from node.catalog.assets import FORMAT, EntryForm, ManifestForm
from node.catalog.trust import TYP, USE, Trust, signature_path
from node.jws import PrivateKey, new_key, sign_beside

KEY = new_key("legal-1", USE)
STRANGER = new_key("legal-1", USE)
"""Another key that calls itself the same."""


def entry_of(path: Path, **terms: object) -> EntryForm:
    """What a manifest says of a file; `terms` are further fields."""
    content = path.read_bytes()
    form = EntryForm(
        hashlib.sha256(content).hexdigest(), len(content), approver="Li", approved=date(2026, 1, 2)
    )
    return msgspec.structs.replace(form, **terms)


def write_signed(
    manifest: Path, entries: Mapping[str, EntryForm], key: PrivateKey = KEY, *, typ: str = TYP
) -> None:
    """Write a manifest and its signature."""
    content = msgspec.json.encode(ManifestForm(FORMAT, dict(entries)))
    manifest.write_bytes(content)
    resign(manifest, key, typ=typ)


def resign(manifest: Path, key: PrivateKey = KEY, *, typ: str = TYP) -> None:
    """Sign a manifest as it lies there."""
    token = sign_beside(manifest.read_bytes(), key, typ=typ)
    signature_path(manifest).write_text(token, encoding="ascii")


def trusting(*, is_required: bool = True) -> Trust:
    """A node that believes the key."""
    return Trust((KEY.public,), is_required=is_required)
