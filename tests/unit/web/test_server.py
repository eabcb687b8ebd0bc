"""The server: binds, says what is wrong when it cannot, and stops in time."""

import asyncio
import socket

import aiohttp
import pytest

from node.config import WebConfig
from node.web.server import SHUTDOWN_S, Face, ListenError, Web

LONGER_THAN_A_TEST_S = 3600.0


async def _start(server: Web) -> asyncio.Task[None]:
    ready = asyncio.Event()
    task = asyncio.create_task(server.run(ready.set))
    await ready.wait()
    return task


async def test_it_is_ready_when_it_answers(faces: list[Face]):
    server = Web(WebConfig(host="0.0.0.0", port=0), faces)  # noqa: S104  # what a booth does
    assert server.url == ""
    task = await _start(server)
    try:
        assert server.url.startswith("http://127.0.0.1:")
        async with aiohttp.ClientSession() as session, session.get(server.url) as answer:
            assert answer.status == 200
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_port_in_use_is_named_with_the_cure(faces: list[Face]):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = Web(WebConfig(host="127.0.0.1", port=port), faces)
        with pytest.raises(ListenError, match=rf"127\.0\.0\.1:{port}.*--port"):
            await server.run(lambda: None)


async def test_an_address_of_another_machine_is_named(faces: list[Face]):
    server = Web(WebConfig(host="192.0.2.1", port=0), faces)
    with pytest.raises(ListenError, match=r"192\.0\.2\.1:0.*web\.host"):
        await server.run(lambda: None)


async def test_it_stops_soon_though_pages_are_open(
    faces: list[Face], monkeypatch: pytest.MonkeyPatch
):
    assert SHUTDOWN_S < 1
    monkeypatch.setattr("node.web.server.SHUTDOWN_S", LONGER_THAN_A_TEST_S)  # it waits for no page
    server = Web(WebConfig(host="127.0.0.1", port=0), faces)
    task = await _start(server)
    async with aiohttp.ClientSession() as session:
        await (await session.get(server.url + "status")).read()  # kept alive
        sockets = [await session.ws_connect(server.url + "api/watch") for _ in range(3)]
        for watching in sockets:
            await watching.receive()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _is_let_in(url: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def test_one_address_cannot_hold_every_connection(
    faces: list[Face], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("node.web.server.CONNECTIONS_OF_ONE", 5)
    server = Web(WebConfig(host="127.0.0.1", port=0), faces)
    task = await _start(server)
    port = int(server.url.rstrip("/").rpartition(":")[2])
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await reader.read(1) == b""
        writer.close()
        opened.pop()[1].close()
        async with asyncio.timeout(60):
            while not await _is_let_in(server.url):  # noqa: ASYNC110  # it sees an end in its time
                await asyncio.sleep(0.01)
    finally:
        for _, other in opened:
            other.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
