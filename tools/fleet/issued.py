"""Every certificate that let a node in, and which of them are revoked."""

import asyncio
from collections.abc import Iterable
from concurrent.futures import Executor
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509

from node.errors import CommandError
from tools.fleet import authority
from tools.fleet.ledger import Ledger

KIND: Final = "cert"
DAY_MS: Final = 86_400_000
PER_DAY: Final = 5
"""Renewals of one node: whoever stole it must not fill the disk."""


class Certificate(msgspec.Struct, frozen=True):
    """One; `serial` is hexadecimal, times are Unix ms, `revoked_at` 0 while it counts."""

    node: str
    serial: str
    begin: int
    end: int
    revoked_at: int = 0


class Issued:
    """Belongs to the loop; SQLite is written on `disk`."""

    def __init__(self, folder: Path, ledger: Ledger, disk: Executor) -> None:
        self._folder, self._ledger, self._disk = folder, ledger, disk
        self._certificates: dict[str, Certificate] = {}

    def restore(self) -> None:
        """Begin with what is on disk. Blocks."""
        for serial, content in self._ledger.papers(KIND).items():
            self._certificates[serial] = msgspec.json.decode(content, type=Certificate)

    def of(self, node: str) -> list[Certificate]:
        """A node's, oldest first."""
        mine = (one for one in self._certificates.values() if one.node == node)
        return sorted(mine, key=lambda one: one.begin)

    def know(self, node: str, cert: bytes) -> None:
        """A certificate was given out some time."""
        one = read(node, cert)
        self._certificates.setdefault(one.serial, one)

    async def note(self, node: str, cert: bytes) -> None:
        """A certificate is given out."""
        await self._keep([read(node, cert)])

    async def renew(
        self, request: bytes, cert: bytes, signature: bytes, now: int
    ) -> tuple[str, str]:
        """Whose it is, and a further certificate (PEM), on the word of one that counts.

        Raises `CommandError`.
        """
        node = authority.vouched_name(self._folder, request, cert, signature)
        held = self._certificates.get(read(node, cert).serial)
        if held is None or held.revoked_at or held.node != node:
            raise CommandError("not_allowed", f"{node}: this certificate does not count")
        if sum(now - one.begin < DAY_MS for one in self.of(node)) >= PER_DAY:
            raise CommandError("busy", f"{node}: {PER_DAY} certificates in a day are enough")
        made = authority.sign_request(self._folder, request, node)
        await self.note(node, made)
        return node, made.decode()

    async def revoke(self, node: str, now: int) -> list[str]:
        """None of a node's counts any more; their serials. Raises `ConfigError` without `ca.key`.

        The list of all that are revoked is written for the broker: it must read it again.
        """
        mine = [one for one in self.of(node) if not one.revoked_at and one.end > now]
        await self._keep(msgspec.structs.replace(one, revoked_at=now) for one in mine)
        revoked = [one for one in self._certificates.values() if one.revoked_at and one.end > now]
        serials = {int(one.serial, 16): one.revoked_at for one in revoked}
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, authority.write_crl, self._folder, serials)
        return [one.serial for one in mine]

    async def _keep(self, certificates: Iterable[Certificate]) -> None:
        loop = asyncio.get_running_loop()
        for one in certificates:
            self._certificates[one.serial] = one
            body = msgspec.json.encode(one)
            await loop.run_in_executor(
                self._disk, self._ledger.keep_paper, KIND, one.serial, body
            )  # fmt: skip


def read(node: str, cert: bytes) -> Certificate:
    """What the book has of a certificate; raises `CommandError` for what is none."""
    try:
        found = x509.load_pem_x509_certificate(cert)
    except ValueError as error:
        raise CommandError("bad_payload", f"no certificate: {error}") from error
    begin, end = (
        int(at.timestamp() * 1000) for at in (found.not_valid_before_utc, found.not_valid_after_utc)
    )
    return Certificate(node, f"{found.serial_number:x}", begin, end)
