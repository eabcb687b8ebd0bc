"""Whose signature a node believes, and whether a manifest bears one.

The signature lies beside the manifest, under its name with `.jws`: a compact JWS with EdDSA and
without payload (RFC 7515 appendix F), whose payload is the manifest's bytes as they lie there.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from node.config import AssetsConfig
from node.jws import PublicKey, UntrustedError, read_keys, verify_beside

TYP: Final = "ls-assets+jws"
"""Of the signature's header."""
USE: Final = "ls-assets"
"""Of keys that may sign manifests."""
SIGNATURE_LIMIT_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class Trust:
    """The keys that a node believes; with `is_required` nothing else plays."""

    keys: tuple[PublicKey, ...] = ()
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """How a manifest stands; `kid` names the key of a verified one.

    `unread`: there is a signature, but no key to judge it by.
    """

    state: Literal["absent", "unread", "verified"] = "absent"
    kid: str = ""


UNSIGNED: Final = Signature()
_UNREAD: Final = Signature("unread")
UNTRUSTING: Final = Trust()
"""No keys at hand: signatures are not judged, and none is required."""


def trust_of(config: AssetsConfig) -> Trust:
    """The trust that a configuration grants; raises `ConfigError` for keys that are none."""
    path = config.trusted_keys
    keys = read_keys(Path(path)) if path else ()
    return Trust(tuple(key for key in keys if key.use == USE), is_required=config.require_signed)


def signature_path(manifest: Path) -> Path:
    """Where a manifest's signature lies."""
    return manifest.with_suffix(".jws")


def signature_of(manifest: Path, content: bytes, trust: Trust) -> Signature | str:
    """How `content`, read from `manifest`, is signed, or why it is not to be believed.

    A signature that is wrong is never believed, required or not.
    """
    path = signature_path(manifest)
    try:
        with path.open("rb") as file:
            token = file.read(SIGNATURE_LIMIT_BYTES + 1)
    except FileNotFoundError:
        return f"not signed: no {path.name} beside it" if trust.is_required else UNSIGNED
    except OSError as error:
        return f"its signature cannot be read: {error}"
    if not trust.keys:
        return "no trusted key to judge its signature by" if trust.is_required else _UNREAD
    if len(token) > SIGNATURE_LIMIT_BYTES:
        return f"{path.name}: more than {SIGNATURE_LIMIT_BYTES} bytes: no signature"
    try:
        text = token.decode("ascii")
        key = verify_beside(text, content, trust.keys, typ=TYP, use=USE)
    except (UntrustedError, UnicodeDecodeError) as error:
        return f"{path.name}: {error}"
    return Signature("verified", key.kid)
