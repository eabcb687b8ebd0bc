"""Many strangers at a running node's door, each with an address and words of its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

ANSWER_LIMIT_S = 60.0


@dataclass(frozen=True)
class Answer:
    """What the node answered; `location` is empty where it gave none."""

    status: int
    location: str
    body: str


def addresses(count: int) -> Sequence[str]:
    """So many addresses of this machine."""
    return [f"127.0.{1 + n // 250}.{1 + n % 250}" for n in range(count)]


async def ask(
    url: str,
    method: str,
    path: str,
    *,
    body: bytes = b"",
    kind: str = "application/sdp",
    address: str = "127.0.0.1",
) -> Answer:
    """One request on a connection of its own, from that address."""
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nConnection: close\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    async with asyncio.timeout(ANSWER_LIMIT_S):
        reader, writer = await _opened(url, address)
        writer.write(head.encode() + body)
        answer = await reader.read()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
    top, _, rest = answer.decode().partition("\r\n\r\n")
    lines = top.splitlines()
    headers = dict(line.split(": ", 1) for line in lines[1:])
    return Answer(int(lines[0].split()[1]), headers.get("Location", ""), rest)


class Dawdlers:
    """Connections that say a letter of a request now and then and never come to its end."""

    def __init__(self, url: str, count: int) -> None:
        self._url, self._count = url, count
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Dawdlers":
        for address in addresses(self._count):
            _, writer = await _opened(self._url, address)
            writer.write(b"POST /whep HTTP/1.1\r\nContent-Length: 5000\r\nX-Slow: ")
            self._writers.append(writer)
        return self

    async def __aexit__(self, *_: object) -> None:
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*(w.wait_closed() for w in self._writers), return_exceptions=True)

    def dawdle(self) -> None:
        """Another letter each."""
        for writer in self._writers:
            writer.write(b"x")


async def _opened(url: str, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    return await asyncio.open_connection(parts.hostname, parts.port, local_addr=(address, 0))
