"""What systemd hears of the node, by a real datagram socket."""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from node.board.sdnotify import SdNotify
from tests.virtual_time import run_virtually

WATCHDOG_US = 4_000_000


class Ear:
    """systemd's end: what was said, in the order in which it was."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self._socket.setblocking(False)

    def heard(self) -> list[list[str]]:
        said = []
        with suppress(BlockingIOError):
            while True:
                said.append(self._socket.recv(4096).decode().splitlines())
        return said

    def close(self) -> None:
        self._socket.close()


@contextmanager
def hearing(address: str) -> Iterator[Ear]:
    ear = Ear(address)
    try:
        yield ear
    finally:
        ear.close()


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[Ear]:
    with hearing(str(tmp_path / "notify")) as ear:
        yield ear


class Beats:
    """Two counters; the encoder's can be stopped."""

    def __init__(self) -> None:
        self.count, self.stands = 0, False

    def program(self) -> int:
        self.count += 1
        return self.count

    def encoder(self) -> int:
        return 7 if self.stands else self.program()


def node(ear_address: str, beats: Beats, announced: list[str], **environ: str) -> SdNotify:
    return SdNotify(
        {"program": beats.program, "encoder": beats.encoder},
        announce=announced.append,
        status=lambda: "2 viewers",
        environ={"NOTIFY_SOCKET": ear_address, **environ},
    )


@contextmanager
def cancelled_at_the_end(one: SdNotify) -> Iterator[asyncio.Task[None]]:
    task = asyncio.create_task(one.run(lambda: None))
    try:
        yield task
    finally:
        task.cancel()


def told(ear: Ear, course, **environ: str) -> list[list[str]]:
    """What is heard when `course(notify, beats)` has run, and the node has ended."""
    environ.setdefault("WATCHDOG_USEC", str(WATCHDOG_US))

    async def main() -> None:
        beats = Beats()
        one = node(ear.address, beats, [], **environ)
        with cancelled_at_the_end(one) as task:
            await course(one, beats)
        with suppress(asyncio.CancelledError):
            await task

    run_virtually(main())
    return ear.heard()


def test_it_is_ready_when_on_air_and_not_before(ear: Ear):
    async def never_on_air(_one: SdNotify, _beats: Beats) -> None:
        await asyncio.sleep(60)

    assert told(ear, never_on_air) == [["STOPPING=1", "STATUS=stopping"]]

    async def on_air(one: SdNotify, _beats: Beats) -> None:
        await asyncio.sleep(1)
        one.on_air("http://booth:8080/")
        await asyncio.sleep(1)

    assert told(ear, on_air) == [
        ["READY=1", "WATCHDOG=1", "STATUS=on air at http://booth:8080/"],
        ["STOPPING=1", "STATUS=stopping"],
    ]


def test_only_a_leading_at_sign_is_one_of_an_abstract_socket(tmp_path: Path):
    (tmp_path / "user@1000").mkdir()

    async def never_on_air(_one: SdNotify, _beats: Beats) -> None:
        await asyncio.sleep(1)

    with hearing(str(tmp_path / "user@1000/notify")) as ear:
        assert told(ear, never_on_air) == [["STOPPING=1", "STATUS=stopping"]]


def test_it_keeps_alive_at_half_the_period(ear: Ear):
    async def ten_seconds(one: SdNotify, _beats: Beats) -> None:
        one.on_air("http://booth/")
        await asyncio.sleep(10.5)

    said = told(ear, ten_seconds)
    assert [words[0] for words in said] == ["READY=1", *["WATCHDOG=1"] * 5, "STOPPING=1"]
    assert said[1][1] == "STATUS=on air at http://booth/; 2 viewers"


def test_it_falls_silent_while_the_encoder_stands_still(ear: Ear, caplog: pytest.LogCaptureFixture):
    async def standing(one: SdNotify, beats: Beats) -> None:
        one.on_air("http://booth/")
        await asyncio.sleep(2.5)
        beats.stands = True
        await asyncio.sleep(6)
        beats.stands = False
        await asyncio.sleep(2)

    said = told(ear, standing)
    assert [words[0] for words in said[1:-1]] == [
        "WATCHDOG=1",
        "WATCHDOG=1",  # the beat before it stood still
        "STATUS=stands still: encoder",
        "STATUS=stands still: encoder",
        "WATCHDOG=1",
    ]
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == [
        "stands still: encoder"
    ]


def test_it_needs_no_watchdog(ear: Ear):
    async def an_hour(one: SdNotify, _beats: Beats) -> None:
        one.on_air("http://booth/")
        with suppress(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()

    for environ in (
        {"WATCHDOG_USEC": "0"},
        {"WATCHDOG_USEC": "soon"},
        {"WATCHDOG_PID": "1"},  # another process is meant: sd_watchdog_enabled(3)
    ):
        assert [words[0] for words in told(ear, an_hour, **environ)] == ["READY=1", "STOPPING=1"]


def test_an_abstract_socket_is_reached():
    async def once(one: SdNotify, _beats: Beats) -> None:
        one.on_air("http://booth/")
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    with hearing(f"@livesell-test-{os.getpid()}") as ear:
        assert told(ear, once)[0][0] == "READY=1"


def test_without_systemd_it_still_announces():
    announced: list[str] = []

    async def main() -> None:
        one = SdNotify({}, announce=announced.append, status=str, environ={})
        with cancelled_at_the_end(one):
            one.on_air("http://booth/")
            await asyncio.sleep(1)

    run_virtually(main())
    assert announced == ["http://booth/"]


def test_a_socket_that_has_gone_stops_nobody(tmp_path: Path):
    async def main() -> bool:
        one = node(str(tmp_path / "gone"), Beats(), [], WATCHDOG_USEC=str(WATCHDOG_US))
        with cancelled_at_the_end(one) as task:
            one.on_air("http://booth/")
            await asyncio.sleep(60)
            return not task.done()

    assert run_virtually(main())
