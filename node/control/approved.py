"""Which files of a manifest may be fetched: those approved, for here and for today; pure."""

import base64
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from node.catalog.assets import MAX_BYTES, AssetEntry, Manifest
from node.catalog.trust import SIGNATURE_LIMIT_BYTES
from node.errors import AssetError

SEALED_MAX_BYTES: Final = MAX_BYTES * 4 // 3 + SIGNATURE_LIMIT_BYTES
"""Of a manifest inside its signature: base64url, and header and signature round it."""
_SEALED: Final = re.compile(rb"(eyJ[\w-]+)\.([\w-]+)\.([\w-]+)")


@dataclass(frozen=True, slots=True)
class Approved:
    """`files` by name; `refused` counts the others by reason."""

    files: Mapping[str, AssetEntry]
    refused: Mapping[str, int]

    @property
    def sizes(self) -> dict[str, int]:
        """Bytes by hash: a file that has two names comes once."""
        return {one.sha256: one.size for one in self.files.values()}


def opened(content: bytes) -> tuple[bytes, bytes]:
    """A manifest and its signature as it would lie beside it; empty where it has none inside.

    A controller seals both in one file, a compact JWS (RFC 7515 §7.1): then one hash names them.
    Nothing is verified here. Raises `AssetError`.
    """
    found = _SEALED.fullmatch(content)
    if found is None:
        return content, b""
    head, payload, signature = found.groups()
    try:
        manifest = base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4))
    except ValueError as error:
        raise AssetError(f"manifest: {error}") from error
    return manifest, head + b".." + signature


def approved(manifest: Manifest, *, market: str, today: date) -> Approved:
    """The files that may play in a market today (the booth's date)."""
    reasons = {name: _refusal(one, market, today) for name, one in manifest.files.items()}
    return Approved(
        {name: one for name, one in manifest.files.items() if not reasons[name]},
        Counter(reason for reason in reasons.values() if reason),
    )


def _refusal(entry: AssetEntry, market: str, today: date) -> str:
    if not entry.approver:
        return "unapproved"
    if entry.expires is not None and entry.expires < today:
        return "expired"
    if entry.markets and market not in entry.markets:
        return "other_market"
    return ""
