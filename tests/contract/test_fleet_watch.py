"""fleet watch: a snapshot, then numbered steps; a lost line is made again."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from aiohttp import web

from node.errors import LinkError
from tests.fakes.fleet_desk import FleetDesk, fleet_desk, until
from tests.fakes.mosquitto import PROGRAM
from tools.fleet.__main__ import main
from tools.fleet.cli import exits
from tools.fleet.cli.client import Controller, RefusedError
from tools.fleet.cli.watch import nodes_of, watch

pytestmark = pytest.mark.timeout(300)
needs_mosquitto = pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed")


class Heard:
    """What was heard, until so many messages have come."""

    def __init__(self, count: int) -> None:
        self.messages: list[Mapping[str, object]] = []
        self.lost: list[str] = []
        self._count = count

    def __call__(self, message: Mapping[str, object]) -> bool:
        self.messages.append(message)
        return len(self.messages) == self._count

    @property
    def numbers(self) -> list[tuple[str, object]]:
        """Snapshot or step, and its number."""
        return [("snapshot" if "snapshot" in one else "step", one["n"]) for one in self.messages]


@contextlib.asynccontextmanager
async def telling(*lines: list[dict[str, object]]) -> AsyncIterator[Controller]:
    """A controller that says one list for each connection and hangs up."""
    said = iter(lines)

    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        for one in next(said):
            await socket.send_bytes(json.dumps(one).encode())
        await socket.close()
        return socket

    app = web.Application()
    app.router.add_get("/v1/watch", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Controller(f"http://127.0.0.1:{runner.addresses[0][1]}", "token")
    finally:
        await runner.cleanup()


def snapshot(n: int) -> dict[str, object]:
    return {"v": 1, "n": n, "now": 1, "snapshot": {"nodes": []}}


def step(n: int) -> dict[str, object]:
    return {"v": 1, "n": n, "now": 1, "changes": []}


async def test_a_lost_line_is_made_again_and_begins_with_a_snapshot():
    heard = Heard(4)
    async with telling([snapshot(7), step(8)], [snapshot(9), step(10)]) as controller:
        await asyncio.to_thread(watch, controller, heard, heard.lost.append)
    assert heard.numbers == [("snapshot", 7), ("step", 8), ("snapshot", 9), ("step", 10)]
    assert heard.lost == [controller.url]


async def test_a_step_that_was_missed_is_made_good_by_a_snapshot():
    heard = Heard(2)
    async with telling([snapshot(7), step(9)], [snapshot(9)]) as controller:
        await asyncio.to_thread(watch, controller, heard, heard.lost.append)
    assert heard.numbers == [("snapshot", 7), ("snapshot", 9)]


async def test_where_nobody_answers_it_says_so_and_ends():
    async with telling() as controller:
        pass
    with pytest.raises(LinkError, match="127"):
        await asyncio.to_thread(watch, controller, Heard(1), print)


def test_a_node_that_was_struck_out_is_none():
    changes = [
        {"kind": "node", "key": "n1", "value": None},
        {"kind": "line", "key": "", "value": {}},
    ]
    assert list(nodes_of({"changes": changes})) == [("n1", None)]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[FleetDesk]:
    async with fleet_desk(tmp_path) as running:
        yield running


def asked(desk: FleetDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_SERVER", desk.url)
    monkeypatch.setenv("FLEET_TOKEN_FILE", str(desk.folder / "admin.token"))
    monkeypatch.setenv("LANG", "C")


@needs_mosquitto
async def test_it_prints_one_object_a_line(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    asked(desk, monkeypatch)
    node = await desk.node("n0001")
    words = ["watch", "-o", "json", "--count", "3"]
    work = asyncio.ensure_future(asyncio.to_thread(main, words))
    await until(lambda: desk.controller.feed.watchers, "it watches")
    while not work.done():
        node.tell()
        await asyncio.sleep(0.1)
    assert await work == exits.DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    first = lines[0]["n"]
    assert [one["n"] for one in lines] == [first, first + 1, first + 2]
    assert [one["id"] for one in lines[0]["snapshot"]["nodes"]] == ["n0001"]


@needs_mosquitto
async def test_people_get_a_line_for_each_node_that_changed(
    desk: FleetDesk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    asked(desk, monkeypatch)
    node = await desk.node("n0001")
    work = asyncio.ensure_future(asyncio.to_thread(main, ["watch", "--count", "2"]))
    await until(lambda: desk.controller.feed.watchers, "it watches")
    node.show.seg = "ep2"
    while not work.done():
        node.tell()
        await asyncio.sleep(0.1)
    assert await work == exits.DONE
    first, second = capsys.readouterr().out.splitlines()
    assert "n0001  online  -" in first
    assert "n0001  playing  ep2" in second


@needs_mosquitto
async def test_a_token_that_is_not_known_is_refused(desk: FleetDesk):
    with pytest.raises(RefusedError) as refused:
        await asyncio.to_thread(watch, Controller(desk.url, "wrong"), Heard(1), print)
    assert refused.value.code == "no_token"
