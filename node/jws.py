"""Signatures as compact JWS with EdDSA (RFC 7515, RFC 8037), and their keys as JWK (RFC 7517).

`typ` in the header says what was signed (`ls-assets+jws`) and `use` what a key may sign, so that
no object and no key passes for another. PyJWT and cryptography are loaded at the first signature.
"""

import base64
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import msgspec

from node.errors import ConfigError, NodeError
from node.sealing import ALGORITHM, header_of, opened, seal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

KEY_LIMIT_BYTES: Final = 64 * 1024
KEY_FILES_MAX: Final = 100
SUFFIXES: Final = frozenset({".jwk", ".json"})
"""Of files that count as keys in a folder of them."""
_SEED_BYTES: Final = 32

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
Name = Annotated[str, msgspec.Meta(pattern=f"^{_NAME.pattern}$")]


class UntrustedError(NodeError):
    """A signature that is not to be believed; `code` is the contract's word for it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An Ed25519 key that signatures are checked by; `x` has 32 bytes."""

    kid: str
    use: str
    x: bytes


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """The secret half of `public`; `seed` has 32 bytes."""

    public: PublicKey
    seed: bytes = field(repr=False)


class _Jwk(msgspec.Struct, frozen=True):
    kid: Name
    use: Name
    x: str
    kty: Literal["OKP"] = "OKP"
    crv: Literal["Ed25519"] = "Ed25519"
    d: str = ""


class _Form(msgspec.Struct, frozen=True):
    """A key or a set of them, told apart before it is judged."""

    keys: msgspec.Raw = msgspec.Raw()


class _JwkSet(msgspec.Struct, frozen=True):
    keys: Annotated[list[_Jwk], msgspec.Meta(max_length=KEY_FILES_MAX)]


def is_name(text: str) -> bool:
    """Whether `text` can name a key."""
    return _NAME.fullmatch(text) is not None


def new_key(kid: str, use: str) -> PrivateKey:
    """A key made of fresh chance. `kid` names it: letters, digits, `._-`, at most 64."""
    return _private(kid, use, os.urandom(_SEED_BYTES))


def sign(payload: bytes, key: PrivateKey, *, typ: str) -> str:
    """The compact JWS of `payload`."""
    return seal(payload, _secret(key.seed), kid=key.public.kid, typ=typ)


def verify(token: str, keys: Iterable[PublicKey], *, typ: str, use: str) -> tuple[bytes, PublicKey]:
    """The payload of a compact JWS and the key that signed it.

    Judged in this order: form, algorithm, `typ`, a key with that `kid` and `use`, signature.

    Raises:
        UntrustedError: not to be believed; nothing of the payload may be used.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # heavy
        Ed25519PublicKey,
    )

    try:
        header = header_of(token)
    except ValueError as error:
        raise UntrustedError("bad_signature", f"no compact JWS: {error}") from error
    key = _key_for(header, keys, typ=typ, use=use)
    try:
        return opened(token, Ed25519PublicKey.from_public_bytes(key.x)), key
    except ValueError as error:
        message = f"signed by {key.kid}, but not over this content"
        raise UntrustedError("bad_signature", message) from error


def sign_beside(content: bytes, key: PrivateKey, *, typ: str) -> str:
    """A JWS without its payload, for content that lies in a file (RFC 7515 appendix F)."""
    head, _, signature = sign(content, key, typ=typ).split(".")
    return f"{head}..{signature}"


def verify_beside(
    token: str, content: bytes, keys: Iterable[PublicKey], *, typ: str, use: str
) -> PublicKey:
    """The key that signed `content` by `token`; raises `UntrustedError`."""
    head, between, signature = token.strip().partition("..")
    if not between or "." in head + signature:
        raise UntrustedError("bad_signature", "no JWS without payload (HEADER..SIGNATURE)")
    return verify(f"{head}.{_text(content)}.{signature}", keys, typ=typ, use=use)[1]


def read_keys(path: Path) -> tuple[PublicKey, ...]:
    """The public keys at `path`: a JWK, a JWK Set, or a folder of such files.

    Raises:
        ConfigError: there are none, or a file is no key; one line each.
    """
    try:
        files = _key_files(path) if path.is_dir() else [path]
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read: {error.strerror}"]) from error
    keys = [key for file in files for key in _keys_in(file)]
    if not keys:
        raise ConfigError([f"{path}: no key in it ({', '.join(sorted(SUFFIXES))})"])
    return tuple(keys)


def read_private_key(path: Path) -> PrivateKey:
    """The private key at `path`, a file that nobody but its owner may read.

    Raises:
        NodeError: no such key, or others may read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(KEY_LIMIT_BYTES + 1)
    except (OSError, ValueError) as error:
        raise NodeError(f"{path}: cannot be read: {error}") from error
    if not stat.S_ISREG(mode) or mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NodeError(f"{path}: others may read it (mode {mode & 0o777:04o}): chmod 600")
    jwk = _decoded(content, path)[0]
    seed = _bytes(jwk.d)
    key = _private(jwk.kid, jwk.use, seed) if len(seed) == _SEED_BYTES else None
    if key is None or key.public.x != _bytes(jwk.x):
        raise NodeError(f"{path}: no private key, or its two halves do not belong together")
    return key


def write_keys(private: Path, public: Path, key: PrivateKey) -> None:
    """Write both halves to new files, the private one with mode 0600.

    Raises:
        NodeError: one of them is there already, or the disk refuses.
    """
    _create(private, _half(key.public) | {"d": _text(key.seed)}, 0o600)
    write_public_key(public, key.public)


def write_public_key(path: Path, key: PublicKey) -> None:
    """Write a public key to a new file; raises `NodeError`."""
    _create(path, _half(key), 0o644)


def _key_for(
    header: dict[str, object], keys: Iterable[PublicKey], *, typ: str, use: str
) -> PublicKey:
    if header.get("alg") != ALGORITHM:
        message = f"algorithm {header.get('alg')!r}: expected {ALGORITHM}"
        raise UntrustedError("bad_signature", message)
    if header.get("typ") != typ:
        raise UntrustedError("bad_signature", f"typ {header.get('typ')!r}: expected {typ!r}")
    kid = header.get("kid")
    key = next((one for one in keys if one.kid == kid and one.use == use), None)
    if key is None:
        raise UntrustedError("unknown_key", f"signed by {kid!r}, which is no trusted key")
    return key


def _private(kid: str, use: str, seed: bytes) -> PrivateKey:
    x = _secret(seed).public_key().public_bytes_raw()
    return PrivateKey(PublicKey(kid, use, x), seed)


def _secret(seed: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415  # heavy
        Ed25519PrivateKey as Secret,
    )

    return Secret.from_private_bytes(seed)


def _key_files(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.suffix in SUFFIXES)[:KEY_FILES_MAX]


def _keys_in(path: Path) -> Iterator[PublicKey]:
    try:
        with path.open("rb") as file:
            content = file.read(KEY_LIMIT_BYTES + 1)
        found = _decoded(content, path)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{path}: cannot be read: {error}"]) from error
    except NodeError as error:
        raise ConfigError([str(error)]) from error
    for jwk in found:
        if jwk.d:
            raise ConfigError([f"{path}: holds a private key: only its public half belongs here"])
        yield PublicKey(jwk.kid, jwk.use, _bytes(jwk.x))


def _decoded(content: bytes, path: Path) -> list[_Jwk]:
    """The keys of a file; raises `NodeError`."""
    if len(content) > KEY_LIMIT_BYTES:
        raise NodeError(f"{path}: larger than {KEY_LIMIT_BYTES} bytes")
    try:
        is_set = bool(bytes(msgspec.json.decode(content, type=_Form).keys))
        found = (
            msgspec.json.decode(content, type=_JwkSet).keys
            if is_set
            else [msgspec.json.decode(content, type=_Jwk)]
        )
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NodeError(f"{path}: no JWK of an Ed25519 key: {error}") from error
    if any(len(_bytes(one.x)) != _SEED_BYTES for one in found):
        raise NodeError(f"{path}: `x` has not the 32 bytes of an Ed25519 key")
    return found


def _half(key: PublicKey) -> dict[str, str]:
    half = msgspec.structs.asdict(_Jwk(key.kid, key.use, _text(key.x)))
    del half["d"]
    return half


def _create(path: Path, jwk: dict[str, str], mode: int) -> None:
    content = msgspec.json.format(msgspec.json.encode(jwk), indent=2) + b"\n"
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:  # noqa: PTH123
            os.fchmod(file.fileno(), mode)  # whatever the umask says
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise NodeError(f"{path} is there already: nothing is overwritten") from error
    except (OSError, ValueError) as error:
        raise NodeError(f"{path}: cannot be written: {error}") from error


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """The bytes of base64url without padding; empty where it is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
