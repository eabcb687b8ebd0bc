"""What systemd hears of a real node's process (Type=notify, WatchdogSec=): sd_notify(3)."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.fakes.mute_node import MUTE
from tests.fakes.running import PATIENCE_S, NeverError, running

pytestmark = pytest.mark.timeout(300)

WATCHDOG_S = 2.0
STILL = "STATUS=stands still: encoder"


class Systemd:
    """systemd's end of NOTIFY_SOCKET: what was said, in order."""

    def __init__(self, folder: Path) -> None:
        self.address = str(folder / "notify")
        self.words: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.address)
        self._socket.settimeout(0.1)

    @property
    def environ(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}

    def until(self, is_so: Callable[[list[str]], bool]) -> None:
        """Listen until it is so."""
        deadline = time.monotonic() + PATIENCE_S
        while not is_so(self.words):
            if time.monotonic() > deadline:
                raise NeverError(str(self.words))
            try:
                self.words += self._socket.recv(4096).decode().splitlines()
            except TimeoutError:
                continue

    def hear_all(self) -> None:
        """Hear what was said up to now."""
        with suppress(TimeoutError):
            while True:
                self.words += self._socket.recv(4096).decode().splitlines()

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    with closing(Systemd(tmp_path)) as systemd:
        yield systemd


def test_a_node_is_ready_on_air_keeps_alive_and_says_that_it_stops(make_day, systemd: Systemd):
    with running(make_day().config, environ=systemd.environ) as node:
        systemd.until(lambda words: words.count("WATCHDOG=1") >= 4)
        assert systemd.words[:3] == ["READY=1", "WATCHDOG=1", f"STATUS=on air at {node.url}"]
        assert f"STATUS=on air at {node.url}; 0 viewers" in systemd.words
        assert node.stop()[0] == 0
        systemd.until(lambda words: "STOPPING=1" in words)
    assert systemd.words.count("READY=1") == 1


def test_a_node_whose_encoder_gives_nothing_falls_silent(make_day, systemd: Systemd):
    with running(
        make_day().config, module="tests.fakes.mute_node", environ=systemd.environ
    ) as node:
        systemd.until(lambda _: MUTE in node.err)
        systemd.hear_all()
        # A machine that stood still may have said so before; from now on it is for good.
        before = systemd.words.count(STILL)
        systemd.until(lambda words: words.count(STILL) >= before + 2)
        so_far = systemd.words.count("WATCHDOG=1")
        systemd.until(lambda words: words.count(STILL) >= before + 4)
        assert systemd.words.count("WATCHDOG=1") == so_far
        assert node.status().health["video encoder"].condition == "ready"  # nobody else noticed
        assert node.stop()[0] == 0
    assert "stands still: encoder" in node.err
