"""`fleet serve` killed -9 in the middle: what it took on is done once it is started again."""

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from node.control.envelope import KeyRing
from node.control.plane import root_key
from tests.fakes.fleet_desk import ORG, until
from tests.fakes.fleet_node import FleetNode
from tests.fakes.mosquitto import PROGRAM, Mosquitto, free_port
from tools.fleet.founding import found
from tools.fleet.settings import Settings

pytestmark = [
    pytest.mark.skipif(PROGRAM is None, reason="mosquitto is not installed"),
    pytest.mark.timeout(300),
]
ROOT = Path(__file__).parents[2]
START_LIMIT_S = 60.0


class Served:
    """`fleet serve` as a process, and its HTTP face."""

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder, self.port = folder, free_port()
        listen = f"127.0.0.1:{self.port}"
        found(folder, Settings(ORG, f"mqtt://127.0.0.1:{broker.port}", listen), "")
        self._token = (folder / "admin.token").read_text().strip()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        words = [sys.executable, "-P", "-m", "tools.fleet", "serve", "--state", str(self.folder)]
        self._process = subprocess.Popen(words, cwd=ROOT, env={"PYTHONPATH": str(ROOT)})
        end_s = time.monotonic() + START_LIMIT_S
        while True:
            try:
                if self.ask("/v1/nodes")["line"]["is_up"]:
                    return
            except OSError:
                pass
            assert time.monotonic() < end_s, "fleet serve does not come up"
            time.sleep(0.1)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def ask(self, path: str, body: object = None):
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, content, headers)  # noqa: S310  # its own face
        with urllib.request.urlopen(request, timeout=START_LIMIT_S) as answer:  # noqa: S310
            return json.loads(answer.read())


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[Served, Mosquitto]]:
    broker = Mosquitto(tmp_path / "broker")
    broker.start()
    one = Served(tmp_path / "fleet", broker)
    try:
        await asyncio.to_thread(one.start)
        yield one, broker
    finally:
        one.kill()
        broker.stop()


async def test_what_was_answered_is_on_disk_and_done_once(served: tuple[Served, Mosquitto]):
    fleet, broker = served
    ring = KeyRing((root_key(str(fleet.folder / "root.jwk")),))
    node = FleetNode(ORG, "n0001", broker.port, ring)
    node.open()
    await until(lambda: "keys" in node.desired, "it has its keys")
    node.is_mute = True
    order = {"type": "sys.identify", "data": {}, "select": {"ids": ["n0001"]}}
    batches = [await asyncio.to_thread(fleet.ask, "/v1/commands", order) for _ in range(5)]
    await asyncio.to_thread(fleet.kill)
    node.is_mute = False
    event = node.event("card.show", {"product": "bag"})
    await asyncio.to_thread(fleet.start)
    for one in batches:
        end_s = time.monotonic() + START_LIMIT_S
        while True:
            lane = await asyncio.to_thread(fleet.ask, f"/v1/batches/{one['batch']}")
            if not lane["action"]["open"]:
                break
            assert time.monotonic() < end_s, lane
            await asyncio.sleep(0.1)
        assert lane["action"]["counts"] == {"done": 1}
    assert [one.seq.n for one in node.obeyed if one.seq] == [1, 2, 3, 4, 5]
    events = await asyncio.to_thread(fleet.ask, "/v1/events?node=n0001")
    assert [one["event"]["id"] for one in events["events"]] == [event]
    await node.close()
