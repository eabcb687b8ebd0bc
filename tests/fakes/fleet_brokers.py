"""Brokers run from the files that firmware_config ships, with paths and ports of a test."""

import getpass
import signal
import socket
import ssl
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from tests.fakes.authority import Authority
from tests.fakes.mosquitto import PROGRAM, START_LIMIT_S, free_port

SHIPPED = Path(__file__).parents[2] / "firmware_config" / "mosquitto"


class FleetBroker:
    """mosquitto with the shipped mosquitto.conf and acl; `bridged_to` adds the shipped bridge."""

    def __init__(
        self, folder: Path, authority: Authority, bridged_to: "FleetBroker | None" = None
    ) -> None:
        folder.mkdir(parents=True)
        self.port, self.folder = free_port(), folder
        if not (authority.folder / "server.crt").exists():
            authority.issue("server")
        text = _placed((SHIPPED / "mosquitto.conf").read_text(), folder, authority)
        text = text.replace("listener 8883", f"listener {self.port} 127.0.0.1")
        text = text.replace("/etc/mosquitto/acl", str(SHIPPED / "acl"))
        if bridged_to is not None:
            bridge = _placed((SHIPPED / "bridge.conf").read_text(), folder, authority)
            text += bridge.replace("broker.example.com:8883", f"localhost:{bridged_to.port}")
        text = text.replace("log_dest stdout", f"log_dest file {folder}/log")
        self._config = folder / "mosquitto.conf"
        self._config.write_text(f"{text}\nuser {getpass.getuser()}\n")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it listens."""
        assert PROGRAM, "mosquitto is not installed: apt-get install mosquitto"
        self._process = subprocess.Popen(
            [PROGRAM, "-c", str(self._config)], cwd=self.folder, stderr=subprocess.DEVNULL
        )
        end_s = time.monotonic() + START_LIMIT_S
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            assert self._process.poll() is None, self.log
            assert time.monotonic() < end_s, "mosquitto does not listen"
            time.sleep(0.01)

    @property
    def log(self) -> str:
        """What it has written."""
        path = self.folder / "log"
        return path.read_text() if path.exists() else ""

    def reread(self) -> None:
        """Have it read access list and revocations again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def stop(self, with_signal: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait()
            self._process = None

    def takes(self, context: ssl.SSLContext) -> bool:
        """Whether it lets somebody in who connects so: TLS 1.3 tells only after the handshake."""
        with (
            suppress(OSError),
            socket.create_connection(("localhost", self.port), START_LIMIT_S) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            secured.settimeout(START_LIMIT_S)
            secured.sendall(bytes.fromhex("101000044d5154540502003c000003616263"))
            return secured.recv(1)[:1] == b"\x20"  # CONNACK
        return False


def _placed(text: str, folder: Path, authority: Authority) -> str:
    text = text.replace("/etc/livesell/pki", str(authority.folder))
    return text.replace("/var/lib/mosquitto/", f"{folder}/")
