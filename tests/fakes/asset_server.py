"""An asset server that does what a test has it do: drops, lies, trickles, knows no ranges."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

PIECE_BYTES = 64 * 1024


@dataclass
class AssetServer:
    """`files` by path. Faults: `drop_after` bytes of each body; `claims` more than it sends."""

    files: dict[str, bytes] = field(default_factory=dict)
    drop_after: int = 0
    drop_after_s: float = 0.0
    claims: int = 0
    has_ranges: bool = True
    has_length: bool = True
    trickle_s: float = 0.0
    statuses: list[int] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    head: str = ""
    bytes_per_s: float = 0.0
    asked: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0
    _serving: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Its address, with no slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["AssetServer"]:
        """Serve until left."""
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                request = (await reader.readuntil(b"\r\n\r\n")).decode()
                await self._answer(request, writer)
        finally:
            self._serving.discard(task)
            writer.transport.abort() if self.drop_after_s else writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, request: str, writer: asyncio.StreamWriter) -> None:
        path = request.split()[1]
        found = re.search(r"^range: bytes=(\d+)-", request, re.IGNORECASE | re.MULTILINE)
        offset = int(found[1]) if found and self.has_ranges else 0
        self.asked.append((path, offset))
        if self.statuses:
            writer.write(_head(self.statuses.pop(0), "Content-Length: 0"))
        elif path in self.redirects:
            writer.write(_head(302, f"Location: {self.redirects[path]}\r\nContent-Length: 0"))
        elif path not in self.files:
            writer.write(_head(404, "Content-Length: 0"))
        else:
            await self._body(self.files[path], offset, writer)
        await writer.drain()

    async def _body(self, content: bytes, offset: int, writer: asyncio.StreamWriter) -> None:
        body = content[offset:]
        length = f"Content-Length: {len(body) + self.claims}" if self.has_length else "X-None: 1"
        total = len(content) + self.claims
        span = f"\r\nContent-Range: bytes {offset}-{total - 1}/{total}" if offset else ""
        writer.write(_head(206 if offset else 200, f"{length}{span}{self.head}"))
        if self.drop_after:
            body = body[: self.drop_after]
        loop = asyncio.get_running_loop()
        began_s, step = loop.time(), 1 if self.trickle_s else PIECE_BYTES
        for at in range(0, len(body), step):
            writer.write(body[at : at + step])
            await writer.drain()
            if self.drop_after_s and loop.time() - began_s > self.drop_after_s:
                return
            pace_s = step / self.bytes_per_s if self.bytes_per_s else self.trickle_s
            if pace_s:
                await asyncio.sleep(pace_s)


def _head(status: int, fields: str) -> bytes:
    return f"HTTP/1.1 {status} x\r\nConnection: close\r\n{fields}\r\n\r\n".encode()
