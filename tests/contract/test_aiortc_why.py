"""A peer that cannot be connected to is told of in one line and counted; others see no pause."""

import asyncio
import gc
import logging
import os
import re
import socket
from collections.abc import Callable

import pytest

from node.media import Size
from node.stream import aiortc_seam
from node.stream import viewer as viewer_module
from node.stream.aiortc_seam import FanoutSender
from node.stream.viewer import Viewer
from tests.fakes.peer import Peer, joined
from tests.fakes.program import OnAir, on_air

SIZE = Size(160, 96)
HANDSHAKE, SERVER_HELLO = 22, 2
DTLS_1_2 = b"\xfe\xfd"
pytestmark = pytest.mark.timeout(300)


async def until(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_true():  # noqa: ASYNC110  # the library tells of no event
            await asyncio.sleep(0.01)


async def gone(air: OnAir, viewer: Viewer) -> None:
    await until(lambda: air.hub.viewer(viewer.id) is None)
    gc.collect()  # a task whose exception nobody asked for says so when it is forgotten


def lines(caplog: pytest.LogCaptureFixture, level: int = logging.WARNING) -> list[str]:
    """What was said of viewers: on a busy machine an encoder may have its own to say."""
    said = [one.getMessage() for one in caplog.records if one.levelno == level]
    return [one for one in said if one.startswith("viewer") or level > logging.WARNING]


def other_fingerprint(offer: str) -> str:
    """The same offer, of another certificate."""
    return re.sub(r"(a=fingerprint:sha-\d+ )..", r"\g<1>00", offer).replace(" 00:00", " 01:00")


def garbage() -> bytes:
    """A handshake's record whose ServerHello is noise."""
    body = os.urandom(60)
    length = len(body).to_bytes(3, "big")
    message = bytes([SERVER_HELLO]) + length + b"\0\0" + b"\0\0\0" + length + body
    return bytes([HANDSHAKE]) + DTLS_1_2 + bytes(8) + len(message).to_bytes(2, "big") + message


async def answered(air: OnAir, peer: Peer, change: Callable[[str], str] = str) -> Viewer:
    viewer = await air.hub.join(change(await peer.offer("video", "audio")), kiosk=False)
    await peer.accept(viewer.answer)
    return viewer


async def test_a_certificate_that_is_not_the_offers_is_told_and_counted(caplog):
    peer = Peer()
    async with on_air(size=SIZE) as air, joined(air.hub) as (well, _):
        await well.until(pictures=3)
        viewer = await answered(air, peer, other_fingerprint)
        await gone(air, viewer)
        await well.until(pictures=10)
        (line,) = lines(caplog)
        assert line == (
            f"viewer {viewer.sid} of web: did not connect: DTLS: fingerprint mismatch (1 so far)"
        )
        assert (air.hub.report.failed, air.hub.viewers) == (1, 1)
    await peer.close()
    assert lines(caplog, logging.ERROR) == []


async def test_a_handshake_of_noise_is_told(caplog):
    peer = Peer()
    async with on_air(size=SIZE) as air:
        offer = await peer.offer("video", "audio")
        transport = peer.connection.getReceivers()[0].transport

        async def say_garbage() -> None:
            await transport.transport._send(garbage())

        transport._write_ssl = say_garbage
        viewer = await air.hub.join(offer, kiosk=True)
        await peer.accept(viewer.answer)
        await gone(air, viewer)
        (line,) = lines(caplog)
        assert "of kiosk: did not connect: DTLS: what it sent is no handshake (1 so far)" in line
    await peer.close()
    assert lines(caplog, logging.ERROR) == []


async def test_a_peer_that_says_nothing_in_the_handshake_is_known_by_it():
    peer = Peer()
    async with on_air(size=SIZE) as air:
        offer = await peer.offer("video", "audio")
        transport = peer.connection.getReceivers()[0].transport

        async def say_nothing() -> None:
            return

        transport._write_ssl = say_nothing
        viewer = await air.hub.join(offer, kiosk=False)
        assert viewer._session.why == "no path to it was found"
        await peer.accept(viewer.answer)
        await until(lambda: viewer._session.why == "DTLS: the handshake did not end")
        viewer.leave()
        await gone(air, viewer)
        assert air.hub.report.failed == 0  # it left by itself
    await peer.close()


async def test_who_never_comes_is_told_once_a_minute_and_counted_each_time(caplog, monkeypatch):
    monkeypatch.setattr(viewer_module, "CONNECT_S", 0.1)
    peer = Peer()
    async with on_air(size=SIZE) as air:
        offer = await peer.offer("video")
        for _ in range(3):
            await gone(air, await air.hub.join(offer, kiosk=False))
        assert air.hub.report.failed == 3
    await peer.close()
    (line,) = lines(caplog)
    assert "did not connect: not within 0.1 s: no path to it was found (1 so far)" in line


async def test_what_breaks_in_the_librarys_own_task_is_told(caplog, monkeypatch):
    peer = Peer()
    async with on_air(size=SIZE) as air:
        aiortc_seam.new_peer()
        certificate = aiortc_seam._SharedCertificate._shared

        def refuse(**_: object) -> None:
            raise MemoryError("no memory that is written and run")

        monkeypatch.setattr(certificate, "_create_ssl_context", refuse)
        viewer = await answered(air, peer)
        await gone(air, viewer)
        (line,) = lines(caplog)
        assert "did not connect: MemoryError: no memory that is written and run (1" in line
    await peer.close()
    assert lines(caplog, logging.ERROR) == []


async def test_what_breaks_once_it_is_connected_ends_that_viewer_alone(caplog, monkeypatch):
    peer = Peer()
    async with on_air(size=SIZE) as air, joined(air.hub) as (well, _):
        await well.until(pictures=3)

        async def broken(_self: FanoutSender, _parameters: object) -> None:
            raise KeyError("ours")

        monkeypatch.setattr(FanoutSender, "send", broken)
        viewer = await answered(air, peer)
        await gone(air, viewer)
        await well.until(pictures=5)
    await peer.close()
    assert any("KeyError: 'ours'" in line for line in lines(caplog))
    assert lines(caplog, logging.ERROR) == ["viewer: its session broke as it began"]


async def test_datagrams_without_a_byte_end_no_session():
    async with on_air(size=SIZE) as air, joined(air.hub) as (peer, viewer):
        await peer.until(pictures=3)
        candidates = re.findall(r"candidate:\S+ 1 udp \d+ (\d+\.\S+) (\d+) typ host", viewer.answer)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as anyone:
            for host, port in candidates:
                anyone.sendto(b"", (host, int(port)))
        await peer.until(pictures=20)
        assert viewer.is_connected
        assert candidates
