"""Asks the fleet's console over HTTPS: to be let in, what became of it, for a new certificate.

The broker admits nobody without a certificate, so this goes by another way (control-plane.md §4).
"""

import ssl
from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar

import aiohttp
import msgspec

from node.control import certificates
from node.control.bodies import whole
from node.control.messages import NodeId
from node.control.plane import RootKey
from node.errors import CommandError, LinkError

ANSWER_MAX: Final = 64 * 1024
TIMEOUT_S: Final = 20.0
NO: Final = 400
BROKEN: Final = 500
_Pem = Annotated[str, msgspec.Meta(max_length=16_384)]
T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """A claim that was taken; `secret` fetches what becomes of it, `root` is the fleet's JWK."""

    id: Annotated[str, msgspec.Meta(pattern="^[0-9a-f-]{36}$(?!\n)", max_length=36)]
    secret: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9_-]{16,100}$(?!\n)")]
    code: Annotated[str, msgspec.Meta(pattern="^[A-Z2-7]{10}$(?!\n)")]
    fingerprint: str
    digits: str
    expires_in_ms: Annotated[int, msgspec.Meta(ge=1000, le=86_400_000)]
    root: Annotated[str, msgspec.Meta(max_length=4096)]


class Granted(msgspec.Struct, frozen=True):
    """What became of a claim; the papers are there once it is approved."""

    standing: Literal["waiting", "approved", "refused", "void"]
    node: NodeId = "-"
    org: str = ""
    broker: str = ""
    cert: _Pem = ""
    ca: _Pem = ""
    root: Annotated[str, msgspec.Meta(max_length=4096)] = ""


class Renewed(msgspec.Struct, frozen=True):
    """A further certificate."""

    cert: _Pem
    ca: _Pem


class _Refusal(msgspec.Struct, frozen=True):
    code: str = "refused"
    message: str = ""


class _Refused(msgspec.Struct, frozen=True):
    error: _Refusal


class Console:
    """The console at `url`: `LinkError` where waiting helps, `CommandError` where it says no.

    `tls` None is for a console on this machine, by http.
    """

    def __init__(self, url: str, tls: ssl.SSLContext | None) -> None:
        self.url = url.rstrip("/")
        self._tls = tls

    async def ask(self, node: str, csr: bytes, *, model: str, serial: str) -> Asked:
        """Ask to be let in."""
        body = {"node": node, "csr": csr.decode(), "model": model[:100], "serial": serial}
        return await self._send("POST", "/v1/claims", Asked, body)

    async def look(self, asked: Asked) -> Granted:
        """What became of it."""
        headers = {"X-Claim-Secret": asked.secret}
        return await self._send("GET", f"/v1/claims/{asked.id}", Granted, headers=headers)

    async def renew(self, csr: bytes, cert: bytes, word: str) -> Renewed:
        """Ask for another certificate; `word` is the present key's for the request."""
        body = {"csr": csr.decode(), "cert": cert.decode(), "signature": word}
        return await self._send("POST", "/v1/certificates", Renewed, body)

    async def _send(
        self, method: str, path: str, form: type[T], body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> T:  # fmt: skip
        limit = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.request(
                    method, self.url + path, json=body, headers=dict(headers),
                    ssl=self._tls or True, allow_redirects=False,
                ) as answer,
            ):  # fmt: skip
                content = await whole(answer.content, ANSWER_MAX)
                return self._read(answer.status, content, form)
        except aiohttp.ClientSSLError as error:
            raise LinkError(f"{self.url}: not to be trusted (enrol.ca_file): {error}") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise LinkError(f"{self.url}: {str(error) or type(error).__name__}") from error

    def _read(self, status: int, content: bytes, form: type[T]) -> T:
        if len(content) > ANSWER_MAX:
            raise LinkError(f"{self.url}: an answer of more than {ANSWER_MAX} bytes")
        try:
            if NO <= status < BROKEN:
                said = msgspec.json.decode(content, type=_Refused).error
                raise CommandError(said.code, f"{self.url}: {said.message[:200]}")
            found = msgspec.json.decode(content, type=form)
        except msgspec.MsgspecError as error:
            raise LinkError(f"{self.url}: HTTP {status}, no console: {error}") from error
        return found


def root_of(jwk: str) -> str:
    """The part of the root's public key that stands for it in the digits.

    Raises `CommandError` for what is no Ed25519 key.
    """
    try:
        root = msgspec.json.decode(jwk, type=RootKey)
        if (root.kty, root.crv) != ("OKP", "Ed25519"):
            raise CommandError("bad_payload", "the fleet's root key is no Ed25519 key")
    except msgspec.MsgspecError as error:
        raise CommandError("bad_payload", f"the fleet's root key: {error}") from error
    return root.x[: certificates.ROOT_SHOWN]


def proven(asked: Asked, key: bytes) -> str:
    """The six digits, worked out here; raises `CommandError` where the console tells others."""
    own = certificates.fingerprint(key)
    digits = certificates.digits_of(own, root_of(asked.root))
    if asked.fingerprint != own or asked.digits != digits:
        raise CommandError("bad_payload", "the console took another key than this node's")
    return digits
