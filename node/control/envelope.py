"""Signed messages: compact JWS with Ed25519, opened only if every check holds; pure.

The header is `{"alg":"EdDSA","kid":…,"typ":…}` and nothing else (RFC 7515, RFC 8037). `typ` must be
that of the topic, so that no object passes for another. The order of the checks is that of
control-plane.md §4: size, algorithm, key with that use, signature, audience, then times.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from node.control import messages, orders, sections
from node.control.messages import EVERYONE, ContractError, TimeReply, WireCommand
from node.control.topics import Address
from node.control.wireform import check_json, check_size, decode, read_checked
from node.sealing import ALGORITHM, opened, seal

Typ = Literal[
    "ls-cmd+jws", "ls-desired+jws", "ls-time+jws", "ls-keys+jws", "ls-software+jws",
    "ls-assets+jws",
]  # fmt: skip
Use = Literal["root", "cmd", "software", "assets"]
SIGNED_WITH: Final[Mapping[Typ, Use]] = {
    "ls-cmd+jws": "cmd",
    "ls-desired+jws": "cmd",
    "ls-time+jws": "cmd",
    "ls-keys+jws": "root",
    "ls-software+jws": "software",
    "ls-assets+jws": "assets",
}
HEADER_BYTES_MAX: Final = 512
_KEY_BYTES: Final = 32


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: str
    typ: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of the time, Unix ms: `now` is None where the clock is not to be trusted.

    It is never before `floor`.
    """

    now: int | None
    floor: int


@dataclass(frozen=True, slots=True)
class Key:
    """A key that is trusted for one use, from `nbf` to `exp` (Unix ms; 0: without end)."""

    kid: str
    use: Use
    public: Ed25519PublicKey
    nbf: int = 0
    exp: int = 0

    def holds(self, moment: Moment) -> bool:
        """Whether it is valid now, as far as that can be known."""
        latest = moment.floor if moment.now is None else max(moment.now, moment.floor)
        if self.exp and self.exp <= latest:
            return False
        return moment.now is None or self.nbf <= moment.now


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys a node trusts: its root key, and those that the root key has signed."""

    keys: tuple[Key, ...]

    def find(self, kid: str, use: Use, moment: Moment) -> Key | None:
        """The key of that name and use that is valid now."""
        for key in self.keys:
            if key.kid == kid and key.use == use and key.holds(moment):
                return key
        return None

    def with_keys(self, wanted: sections.KeysWanted) -> "KeyRing":
        """The root key and these in place of all others; raises `ContractError`."""
        roots = tuple(key for key in self.keys if key.use == "root")
        return KeyRing((*roots, *_keys(wanted.keys)))


def sign(payload: bytes, typ: Typ, *, kid: str, key: Ed25519PrivateKey) -> bytes:
    """A payload as compact JWS."""
    return seal(payload, key, kid=kid, typ=typ).encode()


def unseal(token: bytes, typ: Typ, ring: KeyRing | None, moment: Moment) -> bytes:
    """The payload of a token whose signature is right; without a ring, the body itself.

    Raises `ContractError` (too_large, bad_signature, unknown_key); its `is_proven` is false.
    """
    check_size(token)
    if ring is None:
        return token
    header = _header(token)
    if header.alg != ALGORITHM or header.typ != typ:
        raise _unproven("bad_signature", f"{header.alg[:20]!r} for {header.typ[:20]!r}")
    key = ring.find(header.kid, SIGNED_WITH[typ], moment)
    if key is None:
        raise _unproven("unknown_key", f"kid = {header.kid[:64]!r} for {typ}")
    try:
        return opened(token, key.public)
    except ValueError as error:
        raise _unproven("bad_signature", str(error)) from error


def open_command(
    token: bytes, address: Address, *, node: str, ring: KeyRing | None, moment: Moment
) -> tuple[messages.Command, bytes]:
    """A command to this node, and its JSON; of its times only their span is looked at.

    Raises `ContractError`, with the command's id where it can be read.
    """
    payload = unseal(token, "ls-cmd+jws", ring, moment)
    text = check_json(payload)
    head = read_checked(text, messages.Head)
    try:
        return _command(text, head, address, node), payload
    except ContractError as error:
        raise ContractError(error.code, str(error), id_=head.id) from error


def claimed_id(token: bytes) -> str:
    """The id that an unproven command gives itself, or empty: good for an answer, no more."""
    try:
        parts = check_size(token).split(b".")
        return decode(_unpacked(parts[1]), messages.Head).id if len(parts) == 3 else ""  # noqa: PLR2004  # a compact JWS
    except (ContractError, ValueError):
        return ""


def open_desired(
    token: bytes, address: Address, *, node: str, ring: KeyRing | None, moment: Moment
) -> sections.Desired:
    """A section for this node; raises `ContractError`."""
    is_keys = address.leaf == "keys"
    payload = unseal(token, "ls-keys+jws" if is_keys else "ls-desired+jws", ring, moment)
    wire = decode(payload, sections.WireDesired)
    desired = sections.typed_section(wire)
    if desired.section != address.leaf:
        raise ContractError("wrong_audience", f"{desired.section} on the topic of {address.leaf}")
    if desired.aud != node and not (is_keys and desired.aud == EVERYONE):
        raise ContractError("wrong_audience", f"aud = {desired.aud[:40]!r}")
    return desired


def open_time(token: bytes, *, node: str, ring: KeyRing | None, moment: Moment) -> TimeReply:
    """An answer to this node's time query; raises `ContractError`."""
    reply = decode(unseal(token, "ls-time+jws", ring, moment), TimeReply)
    if reply.v != messages.VERSION:
        raise ContractError("unknown_version", f"v = {reply.v}: expected {messages.VERSION}")
    if reply.aud != node:
        raise ContractError("wrong_audience", f"aud = {reply.aud[:40]!r}")
    return reply


def public_key(x: str) -> Ed25519PublicKey:
    """A public key from base64url (RFC 8037 §2); raises `ValueError`."""
    raw = _unpacked(x.encode())
    if len(raw) != _KEY_BYTES:
        raise ValueError(f"{len(raw)} bytes, an Ed25519 key has {_KEY_BYTES}")
    return Ed25519PublicKey.from_public_bytes(raw)


def key_text(public: Ed25519PublicKey) -> str:
    """A public key in base64url, as `x` has it."""
    return base64.urlsafe_b64encode(public.public_bytes_raw()).rstrip(b"=").decode()


def _command(text: str, head: messages.Head, address: Address, node: str) -> messages.Command:
    if head.v != messages.VERSION:
        raise ContractError("unknown_version", f"v = {head.v}: expected {messages.VERSION}")
    wire = read_checked(text, WireCommand)
    if wire.type not in orders.KINDS:
        raise ContractError("unknown_type", f"type = {wire.type[:64]!r}")
    is_broadcast = address.channel == "all"
    if wire.aud != (EVERYONE if is_broadcast else node):
        raise ContractError("wrong_audience", f"aud = {wire.aud[:40]!r}")
    if wire.type != address.leaf:
        raise ContractError("bad_payload", f"{wire.type} on the topic of {address.leaf}")
    return messages.typed(wire)


def _header(token: bytes) -> _Header:
    first, dot, _ = token.partition(b".")
    if not dot or len(first) > HEADER_BYTES_MAX:
        raise _unproven("bad_signature", "no compact JWS")
    try:
        return decode(_unpacked(first), _Header)
    except (ContractError, ValueError) as error:
        raise _unproven("bad_signature", f"header: {error}") from error


def _unpacked(text: bytes) -> bytes:
    """Base64url without padding; raises `ValueError`."""
    return base64.b64decode(text + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _unproven(code: messages.Code, message: str) -> ContractError:
    return ContractError(code, message, is_proven=False)


def _keys(keys: Iterable[sections.PublicKey]) -> Iterable[Key]:
    for one in keys:
        try:
            yield Key(one.kid, one.use, public_key(one.x), one.nbf, one.exp)
        except ValueError as error:
            raise ContractError("bad_payload", f"key {one.kid!r}: {error}") from error
