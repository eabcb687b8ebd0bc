"""Desired state by section, what a node reports of it, and the keys it trusts.

A section always comes whole and its `ver` only grows: the node makes the difference itself.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, get_args

import msgspec

from node.control.messages import VERSION, ContractError, JsonObject, NodeId, Reason
from node.control.orders import UnixMs

Section = Literal["config", "show", "catalogue", "assets", "software", "keys"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)
Progress = Literal["applied", "applying", "failed", "ignored_old"]
KeyUse = Literal["cmd", "software", "assets"]
"""What a key may sign: commands, desired state and time; releases; manifests of assets."""

Sha256 = Annotated[str, msgspec.Meta(pattern="^sha256:[0-9a-f]{64}$", max_length=71)]
"""Names content, as in `sha256:91c4…`."""
Url = Annotated[str, msgspec.Meta(pattern="^(https://[^\\s]+)?$(?!\n)", max_length=500)]
"""Where to fetch; empty: at the node's own asset server, by hash."""
Setting = str | int | float | bool | list[str]
Version = Annotated[int, msgspec.Meta(ge=1, le=1 << 53)]


class ConfigWanted(msgspec.Struct, frozen=True):
    """Keys of node.toml laid over its own, by table; takes effect at a restart."""

    overlay: dict[str, dict[str, Setting]] = {}


class ShowWanted(msgspec.Struct, frozen=True):
    """The rundown by the hash of its file."""

    rundown: Sha256
    url: Url = ""
    bytes: Annotated[int, msgspec.Meta(ge=0)] = 0


class CatalogueWanted(msgspec.Struct, frozen=True):
    """The catalogue by the hash of its file."""

    catalogue: Sha256
    url: Url = ""
    bytes: Annotated[int, msgspec.Meta(ge=0)] = 0


class AssetsWanted(msgspec.Struct, frozen=True):
    """The signed manifest of the show's files, by hash; it is too large for a message."""

    manifest: Sha256
    url: Url = ""
    bytes: Annotated[int, msgspec.Meta(ge=0)] = 0


class SoftwareWanted(msgspec.Struct, frozen=True):
    """The release to run, not before a Unix time in ms; never begun while live or armed.

    Applied means that it runs and was found good; until then it is `applying`, with a `step`:
    `waiting` (`for` clock, time or show), `fetching`, `building`, `trial` (`for` show: its time is
    over, it is taken back after the show). One that was refused, or taken back after its trial, is
    `failed`; only a higher version of the section tries it again.
    """

    version: Annotated[str, msgspec.Meta(pattern="^[0-9A-Za-z][0-9A-Za-z.+-]{0,63}$(?!\n)")]
    manifest_url: Url
    sha256: Sha256
    not_before: UnixMs = 0


class PublicKey(msgspec.Struct, frozen=True):
    """An Ed25519 key: `x` is its 32 bytes in base64url (RFC 8037 §2), valid from nbf to exp."""

    kid: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    x: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{43}$", max_length=43)]
    use: KeyUse
    nbf: UnixMs
    exp: UnixMs


class KeysWanted(msgspec.Struct, frozen=True):
    """The keys in force; signed by the root key alone."""

    keys: Annotated[tuple[PublicKey, ...], msgspec.Meta(min_length=1, max_length=16)]


Wanted = ConfigWanted | ShowWanted | CatalogueWanted | AssetsWanted | SoftwareWanted | KeysWanted

WANTED: Final[Mapping[Section, type[Wanted]]] = {
    "config": ConfigWanted,
    "show": ShowWanted,
    "catalogue": CatalogueWanted,
    "assets": AssetsWanted,
    "software": SoftwareWanted,
    "keys": KeysWanted,
}


class WireDesired(msgspec.Struct, frozen=True, omit_defaults=True):
    """A section as its JSON has it; `keys` stand beside `ver`, all else in `data`."""

    v: int
    aud: str
    section: Section
    ver: Version
    iat: UnixMs = 0
    data: JsonObject = {}
    keys: list[JsonObject] = []


class Desired(msgspec.Struct, frozen=True):
    """A section whose `data` has its type."""

    v: int
    aud: str
    section: Section
    ver: int
    iat: int
    data: Wanted


class Reported(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far a node is with a section; `ver` is that of the section spoken of."""

    v: int
    node: NodeId
    section: Section
    ver: int
    status: Progress
    at: UnixMs
    reason: Reason | None = None
    data: JsonObject = {}


def typed_section(wire: WireDesired) -> Desired:
    """The section with its typed data; raises `ContractError`."""
    if wire.v != VERSION:
        raise ContractError("unknown_version", f"v = {wire.v}: expected {VERSION}")
    content: JsonObject = {"keys": wire.keys} if wire.section == "keys" else wire.data
    try:
        data: Wanted = msgspec.convert(content, WANTED[wire.section])
    except (msgspec.MsgspecError, ValueError) as error:
        raise ContractError("bad_payload", f"{wire.section}: {error}") from error
    return Desired(wire.v, wire.aud, wire.section, wire.ver, wire.iat, data)


def wire_section(desired: Desired) -> WireDesired:
    """The section as it is signed."""
    data: JsonObject = msgspec.to_builtins(desired.data)
    head = WireDesired(desired.v, desired.aud, desired.section, desired.ver, desired.iat)
    if isinstance(desired.data, KeysWanted):
        keys: list[JsonObject] = msgspec.to_builtins(list(desired.data.keys))
        return msgspec.structs.replace(head, keys=keys)
    return msgspec.structs.replace(head, data=data)
