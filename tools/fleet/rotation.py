"""New command and assets keys on disk, from the proposal to the day when they sign alone.

    propose  private keys made here; the section that names them too, unsigned      keys.next.json
    accept   the same section, signed by the root key wherever that lies            keys.next.json
    switch   the new keys sign, the old private ones go                             keys.json

Old public keys stay in the section until they end: what they have signed is still believed.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from node.chainfile import sync_folder
from node.control.envelope import KeyRing, Moment, key_text, unseal
from node.control.messages import EVERYONE, ContractError
from node.control.plane import root_key
from node.control.sections import (
    Desired,
    KeysWanted,
    KeyUse,
    PublicKey,
    WireDesired,
    typed_section,
    wire_section,
)
from node.errors import CommandError, ConfigError
from tools.fleet.keys import (
    COMMAND_LIFE_MS,
    DAY_MS,
    KEYS,
    ROOT_PUBLIC,
    KeyFile,
    key_path,
    key_pem,
    payload_of,
    read_key_file,
    write_secret,
)

NEXT: Final = "keys.next.json"
SLACK_MS: Final = DAY_MS
"""A proposal made yesterday may be signed today."""
USES: Final[tuple[KeyUse, ...]] = ("cmd", "assets")


def keys_in(section: bytes) -> tuple[int, tuple[PublicKey, ...]]:
    """Version and keys of a section, its signature not looked at; raises `ContractError`."""
    payload = section if section.startswith(b"{") else payload_of(section)
    try:
        wire = msgspec.json.decode(payload, type=WireDesired)
    except msgspec.MsgspecError as error:
        raise ContractError("bad_payload", f"keys: {error}") from error
    desired = typed_section(wire)
    if not isinstance(desired.data, KeysWanted) or desired.aud != EVERYONE:
        raise ContractError("bad_payload", "no keys for everyone")
    return desired.ver, desired.data.keys


def proposed(folder: Path, now: int) -> bytes:
    """The next section, unsigned, with new keys whose private halves lie in the folder.

    One that was proposed within a day and not signed is proposed again. Raises `CommandError`
    while a signed one is on its way, `ConfigError`.
    """
    waiting = pending(folder)
    if waiting is not None:
        if not waiting.section.startswith("{"):
            raise CommandError("precondition", f"keys {waiting.ver} are on their way already")
        if _is_fresh(waiting, now):
            return waiting.section.encode()
        _drop(folder, waiting)
    held = read_key_file(folder / KEYS)
    ver, old = keys_in(held.section.encode())
    made = {use: Ed25519PrivateKey.generate() for use in USES}
    kids: dict[KeyUse, str] = {use: f"{use}-{now // DAY_MS}-{os.urandom(3).hex()}" for use in USES}
    new = (
        PublicKey(kids[use], key_text(key.public_key()), use, 0, now + COMMAND_LIFE_MS)
        for use, key in made.items()
    )
    keys = (*(one for one in old if not one.exp or one.exp > now), *new)
    wire = wire_section(Desired(1, EVERYONE, "keys", ver + 1, now, KeysWanted(keys)))
    payload = msgspec.json.encode(wire)
    for use, key in made.items():
        write_secret(folder / f"{kids[use]}.key", key_pem(key))
    _write(folder / NEXT, KeyFile(ver + 1, kids, payload.decode()))
    return payload


def accepted(folder: Path, section: bytes) -> KeyFile:
    """The proposal as the root key signed it; raises `CommandError` for anything else."""
    waiting = pending(folder)
    if waiting is None or not waiting.section.startswith("{"):
        raise CommandError("precondition", "no keys were proposed: `fleet keys rotate`")
    ring = KeyRing((root_key(str(folder / ROOT_PUBLIC)),))
    try:
        payload = unseal(section, "ls-keys+jws", ring, Moment(None, 0))
    except ContractError as error:
        raise CommandError(error.code, f"not signed by this fleet's root key: {error}") from error
    if payload != waiting.section.encode():
        raise CommandError("bad_payload", "these are not the keys that were proposed")
    file = msgspec.structs.replace(waiting, section=section.decode())
    _write(folder / NEXT, file)
    return file


def pending(folder: Path) -> KeyFile | None:
    """What was proposed or signed and does not sign yet; raises `ConfigError`."""
    path = folder / NEXT
    return read_key_file(path) if path.exists() else None


def switched(folder: Path) -> KeyFile:
    """From now on the new keys sign, and the old private ones are gone; raises `ConfigError`."""
    old, new = read_key_file(folder / KEYS), read_key_file(folder / NEXT)
    _write(folder / KEYS, new)
    (folder / NEXT).unlink()
    for use in USES:
        key_path(folder, use, old.kids[use]).unlink(missing_ok=True)
    return new


def faults(payload: bytes, now: int) -> Iterator[str]:
    """Why the root's owner should not sign a proposal that came from elsewhere."""
    try:
        _, keys = keys_in(payload)
    except ContractError as error:
        yield str(error)
        return
    for one in keys:
        if not 0 < one.exp <= now + COMMAND_LIFE_MS + SLACK_MS:
            yield f"{one.kid}: would hold longer than {COMMAND_LIFE_MS // DAY_MS} days"
        if one.use not in USES:
            yield f"{one.kid}: for {one.use}"


def _is_fresh(file: KeyFile, now: int) -> bool:
    _, keys = keys_in(file.section.encode())
    return max(one.exp for one in keys) > now + COMMAND_LIFE_MS - SLACK_MS


def _drop(folder: Path, file: KeyFile) -> None:
    (folder / NEXT).unlink()
    for kid in file.kids.values():
        (folder / f"{kid}.key").unlink(missing_ok=True)


def _write(path: Path, file: KeyFile) -> None:
    """All of the file or nothing, on disk when it returns; raises `ConfigError`."""
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("wb") as out:
            out.write(msgspec.json.encode(file))
            out.flush()
            os.fsync(out.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise ConfigError([f"{path}: {error.strerror or error}"]) from error
