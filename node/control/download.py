"""One file over HTTP: taken up where it broke off, bounded in length, time and redirects."""

import asyncio
import logging
import random
import re
import ssl
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urljoin

import aiohttp
from aiohttp import hdrs

from node.control.origins import Origins, shown
from node.control.pacing import TokenBucket, Trickle
from node.errors import AssetError, LinkError

log = logging.getLogger(__name__)

UNKNOWN_MAX_BYTES: Final = 1 << 20
"""Of a file whose size nobody told: a day's files and manifests are smaller."""
PIECE_BYTES: Final = 256 * 1024
LEAST_BYTES_PER_S: Final = 1024.0
REDIRECTS_MAX: Final = 4
FRUITLESS_MAX: Final = 5
"""So many attempts in a row that bring nothing new, and whoever asked may try again later."""
QUIET_LOOK_S: Final = 0.25
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_LATER: Final = frozenset({408, 425, 429})
_CONTENT_RANGE: Final = re.compile(r"bytes (\d{1,18})-(\d{1,18})/(\d{1,18}|\*)")


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds: for an answer to begin, for the next bytes of it, for a trickle to be seen as one.

    The delays before another attempt double from the first to the last.
    """

    head_s: float = 20.0
    read_s: float = 15.0
    trickle_s: float = 20.0
    first_delay_s: float = 0.5
    last_delay_s: float = 20.0


PATIENCE: Final = Patience()


class Sink(Protocol):
    """Where a body goes; called on the pool's thread."""

    @property
    def length(self) -> int:
        """Bytes that have come."""
        ...

    def append(self, piece: bytes) -> None:
        """Add what came."""
        ...

    def restart(self) -> None:
        """Forget what has come."""
        ...


class Memory:
    """A sink for what is small."""

    def __init__(self) -> None:
        self.content = b""

    @property
    def length(self) -> int:
        """Bytes that have come."""
        return len(self.content)

    def append(self, piece: bytes) -> None:
        """Add what came."""
        self.content += piece

    def restart(self) -> None:
        """Forget what has come."""
        self.content = b""


class _BrokenError(Exception):
    """This attempt failed; another may not."""


class Downloader:
    """Fetches into sinks; `pool` writes to them, one piece after the other.

    While `is_quiet` says so nothing moves: neither network, processor nor disk. `tls` is the
    context for https; None is the system's.
    """

    def __init__(
        self,
        origins: Origins,
        pool: Executor,
        *,
        bytes_per_s: float = 0.0,
        is_quiet: Callable[[], bool] = lambda: False,
        tls: ssl.SSLContext | None = None,
        patience: Patience = PATIENCE,
    ) -> None:
        self._origins, self._pool = origins, pool
        self._bucket = TokenBucket(bytes_per_s) if bytes_per_s else None
        self._is_quiet = is_quiet
        self._tls, self._patience = tls, patience
        self.bytes_read = 0
        """Of bodies, since the start; more than was needed where a server knows no ranges."""

    @asynccontextmanager
    async def session(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A session: one connection, no cookies, no proxy of the environment."""
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=1, ssl=self._tls or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=10, sock_read=self._patience.read_s
            ),
            auto_decompress=False,
            headers={hdrs.ACCEPT_ENCODING: "identity"},
        ) as session:
            yield session

    async def bring(
        self,
        session: aiohttp.ClientSession,
        url: str,
        sink: Sink,
        size: int = 0,
        came: Callable[[], None] = lambda: None,
    ) -> None:
        """Have all of a file in `sink`; `size` 0 is unknown. `came` is told of every piece.

        Raises:
            LinkError: nothing new came in several attempts; what came is kept.
            AssetError: it is not there, or not what it should be.
            DeviceError: the disk refuses.
        """
        most, fruitless, delay_s = sink.length, 0, self._patience.first_delay_s
        while not size or sink.length < size:
            try:
                await self._attempt(session, url, sink, size, came)
            except (_BrokenError, aiohttp.ClientError, TimeoutError, OSError) as error:
                fruitless += 1
                if sink.length > most:
                    most, fruitless, delay_s = sink.length, 0, self._patience.first_delay_s
                why = f"{shown(url)}: {_reason(error)}"
                if fruitless >= FRUITLESS_MAX:
                    raise LinkError(why) from error
                log.debug("fetch: broke off at %d bytes: %s", sink.length, why)
                await asyncio.sleep(delay_s * random.uniform(0.5, 1))  # noqa: S311  # no secret
                delay_s = min(delay_s * 2, self._patience.last_delay_s)
            else:
                return

    async def _attempt(
        self,
        session: aiohttp.ClientSession,
        url: str,
        sink: Sink,
        size: int,
        came: Callable[[], None],
    ) -> None:
        await self._hold(0)
        async with self._answered(session, url, sink.length) as reply:
            if await self._begin_of(reply, sink, size) != sink.length:
                await self._do(sink.restart)
            await self._pour(reply, sink, size or UNKNOWN_MAX_BYTES, came)
        if sink.length < size:
            raise _BrokenError(f"ended after {sink.length} of {size} bytes")

    @asynccontextmanager
    async def _answered(
        self, session: aiohttp.ClientSession, url: str, offset: int
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """The answer from `offset` on, after redirects."""
        headers = {hdrs.RANGE: f"bytes={offset}-"} if offset else {}
        for _ in range(REDIRECTS_MAX + 1):
            async with asyncio.timeout(self._patience.head_s):
                reply = await session.get(url, headers=headers, allow_redirects=False)
            if reply.status not in _REDIRECTS:
                try:
                    yield reply
                finally:
                    reply.close()
                return
            reply.close()
            url = self._origins.admitted(_led_to(reply, url), before=url)
        raise AssetError(f"{shown(url)}: more than {REDIRECTS_MAX} redirects")

    async def _begin_of(self, reply: aiohttp.ClientResponse, sink: Sink, size: int) -> int:
        """Where in the file the answer begins; 0 where the server knows no ranges."""
        status, where = reply.status, shown(str(reply.url))
        if status == 416:  # noqa: PLR2004  # range not satisfiable: more lies here than there
            await self._do(sink.restart)
            raise _BrokenError(f"{where}: has less than was fetched")
        if status in _LATER or status >= 500:  # noqa: PLR2004  # the server's own faults
            raise _BrokenError(f"status {status}")
        begin, total = _extent(reply) if status in (200, 206) else (-1, None)
        if begin < 0:
            raise AssetError(f"{where}: status {status}")
        if reply.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":
            raise AssetError(f"{where}: comes encoded, though that was not asked for")
        if begin not in (0, sink.length):
            raise AssetError(f"{where}: begins at byte {begin}, asked for {sink.length}")
        if size and total not in (None, size):
            raise AssetError(f"{where}: has {total} bytes instead of {size}")
        return begin

    async def _pour(
        self,
        reply: aiohttp.ClientResponse,
        sink: Sink,
        most_bytes: int,
        came: Callable[[], None],
    ) -> None:
        """Append the body; what came before it broke off is kept."""
        loop, waiting = asyncio.get_running_loop(), bytearray()
        trickle = Trickle(LEAST_BYTES_PER_S, self._patience.trickle_s)
        try:
            while True:
                began_s = loop.time()
                async with asyncio.timeout(self._patience.read_s):
                    piece = await reply.content.read(PIECE_BYTES)
                if not piece:
                    return
                waiting += piece
                self.bytes_read += len(piece)
                if sink.length + len(waiting) > most_bytes:
                    waiting.clear()
                    raise AssetError(f"{shown(str(reply.url))}: longer than {most_bytes} bytes")
                if trickle.is_too_slow(loop.time() - began_s, len(piece)):
                    raise _BrokenError("hardly sends anything")
                if len(waiting) >= PIECE_BYTES:
                    await self._write(sink, waiting)
                    came()
                await self._hold(len(piece))
        finally:
            if waiting:
                await self._write(sink, waiting)

    async def _write(self, sink: Sink, waiting: bytearray) -> None:
        content = bytes(waiting)
        waiting.clear()
        await self._do(sink.append, content)

    async def _hold(self, count: int) -> None:
        """Keep to the rate, and be quiet when asked to."""
        if self._bucket is not None:
            wait_s = self._bucket.take(count, asyncio.get_running_loop().time())
            if wait_s > 0:
                await asyncio.sleep(wait_s)
        while self._is_quiet():  # noqa: ASYNC110  # of the show at each frame: nothing to wait on
            await asyncio.sleep(QUIET_LOOK_S)

    async def _do(self, work: Callable[..., None], *args: bytes) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, work, *args)


def _led_to(reply: aiohttp.ClientResponse, url: str) -> str:
    try:
        return urljoin(url, reply.headers.get(hdrs.LOCATION, ""))
    except ValueError as error:
        raise AssetError(f"{shown(url)}: a redirect to no address: {error}") from error


def _reason(error: Exception) -> str:
    """What went wrong, without a body's bytes, which aiohttp quotes."""
    name = type(error).__name__
    is_quoting = isinstance(error, aiohttp.ClientResponseError)
    return name if is_quoting else f"{name}: {error}"[:200]


def _extent(reply: aiohttp.ClientResponse) -> tuple[int, int | None]:
    """Where the body begins in the file, and how long the file is; -1: it does not say properly."""
    if reply.status == 200:  # noqa: PLR2004  # all of it
        return 0, reply.content_length
    found = _CONTENT_RANGE.fullmatch(reply.headers.get(hdrs.CONTENT_RANGE, ""))
    if found is None:
        return -1, None
    return int(found[1]), None if found[3] == "*" else int(found[3])
