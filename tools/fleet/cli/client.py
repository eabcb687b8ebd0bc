"""Talks to the controller over HTTP: finds it, shows the token, gives back JSON."""

import json
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import urlencode, urlsplit

from node.control.messages import JsonObject
from node.errors import CommandError, LinkError
from tools.fleet.settings import ADMIN_TOKEN, CA_CERT, FILE, load_settings

TIMEOUT_S: Final = 30.0
GOOD: Final = 200
NOTHING_SELECTED: Final = "nothing_selected"


class RefusedError(CommandError):
    """The controller says no; `code` is its reason."""


@dataclass(frozen=True, slots=True)
class Controller:
    """Where the controller listens, and the token that it knows us by."""

    url: str
    token: str
    ca_file: str = ""

    def get(self, path: str, **query: str) -> JsonObject:
        """Ask; raises `LinkError` where nobody answers, `RefusedError`."""
        words = {key: value for key, value in query.items() if value}
        return self._ask("GET", f"{path}?{urlencode(words)}" if words else path, None)

    def post(self, path: str, content: Mapping[str, object]) -> JsonObject:
        """Order; raises as `get`."""
        return self._ask("POST", path, json.dumps(dict(content)).encode())

    def put(self, path: str, content: Mapping[str, object]) -> JsonObject:
        """Set; raises as `get`."""
        return self._ask("PUT", path, json.dumps(dict(content)).encode())

    def delete(self, path: str) -> JsonObject:
        """Take away; raises as `get`."""
        return self._ask("DELETE", path, None)

    def send(self, method: str, path: str, body: bytes | BinaryIO, size: int) -> JsonObject:
        """Upload; raises as `get`."""
        return self._ask(method, path, body, {"Content-Length": str(size)})

    def _ask(
        self, method: str, path: str, body: bytes | BinaryIO | None,
        extra: Mapping[str, str] | None = None,
    ) -> JsonObject:  # fmt: skip
        connection = _connection(self.url, self.ca_file)
        headers = {"Content-Type": "application/json", **(extra or {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            connection.request(method, path, body, headers)
            return _content(connection.getresponse())
        except (OSError, HTTPException) as error:
            why = getattr(error, "strerror", None) or str(error) or repr(error)
            raise LinkError(f"{self.url}: {why}") from error
        finally:
            connection.close()


def find(server: str, token_file: Path | None, environ: Mapping[str, str]) -> Controller:
    """The controller asked for, or named by the environment, or on this machine.

    Raises `LinkError` for a token file that cannot be read.
    """
    folder = state_folder(environ)
    url = server or environ.get("FLEET_SERVER", "") or _own_url(folder)
    own_ca = folder / CA_CERT
    ca_file = environ.get("FLEET_CA") or (str(own_ca) if own_ca.exists() else "")
    named = token_file or (Path(environ["FLEET_TOKEN_FILE"]) if _has_file(environ) else None)
    if named is None and environ.get("FLEET_TOKEN"):
        return Controller(url, environ["FLEET_TOKEN"].strip(), ca_file)
    path = named or folder / ADMIN_TOKEN
    try:
        return Controller(url, path.read_text(encoding="utf-8").strip(), ca_file)
    except (OSError, ValueError) as error:
        if named is not None:
            raise LinkError(f"{path}: {error}") from error
        return Controller(url, "", ca_file)


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where a controller on this machine keeps its files unless told otherwise."""
    if environ.get("FLEET_STATE"):
        return Path(environ["FLEET_STATE"])
    base = environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111
    return Path(base) / "livesell-fleet"


def trusted(ca_file: str) -> ssl.SSLContext:
    """Whom to believe over TLS: the system's authorities, or this one; raises `LinkError`."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except OSError as error:
        raise LinkError(f"{ca_file}: {error}") from error


def rows(answer: JsonObject, key: str) -> list[JsonObject]:
    """A list of objects in an answer."""
    found = answer.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def table(answer: Mapping[str, object], key: str) -> JsonObject:
    """An object in an answer; empty without one."""
    found = answer.get(key)
    return found if isinstance(found, dict) else {}


def names(answer: JsonObject, key: str = "targets") -> list[str]:
    """A list of names in an answer."""
    found = answer.get(key)
    return [str(one) for one in found] if isinstance(found, list) else []


def texts_of(found: Mapping[str, object], keys: tuple[str, ...]) -> Iterator[str]:
    """Values as words; empty where there is none."""
    for key in keys:
        value = found.get(key)
        yield "" if value is None else str(value)


def _has_file(environ: Mapping[str, str]) -> bool:
    return bool(environ.get("FLEET_TOKEN_FILE"))


def _own_url(folder: Path) -> str:
    if not (folder / FILE).exists():
        return "http://127.0.0.1:8090"
    settings = load_settings(folder)
    scheme = "https" if settings.https_cert else "http"
    host = "127.0.0.1" if settings.host in {"0.0.0.0", "::"} else settings.host  # noqa: S104
    return f"{scheme}://{host}:{settings.port}"


def _content(answer: HTTPResponse) -> JsonObject:
    body = answer.read()
    try:
        found = json.loads(body)
    except ValueError as error:
        short = body[:200].decode("utf-8", "replace")
        raise LinkError(f"no controller: HTTP {answer.status}: {short}") from error
    if answer.status != GOOD or not isinstance(found, dict):
        said = found.get("error", {}) if isinstance(found, dict) else {}
        raise RefusedError(str(said.get("code", answer.status)), str(said.get("message", "")))
    return found


def _connection(url: str, ca_file: str) -> HTTPConnection:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if not parts.hostname or parts.scheme not in {"http", "https"}:
        raise LinkError(f"{url!r}: expected http://host:port or https://host:port")
    if parts.scheme == "http":
        return HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_S)
    return HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_S, context=trusted(ca_file))
