"""A certificate authority of a test's own: certificates that are good, old, foreign, revoked."""

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = timedelta(days=1)


class Authority:
    """Writes into `folder`: ca.crt, crl.pem, and NAME.crt with NAME.key for each certificate."""

    def __init__(self, folder: Path, name: str = "fleet") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _named(name)
        now = datetime.now(UTC)
        self._cert = (
            _builder(self._name, self._name, self._key.public_key(), now - DAY, now + 30 * DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )
        self._serials: dict[str, int] = {}
        _write(self.ca, self._cert.public_bytes(serialization.Encoding.PEM))
        self.revoke()

    @property
    def ca(self) -> Path:
        """The authority's own certificate."""
        return self.folder / "ca.crt"

    @property
    def crl(self) -> Path:
        """What is revoked."""
        return self.folder / "crl.pem"

    def issue(self, name: str, *, days: int = 10) -> tuple[Path, Path]:
        """Certificate and key of `name`; with negative `days` it ended so long ago."""
        key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
        begin, end = min(now, now + days * DAY) - 2 * DAY, now + days * DAY
        here = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        cert = (
            _builder(_named(name), self._name, key.public_key(), begin, end)
            .add_extension(x509.SubjectAlternativeName(here), critical=False)
            .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        self._serials[name] = cert.serial_number
        paths = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        _write(paths[0], cert.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8
        secret = serialization.NoEncryption()
        _write(paths[1], key.private_bytes(serialization.Encoding.PEM, form, secret))
        return paths

    def revoke(self, *names: str) -> None:
        """Write the list of what is revoked."""
        now = datetime.now(UTC)
        crl = x509.CertificateRevocationListBuilder().issuer_name(self._name)
        crl = crl.last_update(now - DAY).next_update(now + 30 * DAY)
        for name in names:
            one = x509.RevokedCertificateBuilder().serial_number(self._serials[name])
            crl = crl.add_revoked_certificate(one.revocation_date(now - DAY).build())
        signed = crl.sign(self._key, hashes.SHA256())
        _write(self.crl, signed.public_bytes(serialization.Encoding.PEM))

    def context(self, name: str = "", *, trusting: "Authority | None" = None) -> ssl.SSLContext:
        """What `name` connects with; without a name it shows no certificate."""
        context = ssl.create_default_context(cafile=str((trusting or self).ca))
        if name:
            context.load_cert_chain(self.folder / f"{name}.crt", self.folder / f"{name}.key")
        return context


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    begin: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, key_cert_sign=signs, crl_sign=signs,
        **dict.fromkeys(("content_commitment", "key_encipherment", "data_encipherment",
                         "key_agreement", "encipher_only", "decipher_only"), False),
    )  # fmt: skip


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
