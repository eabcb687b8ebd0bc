"""Talks to the running node over HTTP: finds it, asks for its state, sends it a command."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

from node.board.identity import STATE_DIR, URL_FILE, demo_state_dir
from node.errors import CommandError, LinkError

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_S = 5.0
KNOCK_S = 0.5
"""How long to wait for a node on this machine to open its door."""


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """Where a node listens, and the operator's token if it wants one."""

    url: str
    token: str = ""


class BadUrlError(LinkError):
    """An address that is none."""


class OddAnswerError(LinkError):
    """Something answered, but not as a node does."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"HTTP {status}: {text}")
        self.status, self.text = status, text


def find_node(environ: Mapping[str, str] = os.environ) -> str:
    """The address of a node on this machine; the default one if none opens its door."""
    for url in _known(environ):
        parts = urlsplit(url)
        try:
            socket.create_connection((parts.hostname, parts.port or 80), KNOCK_S).close()
        except (OSError, ValueError):
            continue
        return url
    return DEFAULT_URL


def fetch_status(node: NodeAddress) -> bytes:
    """`GET /status`, as the node said it; raises `LinkError`."""
    status, body = _ask(node, "GET", "/status", None)
    if status != 200:  # noqa: PLR2004  # the one good answer
        raise OddAnswerError(status, _short(body))
    return body


def fetch_claim(node: NodeAddress) -> bytes:
    """`GET /api/claim`, as the node said it; raises `LinkError`."""
    status, body = _ask(node, "GET", "/api/claim", None)
    if status != 200:  # noqa: PLR2004  # the one good answer
        raise OddAnswerError(status, _short(body))
    return body


def send_command(node: NodeAddress, command: bytes) -> str:
    """Send a command (JSON) and return what the node did, in words.

    Raises `CommandError` when the node refuses, `LinkError` when it does not answer.
    """
    return str(send_order(node, command).get("result", ""))


def send_order(node: NodeAddress, command: bytes) -> dict[str, object]:
    """Send a command (JSON) and return the node's whole answer; raises as `send_command`."""
    status, body = _ask(node, "POST", "/api/command", command)
    try:
        answer = json.loads(body)
        if answer["ok"]:
            return dict(answer)
        raise CommandError(str(answer["code"]), str(answer["message"]))
    except (ValueError, TypeError, KeyError) as error:
        raise OddAnswerError(status, _short(body)) from error


def _known(environ: Mapping[str, str]) -> Iterator[str]:
    for folder in (demo_state_dir(environ), STATE_DIR):
        try:
            url = (folder / URL_FILE).read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            continue
        yield url.replace("//0.0.0.0", "//127.0.0.1")


def _ask(node: NodeAddress, method: str, path: str, body: bytes | None) -> tuple[int, bytes]:
    connection = _connection(node.url)
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if node.token:
        headers["Authorization"] = f"Bearer {node.token}"
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except (OSError, HTTPException) as error:
        raise LinkError(getattr(error, "strerror", None) or str(error) or repr(error)) from error
    finally:
        connection.close()


def _connection(url: str) -> HTTPConnection:
    """A connection without any proxy: the node is on this machine or next to it."""
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host, number = parts.hostname, parts.port
    except ValueError as error:
        raise BadUrlError(url) from error
    if not host or parts.scheme not in {"http", "https"}:
        raise BadUrlError(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(host, number, timeout=TIMEOUT_S)


def _short(body: bytes) -> str:
    return body[:200].decode("utf-8", "replace").strip()


def read_token(path: Path | None) -> str:
    """The operator's token in a file; empty without one. Raises OSError and ValueError."""
    return path.read_text(encoding="utf-8").strip() if path is not None else ""
