"""The inside of every signature: a payload sealed by EdDSA as compact JWS, and opened again.

RFC 7515, RFC 8037. What a key may sign, and whether it is trusted, is judged by whoever holds the
keys (`jws`, `control.envelope`). PyJWT and cryptography are loaded at the first signature.
"""

from functools import cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )
    from jwt.api_jws import PyJWS

ALGORITHM: Final = "EdDSA"


def seal(payload: bytes, secret: "Ed25519PrivateKey", *, kid: str, typ: str) -> str:
    """The compact JWS of `payload`; its header holds `kid` and `typ`."""
    return _jws().encode(payload, secret, algorithm=ALGORITHM, headers={"typ": typ, "kid": kid})


def header_of(token: str | bytes) -> dict[str, object]:
    """What a token says of itself, which anyone may have written; raises `ValueError`."""
    from jwt.exceptions import PyJWTError  # noqa: PLC0415  # heavy

    try:
        return dict(_jws().get_unverified_header(token))
    except PyJWTError as error:
        raise ValueError(str(error)) from error


def opened(token: str | bytes, public: "Ed25519PublicKey") -> bytes:
    """The payload of a compact JWS that this key has signed.

    Which key that is, and for what, the header says: judge it before.

    Raises:
        ValueError: the signature is not right; nothing of the payload may be used.
    """
    from jwt.exceptions import PyJWTError  # noqa: PLC0415  # heavy

    try:
        payload: bytes = _jws().decode_complete(token, public, algorithms=[ALGORITHM])["payload"]
    except PyJWTError as error:
        raise ValueError(str(error)) from error
    return payload


@cache
def _jws() -> "PyJWS":
    from jwt.api_jws import PyJWS  # noqa: PLC0415  # heavy: loads cryptography

    return PyJWS(algorithms=[ALGORITHM])
