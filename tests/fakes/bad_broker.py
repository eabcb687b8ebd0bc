"""Brokers that do not behave: they refuse, stall, hang up, babble, or answer late."""

import asyncio
import contextlib
import os
from collections.abc import Awaitable, Callable
from typing import Final

from tests.fakes.mosquitto import free_port

CONNACK_OK: Final = bytes.fromhex("2003000000")
CONNACK_REFUSED: Final = bytes.fromhex("2003008700")
CONNECT, PUBLISH, SUBSCRIBE, PING = 1, 3, 8, 12
Meet = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class BadBroker:
    """Listens, and does as `behave` says with whoever comes; `visits` counts them."""

    def __init__(self, behave: Meet) -> None:
        self.behave, self.port, self.visits = behave, free_port(), 0
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "BadBroker":
        """Listen."""
        self._server = await asyncio.start_server(self._meet, "127.0.0.1", self.port)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up on all; a socket left open would fail whatever test comes next."""
        self._server.close()
        await asyncio.sleep(0)  # who was taken already has its task now
        for one in self._open:
            one.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.behave(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._open.discard(task)


async def refuses(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Not authorised."""
    await packet(reader)
    writer.write(CONNACK_REFUSED)
    await writer.drain()


async def stalls_after_connect(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Takes everything and never says a word."""
    while await reader.read(4096):
        pass


async def hangs_up_after_subscribe(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Takes a client and drops it as soon as it subscribes."""
    await packet(reader)
    writer.write(CONNACK_OK)
    await packet(reader)


async def tells_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a client and refuses each of its subscriptions: not authorised (MQTT 5 §3.9.3)."""
    await packet(reader)
    writer.write(CONNACK_OK)
    while True:
        kind, _, body = await packet(reader)
        if kind == SUBSCRIBE:
            wanted = 5
            writer.write(bytes((0x90, 3 + wanted)) + body[:2] + bytes((0, *([0x87] * wanted))))
        await writer.drain()


async def babbles(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends what is no MQTT."""
    await packet(reader)
    writer.write(os.urandom(3000))
    await writer.drain()


async def closes_at_once(_: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Says nothing and goes."""


def answers_after(delay_s: float, *, confirms: bool = True) -> Meet:
    """A broker that says everything so late; without `confirms` no message is ever confirmed."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            kind, flags, body = await packet(reader)
            await asyncio.sleep(delay_s)
            if kind == CONNECT:
                writer.write(CONNACK_OK)
            elif kind == SUBSCRIBE:
                writer.write(bytes((0x90, 4)) + body[:2] + bytes((0, 1)))
            elif kind == PING:
                writer.write(bytes((0xD0, 0)))
            elif kind == PUBLISH and flags & 6 and confirms:
                topic = int.from_bytes(body[:2])
                writer.write(bytes((0x40, 2)) + body[2 + topic : 4 + topic])

    return behave


async def packet(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """The next packet: type, flags, all behind the fixed header (MQTT 5 §2.1)."""
    (first,) = await reader.readexactly(1)
    length, shift, more = 0, 0, True
    while more:
        (byte,) = await reader.readexactly(1)
        length |= (byte & 0x7F) << shift
        shift, more = shift + 7, bool(byte & 0x80)
    return first >> 4, first & 0x0F, await reader.readexactly(length)
