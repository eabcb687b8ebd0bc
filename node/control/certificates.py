"""The node's own key and certificate: made, asked for, checked; pure but for the randomness.

P-256 with ECDSA and SHA-256, since some brokers refuse Ed25519 certificates (control-plane.md §4).
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import NameOID

from node.errors import CommandError

DIGITS: Final = 6
ROOT_SHOWN: Final = 16
"""Base64url characters of the root's public key that stand for it: 96 bits."""
RENEWED_AT: Final = 2 / 3
"""Of a certificate's life: after 60 of 90 days."""


@dataclass(frozen=True, slots=True)
class Life:
    """From when to when a certificate holds (aware)."""

    begin: datetime
    end: datetime

    @property
    def renewal(self) -> datetime:
        """When another one is to be asked for."""
        return self.begin + (self.end - self.begin) * RENEWED_AT

    def left(self, now: datetime) -> timedelta:
        """How much is left of it; negative once it is over."""
        return self.end - now


def new_key() -> bytes:
    """A private key as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def request(key: bytes, node: str) -> bytes:
    """A certificate request for a key (both PEM); raises `CommandError`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, node)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    return builder.sign(read_key(key), hashes.SHA256()).public_bytes(Encoding.PEM)


def fingerprint(key: bytes) -> str:
    """The SHA-256 of a private key's public half (SubjectPublicKeyInfo), hexadecimal."""
    return key_digest(read_key(key).public_key())


def key_digest(public: ec.EllipticCurvePublicKey) -> str:
    """The SHA-256 of a public key (SubjectPublicKeyInfo), hexadecimal."""
    spki = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def digits_of(key: str, root: str) -> str:
    """Six digits from the node's key and the fleet's root key: the same on both screens.

    `key` is the key's fingerprint, `root` the first `ROOT_SHOWN` characters of the root's `x`.
    """
    digest = hashlib.sha256(f"{key}.{root}".encode()).digest()
    return f"{int.from_bytes(digest[:8], 'big') % 10**DIGITS:0{DIGITS}d}"


def check(cert: bytes, *, key: bytes, ca: bytes, node: str) -> Life:
    """How long a certificate holds that is this key's, this node's and this authority's.

    Raises `CommandError` saying which of it is not so. Its dates are not judged: the clock of a
    new machine may be wrong.
    """
    found, authority = _certificate(cert), _certificate(ca)
    public = found.public_key()
    own = read_key(key).public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or public != own:
        raise CommandError("bad_payload", "the certificate is for another key than this node's")
    names = [one.value for one in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [node]:
        raise CommandError("bad_payload", f"the certificate names {names}, this node is {node}")
    try:
        found.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError) as error:
        why = "the certificate is not of the authority that came with it"
        raise CommandError("bad_payload", why) from error
    return Life(found.not_valid_before_utc, found.not_valid_after_utc)


def life(cert: bytes) -> Life:
    """How long a certificate holds; raises `CommandError` for what is none."""
    found = _certificate(cert)
    return Life(found.not_valid_before_utc, found.not_valid_after_utc)


def vouched(key: bytes, csr: bytes) -> str:
    """The present key's word for a request: its signature in base64; raises `CommandError`."""
    return base64.b64encode(read_key(key).sign(csr, ec.ECDSA(hashes.SHA256()))).decode()


def read_key(pem: bytes) -> ec.EllipticCurvePrivateKey:
    """A P-256 key; raises `CommandError` for anything else."""
    try:
        key = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise CommandError("bad_payload", f"no private key: {error}") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise CommandError("bad_payload", "expected a P-256 key")
    return key


def _certificate(pem: bytes) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError as error:
        raise CommandError("bad_payload", f"no certificate: {error}") from error
