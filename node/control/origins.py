"""Where files may be fetched: the asset server and the hosts that the configuration names; pure."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import SplitResult, urlsplit

from node.errors import AssetError

PREFIX: Final = "sha256:"
SIGNATURE_SUFFIX: Final = ".jws"
PORTS: Final = {"http": 80, "https": 443}
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
URL_MAX: Final = 2000


@dataclass(frozen=True, slots=True)
class Origins:
    """`base` is the node's own asset server, where a file lies under its hash; empty: it has none.

    `hosts` are further hosts, `name` or `name:port`. Everything goes by TLS, save on this machine
    itself or with `allow_http`.
    """

    base: str = ""
    hosts: frozenset[str] = frozenset()
    allow_http: bool = False

    def address(self, sha256: str, url: str = "") -> str:
        """Where the content of a hash (`sha256:…`) lies; raises `AssetError` if not to be asked."""
        if not url and not self.base:
            raise AssetError(f"{sha256}: there is no address and no asset server (mqtt.assets_url)")
        return self.admitted(url or f"{self.base.rstrip('/')}/{hex_of(sha256)}")

    def admitted(self, url: str, before: str = "") -> str:
        """The address itself, if it may be asked; raises `AssetError`.

        `before` is the address that redirected to it: its scheme must not change.
        """
        parts, port = _split(url)
        if before and urlsplit(before).scheme != parts.scheme:
            raise AssetError(f"{shown(url)}: a redirect to another scheme")
        is_here = parts.hostname in LOOPBACK
        if parts.scheme != "https" and not (self.allow_http or is_here):
            raise AssetError(f"{shown(url)}: only https:// (fetch.allow_http)")
        if (parts.hostname, port) not in self._known():
            raise AssetError(f"{shown(url)}: no host of this node's (fetch.hosts)")
        return url

    def _known(self) -> set[tuple[str | None, int]]:
        """Every host with the port it may be asked at."""
        names = [f"https://{host}" for host in self.hosts]
        if self.allow_http:
            names += [f"http://{host}" for host in self.hosts]
        known = {(parts.hostname, port) for parts, port in map(_split, names)}
        if self.base:
            parts, port = _split(self.base)
            known.add((parts.hostname, port))
        return known


def hex_of(sha256: str) -> str:
    """The 64 digits of `sha256:…`."""
    return sha256.removeprefix(PREFIX)


def signature_address(url: str) -> str:
    """Where the signature of a manifest lies: beside it, under its name with `.jws`."""
    parts = urlsplit(url)
    return parts._replace(
        path=str(PurePosixPath(parts.path).with_suffix(SIGNATURE_SUFFIX))
    ).geturl()


def shown(url: str) -> str:
    """An address as logs and reports may have it: no query, which may be a secret; no login."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"[:200]


def _split(url: str) -> tuple[SplitResult, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise AssetError(f"{url[:80]!r} is no address: {error}") from error
    is_plain = "@" not in parts.netloc and not parts.fragment
    if not port or not parts.hostname or not is_plain or len(url) > URL_MAX:
        raise AssetError(f"{shown(url)!r} is no address: expected https://host/path")
    return parts, port
