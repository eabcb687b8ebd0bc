"""A real mosquitto of a test's own: its port, its files, killed and started again at will."""

import getpass
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PROGRAM = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/opt/homebrew/sbin")
START_LIMIT_S = 60.0
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORTS = range(20_000, 32_000)[WORKER % 8 :: 8]
"""Below what Linux and macOS give outgoing connections: none of those takes one in between.

Each worker of a run has its own: what one has found free, and binds later, no other takes.
"""


def free_port() -> int:
    """A port that was free a moment ago, and that nobody gets by chance."""
    while True:
        port = random.choice(PORTS)  # noqa: S311
        with socket.socket() as one, suppress(OSError):
            one.bind(("127.0.0.1", port))
            return port


def is_free(port: int) -> bool:
    """Whether nobody listens there; connections that have ended do not count."""
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Mosquitto:
    """Everything it holds is on disk after each change, as control-plane.md has it for the demo."""

    def __init__(self, folder: Path, port: int = 0, *, extra: str = "") -> None:
        self.port = port or free_port()
        self._folder = folder
        self._extra = extra
        self._process: subprocess.Popen[bytes] | None = None
        self.kills = 0

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None, "it does not run"
        return self._process.pid

    def start(self) -> None:
        """Start, or start again, and wait until it listens."""
        assert PROGRAM, "mosquitto is not installed: apt-get install mosquitto"
        assert is_free(self.port), f"port {self.port} is taken: a broker of another test"
        self._folder.mkdir(parents=True, exist_ok=True)
        config = self._folder / "mosquitto.conf"
        config.write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\n"
            f"persistence true\npersistence_location {self._folder}/\n"
            f"autosave_on_changes true\nautosave_interval 1\nset_tcp_nodelay true\n"
            f"user {getpass.getuser()}\n"
            f"log_dest file {self._folder}/mosquitto.log\n{self._extra}\n"
        )
        self._process = subprocess.Popen(
            [PROGRAM, "-c", str(config)], cwd=self._folder, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + START_LIMIT_S
        while not self._listens():
            assert self._process.poll() is None, (self._folder / "mosquitto.log").read_text()
            assert time.monotonic() < end_s, "mosquitto does not listen"
            time.sleep(0.01)

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """Kill -9, as a power cut does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
            self.kills += 1

    def stop(self) -> None:
        """End it in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
