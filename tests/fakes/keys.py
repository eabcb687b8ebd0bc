"""A root key, a command key, and the files and messages that make a node trust them."""

import json
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.control.envelope import Key, KeyRing, Typ, key_text, sign
from node.control.sections import Desired, KeysWanted, PublicKey, Section, Wanted, wire_section

ROOT_KID = "root-1"
COMMAND_KID = "cmd-1"
FAR_MS = 4_000_000_000_000


class Keys:
    """Made anew for each test."""

    def __init__(self) -> None:
        self.root = Ed25519PrivateKey.generate()
        self.command = Ed25519PrivateKey.generate()

    @property
    def ring(self) -> KeyRing:
        """What a node trusts that has the root key and the keys section."""
        root = KeyRing((Key(ROOT_KID, "root", self.root.public_key()),))
        return root.with_keys(self.keys)

    @property
    def keys(self) -> KeysWanted:
        """The keys section."""
        x = key_text(self.command.public_key())
        return KeysWanted((PublicKey(COMMAND_KID, x, "cmd", 0, FAR_MS),))

    def write_root(self, folder: Path) -> Path:
        """The root's public key as the node's configuration names it."""
        path = folder / "root.jwk"
        x = key_text(self.root.public_key())
        path.write_text(json.dumps({"kty": "OKP", "crv": "Ed25519", "kid": ROOT_KID, "x": x}))
        return path

    def signed(self, payload: bytes, typ: Typ = "ls-cmd+jws") -> bytes:
        """A payload signed with the key that its type needs."""
        if typ == "ls-keys+jws":
            return sign(payload, typ, kid=ROOT_KID, key=self.root)
        return sign(payload, typ, kid=COMMAND_KID, key=self.command)

    def section(self, aud: str, section: Section, ver: int, data: Wanted) -> bytes:
        """A desired section, signed."""
        wire = wire_section(Desired(1, aud, section, ver, 0, data))
        typ: Typ = "ls-keys+jws" if section == "keys" else "ls-desired+jws"
        return self.signed(msgspec.json.encode(wire), typ)
