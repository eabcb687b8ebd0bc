"""How long a command takes: `python -m tests.bench.bench_command --commands 200`.

From publish to `accepted` and to `done` at one node (a process of its own: the real control plane,
without media) on a local mosquitto. Beside it, in the same run: the same without signatures, and
with a database that a power cut may cost its last commits (`synchronous = NORMAL`). At the end a
wanted rundown: from its publication to `applied`, for 200 kB and for 2 kB, fetched over HTTP from
this process and checked.
"""

import argparse
import asyncio
import functools
import hashlib
import http.server
import json
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import msgspec

from node.control.sections import Reported, ShowWanted
from node.control.topics import address
from node.errors import LinkError
from node.store import postbox as postbox_module
from node.store.database import Database
from node.supervise import Supervisor
from tests.bench.rig import quantile
from tests.fakes.chaos import Commander
from tests.fakes.chaos_node import NODE, ORG, Fault, counting_plane
from tests.fakes.keys import Keys
from tests.fakes.mosquitto import Mosquitto

WAYS = ("as it is", "unsigned", "synchronous NORMAL")
LIMIT_S = 60.0
BASE = "assets_url"
"""Tells the node of the bench where files lie by hash: a message itself may name https alone."""


class PlainKeys(Keys):
    """Signs nothing."""

    def signed(self, payload, typ="ls-cmd+jws"):
        return payload


class Fetching:
    """Fetches by HTTP and checks the hash; a node's own does more (ranges, budget, signatures)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(self, sha256: str, url: str, size: int) -> Path:
        hexadecimal = sha256.removeprefix("sha256:")
        base = (self._folder / BASE).read_text()
        content = await asyncio.to_thread(self._get, base + hexadecimal)
        if f"sha256:{hashlib.sha256(content).hexdigest()}" != sha256:
            raise LinkError("another file")
        path = self._folder / hexadecimal
        path.write_bytes(content)
        return path

    async def sync(self, wanted, progress):
        return {}

    def _get(self, url: str) -> bytes:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.read()


async def run_node(state: str, port: str, root: str, way: str) -> None:
    """The node of one way, until it is killed."""
    if way == "synchronous NORMAL":
        weak = functools.partial(_weak, Database)
        postbox_module.Database = weak
    plane = counting_plane(Path(state), int(port), Path(root), Fault("", 0))
    if way == "unsigned":
        plane.receiver.ring = plane._ring = None
    plane._desired._fetcher = Fetching(Path(state))
    await Supervisor().run(optional=plane.parts)


def _weak(kind, path, tables, **fields):
    return kind(path, tables, **{**fields, "synchronous": "NORMAL"})


class Listening(Commander):
    """Hears what is reported too."""

    def __init__(self, port, keys):
        self.reported: list[tuple[float, Reported]] = []
        super().__init__(port, keys)

    def _on_message(self, client, userdata, message):
        if message.topic.endswith("/up/reported/show"):
            told = msgspec.json.decode(message.payload, type=Reported)
            self.reported.append((time.monotonic(), told))
        super()._on_message(client, userdata, message)


def commands(way: str, count: int, rate: float, *, with_rundown: bool) -> list[dict[str, object]]:
    """Command a node of one way."""
    folder = Path(tempfile.mkdtemp(prefix="command-"))
    keys = PlainKeys() if way == "unsigned" else Keys()
    broker = Mosquitto(folder / "broker")
    root = keys.write_root(folder)
    (folder / "state").mkdir()
    broker.start()
    controller = Listening(broker.port, keys)
    words = ["-m", "tests.bench.bench_command", "--node", str(folder / "state"), str(broker.port),
             str(root), way]  # fmt: skip
    node = subprocess.Popen([sys.executable, *words])
    try:
        controller.wait_born()
        time.sleep(1)  # the keys are applied, the first telemetry is gone
        controller.run(count, rate=rate, limit_s=LIMIT_S + count / rate)
        sent = list(controller.sent.values())
        told = [{
            "way": way, "commands": count, "done": sum(one.end == "done" for one in sent),
            "resends": sum(one.sends - 1 for one in sent),
            "accepted_ms": _spread([one.accepted_s - one.sent_s for one in sent]),
            "done_ms": _spread([one.ended_s - one.sent_s for one in sent]),
        }]  # fmt: skip
        if with_rundown:
            told += [rundown(controller, keys, folder / "state", ver, size)
                     for ver, size in enumerate((200_000, 2_000), 1)]  # fmt: skip
        return told
    finally:
        node.kill()
        node.wait()
        controller.close()
        broker.stop()


def rundown(
    controller: Listening, keys: Keys, state: Path, ver: int, size: int
) -> dict[str, object]:
    """Want a rundown of so many bytes, retained."""
    content = (b"# a rundown's text, of which this bench counts the bytes alone\n" * 4000)[:size]
    hexadecimal = hashlib.sha256(content).hexdigest()
    server = _serving(content)
    (state / BASE).write_text(f"http://127.0.0.1:{server.server_port}/")
    section = keys.section(NODE, "show", ver, ShowWanted(f"sha256:{hexadecimal}", "", size))
    began_s = time.monotonic()
    controller._client.publish(str(address(ORG, NODE, "desired", "show")), section, 1, retain=True)
    while time.monotonic() - began_s < LIMIT_S:
        last = controller.reported[-1] if controller.reported else None
        if last is not None and last[1].ver == ver and last[1].status != "applying":
            break
        time.sleep(0.005)
    server.shutdown()
    if not controller.reported:
        return {"rundown_bytes": size, "status": "none"}
    at_s, told = controller.reported[-1]
    return {"rundown_bytes": size, "message_bytes": len(section), "status": told.status,
            "why": told.reason.message if told.reason else "",
            "ms": round((at_s - began_s) * 1000, 1)}  # fmt: skip


def _serving(content: bytes) -> http.server.HTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _spread(values: list[float]) -> dict[str, float]:
    return {name: round(quantile(values, share) * 1000, 2)
            for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}  # fmt: skip


def main() -> None:
    """Print one JSON object a line."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--commands", type=int, default=60)
    words.add_argument("--rate", type=float, default=20.0)
    words.add_argument("--node", nargs=4, metavar=("STATE", "PORT", "ROOT", "WAY"),
                       help=argparse.SUPPRESS)  # fmt: skip
    given = words.parse_args()
    if given.node:
        asyncio.run(run_node(*given.node))
        return
    for way in WAYS:
        for one in commands(way, given.commands, given.rate, with_rundown=way == WAYS[0]):
            print(json.dumps(one), flush=True)


if __name__ == "__main__":
    main()
