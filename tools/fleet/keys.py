"""The controller's keys as files of mode 0600, and what it signs with them.

`root.key` names all others and belongs into a safe once `fleet init` is done: serving needs only
what it has signed, `keys.json`.
"""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from node.control.envelope import Typ, key_text, sign
from node.control.messages import EVERYONE, TimeReply, WireCommand
from node.control.sections import Desired, KeysWanted, KeyUse, PublicKey, WireDesired, wire_section
from node.errors import CommandError, ConfigError

ROOT_KEY: Final = "root.key"
ROOT_PUBLIC: Final = "root.jwk"
KEYS: Final = "keys.json"
DAY_MS: Final = 86_400_000
COMMAND_LIFE_MS: Final = 90 * DAY_MS
OPEN_BITS: Final = 0o077
"""Nobody but the owner may read a key."""


class KeyFile(msgspec.Struct, frozen=True):
    """`keys.json`: which key signs what, and the section that makes nodes trust them."""

    ver: int
    kids: dict[KeyUse, str]
    section: str


@dataclass(frozen=True, slots=True)
class Signing:
    """The keys that sign now; `section` is what the root key signed, and nodes are to hold."""

    command_kid: str
    command: Ed25519PrivateKey
    assets_kid: str
    assets: Ed25519PrivateKey
    section: bytes
    ver: int


class Signer:
    """Signs what nodes obey. Thread: any; `now` is replaced by the loop's."""

    def __init__(self, now: Signing) -> None:
        self.now = now

    @property
    def keys_section(self) -> bytes:
        """The section that nodes are to hold."""
        return self.now.section

    @property
    def keys_ver(self) -> int:
        """Its version."""
        return self.now.ver

    def sign_command(self, wire: WireCommand, *, is_plain: bool = False) -> bytes:
        """A command as it goes out; plain for a node that takes nothing signed (trust "none")."""
        return self._sign(msgspec.json.encode(wire), "ls-cmd+jws", is_plain=is_plain)

    def sign_desired(self, desired: Desired, *, is_plain: bool = False) -> bytes:
        """A section as it goes out."""
        payload = msgspec.json.encode(wire_section(desired))
        return self._sign(payload, "ls-desired+jws", is_plain=is_plain)

    def sign_time(self, reply: TimeReply, *, is_plain: bool = False) -> bytes:
        """An answer to a time query."""
        return self._sign(msgspec.json.encode(reply), "ls-time+jws", is_plain=is_plain)

    def sign_manifest(self, manifest: bytes) -> bytes:
        """A manifest of assets."""
        now = self.now
        return sign(manifest, "ls-assets+jws", kid=now.assets_kid, key=now.assets)

    def _sign(self, payload: bytes, typ: Typ, *, is_plain: bool) -> bytes:
        if is_plain:
            return payload
        now = self.now
        return sign(payload, typ, kid=now.command_kid, key=now.command)


def make_keys(folder: Path, now: int) -> None:
    """A root key, a command key and an assets key; raises `FileExistsError` where there are any."""
    root = Ed25519PrivateKey.generate()
    month = f"{now // (30 * DAY_MS)}"
    kids: dict[KeyUse, str] = {"cmd": f"cmd-{month}", "assets": f"assets-{month}"}
    made = {use: Ed25519PrivateKey.generate() for use in kids}
    write_secret(folder / ROOT_KEY, key_pem(root))
    for use, key in made.items():
        write_secret(folder / f"{use}.key", key_pem(key))
    x = key_text(root.public_key())
    jwk = {"kty": "OKP", "crv": "Ed25519", "kid": "root", "x": x}
    (folder / ROOT_PUBLIC).write_text(json.dumps(jwk) + "\n")
    section = _keys_section(root, kids, made, now)
    file = KeyFile(1, kids, section.decode())
    (folder / KEYS).write_bytes(msgspec.json.encode(file))


def load_signer(folder: Path) -> Signer:
    """Read the keys; raises `ConfigError` naming the file that cannot be used."""
    return Signer(signing_of(folder, read_key_file(folder / KEYS)))


def read_key_file(path: Path) -> KeyFile:
    """Which keys there are; raises `ConfigError`."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=KeyFile)
    except (OSError, msgspec.MsgspecError) as error:
        raise ConfigError([f"{path}: {error}: run `fleet init` first"]) from error


def signing_of(folder: Path, file: KeyFile) -> Signing:
    """The keys of a key file; raises `ConfigError` naming what cannot be used."""
    try:
        command, assets = file.kids["cmd"], file.kids["assets"]
    except KeyError as error:
        raise ConfigError([f"{folder / KEYS}: no key for {error}"]) from error
    return Signing(
        command_kid=command,
        command=read_key(key_path(folder, "cmd", command)),
        assets_kid=assets,
        assets=read_key(key_path(folder, "assets", assets)),
        section=file.section.encode(),
        ver=file.ver,
    )


def key_path(folder: Path, use: KeyUse, kid: str) -> Path:
    """Where a private key lies: by its name, or, of a fleet that never changed it, by its use."""
    named = folder / f"{kid}.key"
    return named if named.exists() else folder / f"{use}.key"


def read_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 key that only its owner can read; raises `ConfigError`."""
    try:
        if path.stat().st_mode & OPEN_BITS:
            raise ConfigError([f"{path}: others can read it: chmod 600 {path}"])
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: {error}"]) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError([f"{path}: no Ed25519 key"])
    return key


def payload_of(token: bytes) -> bytes:
    """What a compact JWS carries, its signature not looked at; raises `CommandError`."""
    parts = token.split(b".")
    try:
        return base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
    except (IndexError, ValueError) as error:
        raise CommandError("bad_payload", "no compact JWS") from error


def write_secret(path: Path, body: bytes) -> None:
    """A new file of mode 0600, never open to others even for a moment."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)


def fingerprint(jwk_file: Path) -> str:
    """The root key's first 16 base64url characters, to compare by eye; raises `ConfigError`."""
    try:
        x: str = json.loads(jwk_file.read_bytes())["x"]
        base64.urlsafe_b64decode(x + "=")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError([f"{jwk_file}: {error}"]) from error
    return x[:16]


def _keys_section(
    root: Ed25519PrivateKey, kids: Mapping[KeyUse, str], made: Mapping[KeyUse, Ed25519PrivateKey],
    now: int,
) -> bytes:  # fmt: skip
    public = tuple(
        PublicKey(kids[use], key_text(key.public_key()), use, 0, now + COMMAND_LIFE_MS)
        for use, key in made.items()
    )
    wire: WireDesired = wire_section(Desired(1, EVERYONE, "keys", 1, now, KeysWanted(public)))
    return sign(msgspec.json.encode(wire), "ls-keys+jws", kid="root", key=root)


def key_pem(key: Ed25519PrivateKey) -> bytes:
    """A private key as PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
