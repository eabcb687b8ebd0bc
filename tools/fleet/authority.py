"""The fleet's own certificate authority: P-256, for nodes, the controller and a broker (mTLS).

A node's certificate says its id as common name, holds 90 days and is of use to a client alone.
"""

import datetime
import hashlib
import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
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
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from node.control.certificates import RENEWED_AT
from node.errors import CommandError, ConfigError
from tools.fleet.keys import write_secret
from tools.fleet.settings import CA_CERT, CRL

CA_KEY: Final = "ca.key"
CA_LIFE: Final = datetime.timedelta(days=3650)
NODE_LIFE: Final = datetime.timedelta(days=90)
SERVER_LIFE: Final = datetime.timedelta(days=365)
SKEW: Final = datetime.timedelta(minutes=5)
"""Certificates begin a little earlier: clocks differ."""


def make_authority(folder: Path, org: str) -> None:
    """A key and a certificate of our own; raises `FileExistsError` where there is one."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"{org} fleet CA")
    builder = _builder(name, name, key.public_key(), CA_LIFE).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    write_secret(folder / CA_KEY, _pem(key))
    (folder / CA_CERT).write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    write_crl(folder, {})


def make_pair(folder: Path, stem: str, common_name: str, *hosts: str) -> None:
    """A key and a certificate: of a client, or of a server whose clients know it as `hosts`."""
    key = ec.generate_private_key(ec.SECP256R1())
    write_secret(folder / f"{stem}.key", _pem(key))
    body = _issue(folder, key.public_key(), common_name, hosts)
    (folder / f"{stem}.crt").write_bytes(body)


def renew_pair(folder: Path, stem: str, now: datetime.datetime) -> bool:
    """Another certificate for the same key, two thirds into its life; whether one was made.

    Raises `ConfigError` where it is time and the authority's key is not here.
    """
    path = folder / f"{stem}.crt"
    try:
        held = x509.load_pem_x509_certificate(path.read_bytes())
    except OSError:
        return False
    except ValueError as error:
        raise ConfigError([f"{path}: {error}"]) from error
    key = held.public_key()
    begin, end = held.not_valid_before_utc, held.not_valid_after_utc
    if now < begin + (end - begin) * RENEWED_AT or not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    (name,) = held.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    new = path.with_suffix(".new")
    new.write_bytes(_issue(folder, key, str(name.value), _hosts(held)))
    new.replace(path)
    return True


def sign_request(folder: Path, request: bytes, node: str) -> bytes:
    """A node's certificate for its request (PEM); raises `CommandError`, `ConfigError`."""
    return _issue(folder, _key_of(request), node, ())


def vouched_name(folder: Path, request: bytes, cert: bytes, signature: bytes) -> str:
    """The node whose certificate, of this authority and in force, vouches for a request.

    `signature` is that of the certificate's key over the request. Raises `CommandError`.
    """
    _key_of(request)
    own = _authority(folder)
    try:
        found = x509.load_pem_x509_certificate(cert)
        found.verify_directly_issued_by(own)
        public = found.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey):
            raise CommandError("not_allowed", "expected a P-256 key")  # as below
        public.verify(signature, request, ec.ECDSA(hashes.SHA256()))
        use = found.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound) as error:
        why = f"no certificate of this fleet vouches for it: {type(error).__name__}"
        raise CommandError("not_allowed", why) from error
    now = datetime.datetime.now(datetime.UTC)
    names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not found.not_valid_before_utc <= now < found.not_valid_after_utc:
        raise CommandError("too_old", "the certificate that vouches for it is over: claim again")
    if len(names) != 1 or ExtendedKeyUsageOID.CLIENT_AUTH not in use:
        raise CommandError("not_allowed", "no node's certificate")
    return str(names[0].value)


def write_crl(folder: Path, revoked: Mapping[int, int]) -> None:
    """The list of what is revoked, for the broker: serials and since when (Unix ms).

    It holds as long as the authority: a list that is over would shut everybody out. Raises
    `ConfigError` where the authority's key is not here, OSError.
    """
    own, cert = _own_key(folder), _authority(folder)
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(cert.subject)
    builder = builder.last_update(now - SKEW).next_update(cert.not_valid_after_utc)
    number = x509.CRLNumber(int(now.timestamp() * 1000))
    builder = builder.add_extension(number, critical=False)
    for serial, at in revoked.items():
        since = datetime.datetime.fromtimestamp(at / 1000, datetime.UTC)
        one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
        builder = builder.add_revoked_certificate(one.build())
    new = folder / f"{CRL}.new"
    new.write_bytes(builder.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM))
    new.replace(folder / CRL)


def fingerprint(request: bytes) -> str:
    """The SHA-256 of the request's public key, hexadecimal; raises `CommandError`."""
    spki = _key_of(request).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).hexdigest()


def _key_of(request: bytes) -> ec.EllipticCurvePublicKey:
    try:
        csr = x509.load_pem_x509_csr(request)
    except ValueError as error:
        raise CommandError("bad_payload", f"no certificate request: {error}") from error
    key = csr.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
        raise CommandError("bad_payload", "expected a P-256 key")
    if not csr.is_signature_valid:
        raise CommandError("bad_payload", "the request is not signed by its own key")
    return key


def _issue(
    folder: Path, key: ec.EllipticCurvePublicKey, common_name: str, hosts: Iterable[str]
) -> bytes:
    own, cert = _own_key(folder), _authority(folder)
    names = [_host(host) for host in dict.fromkeys(hosts)]
    use = ExtendedKeyUsageOID.SERVER_AUTH if names else ExtendedKeyUsageOID.CLIENT_AUTH
    life = SERVER_LIFE if names else NODE_LIFE
    builder = _builder(_name(common_name), cert.subject, key, life)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(own, hashes.SHA256()).public_bytes(Encoding.PEM)


def _own_key(folder: Path) -> ec.EllipticCurvePrivateKey:
    try:
        own = load_pem_private_key((folder / CA_KEY).read_bytes(), None)
    except (OSError, ValueError) as error:
        raise ConfigError([f"{folder / CA_KEY}: {error}"]) from error
    if not isinstance(own, ec.EllipticCurvePrivateKey):
        raise ConfigError([f"{folder / CA_KEY}: no P-256 key"])
    return own


def _authority(folder: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate((folder / CA_CERT).read_bytes())
    except (OSError, ValueError) as error:
        raise ConfigError([f"{folder / CA_CERT}: {error}"]) from error


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey,
    life: datetime.timedelta,
) -> x509.CertificateBuilder:  # fmt: skip
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + life)
    )


def _hosts(cert: x509.Certificate) -> list[str]:
    try:
        found = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [str(one.value) for one in found]


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
