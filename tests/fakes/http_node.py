"""A node's HTTP face on the loopback: answers as told, remembers what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

STATUS = {
    "version": "0.1.0",
    "node": "booth-a12",
    "uptime_s": 3725.4,
    "on_air": True,
    "segment": "ep1",
    "kind": "clip",
    "position_s": 30.0,
    "length_s": 120.0,
    "next": "desk",
    "next_in_s": 90.0,
    "layout": "full",
    "fps": 30,
    "size": "1280x720",
    "encoder": "libx264/superfast",
    "bitrate_kbps": 2500,
    "viewers": 3,
    "health": {
        "mixer": {"condition": "ready", "essential": True, "failures": 0, "last_error": ""},
        "camera": {
            "condition": "waiting",
            "essential": False,
            "failures": 4,
            "last_error": "unplugged",
        },
    },
    "frames": {"out": 900, "repeated": 2, "missing": 0, "black": 0},
    "cues": {"fired": 5, "late_frames_max": 0},
    "audio": {"gaps": 0},
    "card": {"product": "P17"},
    "simulated": ["camera"],
}


@dataclass
class HttpNode:
    """What it answers, `(status, body)` by path, and what it was asked: path, headers, body."""

    url: str
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def refuse(self, code: str, message: str, *, status: int = 409) -> None:
        """Refuse the next commands."""
        body = {"ok": False, "code": code, "message": message}
        self.answers["/api/command"] = (status, json.dumps(body).encode())

    @property
    def commands(self) -> list[object]:
        """The commands it was sent."""
        return [json.loads(body) for path, _, body in self.asked if path == "/api/command"]


@contextmanager
def http_node() -> Iterator[HttpNode]:
    """Serve until the block is left."""

    class Face(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            node.asked.append((self.path, dict(self.headers), body))
            status, text = node.answers.get(self.path, (404, b"not here"))
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        @override
        def log_message(self, *_args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Face) as server:
        node = HttpNode(f"http://127.0.0.1:{server.server_port}")
        node.answers["/status"] = (200, json.dumps(STATUS).encode())
        node.answers["/api/command"] = (200, b'{"ok":true,"result":"done"}')
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield node
        finally:
            server.shutdown()
            serving.join()
