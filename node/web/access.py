"""Who may command the node: this machine itself, or whoever shows the operator's token.

Against a foreign page in the operator's browser: `Origin` must be this very host (CSRF), and
`Host` an address, `localhost` or a name we know (DNS rebinding).
"""

import hashlib
import hmac
import socket
from collections.abc import Collection
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from pathlib import Path

from aiohttp import hdrs, web
from yarl import URL

from node.config import WebConfig
from node.errors import ConfigError

COOKIE = "livesell_operator"
TOKEN_LETTERS = 16
"""A shorter token could be guessed over the booth's network."""
COOKIE_AGE_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not obeyed; `code` is a stable word for machines."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Access:
    """The rule. `token` empty: only this machine; `names`: host names we answer to."""

    token: str = field(default="", repr=False)
    names: Collection[str] = frozenset({"localhost"})

    def refuse_foreign(self, request: web.BaseRequest) -> Refusal | None:
        """None if the request comes from our own page or from no page at all."""
        host = _host_name(request.host)
        if not _is_address(host) and host not in self.names:
            return Refusal("bad_host", f"Host {request.host!r} is not a name of this node")
        origin = request.headers.get(hdrs.ORIGIN)
        if origin is not None and origin != f"{request.scheme}://{request.host}":
            return Refusal("bad_origin", f"a page of {origin!r} may not speak to this node")
        if request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
            return Refusal("bad_origin", "a page of another site may not speak to this node")
        return None

    def refuse_command(self, request: web.BaseRequest) -> Refusal | None:
        """None if the sender may command the node."""
        foreign = self.refuse_foreign(request)
        if foreign is not None or _is_this_machine(request) or self._shows_token(request):
            return foreign
        cure = "open /operator?token=TOKEN once" if self.token else "set web.operator_token_file"
        return Refusal("forbidden", f"commands are taken on the node itself; elsewhere {cure}")

    def cookie_for(self, token: str) -> str | None:
        """What the browser keeps instead of the token; None if the token is wrong."""
        if not self.token or not _is_same(token, self.token):
            return None
        return _digest(self.token)

    def _shows_token(self, request: web.BaseRequest) -> bool:
        if not self.token:
            return False
        scheme, _, shown = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
        if scheme.lower() == "bearer" and _is_same(shown.strip(), self.token):
            return True
        return _is_same(request.cookies.get(COOKIE, ""), _digest(self.token))


def load_access(cfg: WebConfig) -> Access:
    """The rule that the configuration asks for; raises `ConfigError` for an unusable token file."""
    machine = socket.gethostname().lower()
    names = {"localhost", machine, f"{machine}.local"}
    public = URL(cfg.public_url).host if cfg.public_url else None
    if public:
        names.add(public.lower())
    return Access(_read_token(cfg.operator_token_file), frozenset(names))


def _read_token(path: str) -> str:
    if not path:
        return ""
    place = f"web.operator_token_file = {path!r}"
    try:
        token = Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{place}: {error}"]) from error
    if len(token) < TOKEN_LETTERS or not token.isascii():
        raise ConfigError([f"{place}: expected at least {TOKEN_LETTERS} ASCII letters"])
    return token


def _is_this_machine(request: web.BaseRequest) -> bool:
    """A proxy on this machine speaks for others, so what it forwards is not our own."""
    if hdrs.FORWARDED in request.headers or hdrs.X_FORWARDED_FOR in request.headers:
        return False
    try:
        address = ip_address(request.remote or "")
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def _host_name(host: str) -> str:
    try:
        return (URL(f"http://{host}").host or "").lower()
    except ValueError:
        return ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_same(shown: str, kept: str) -> bool:
    return hmac.compare_digest(shown.encode(), kept.encode())


def _digest(token: str) -> str:
    return hashlib.sha256(b"livesell operator " + token.encode()).hexdigest()
