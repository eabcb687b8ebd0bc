"""A body of HTTP as a whole: a stream gives what has arrived, which may be a part."""

from typing import Protocol


class Stream(Protocol):
    """aiohttp's `StreamReader`, as far as it is read here."""

    async def readany(self) -> bytes:
        """What has arrived; empty at the end."""
        ...


async def whole(stream: Stream, limit: int) -> bytes:
    """All of it; more than `limit` bytes come back where there are more, and the rest is left."""
    body = bytearray()
    while len(body) <= limit and (piece := await stream.readany()):
        body += piece
    return bytes(body)
