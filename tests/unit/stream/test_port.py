"""A port whose backlog is bounded by its owner, not by asyncio."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from node.stream.port import DatagramPort


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two UNIX datagram sockets: their sender does get EAGAIN when the receiver is slow."""
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.setblocking(False)
    with sender, receiver:
        yield sender, receiver


class PairPort(DatagramPort):
    """A port on a connected pair, where an address cannot be given."""

    def _is_taken(self, datagram: bytes, address: tuple[str, int]) -> bool:
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            return False
        return True


async def test_datagrams_arrive():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            port = DatagramPort(sender.fileno())
            port.send(b"hello", receiver.getsockname())
            assert receiver.recv(100) == b"hello"
            assert (port.backlog_bytes, port.failed) == (0, 0)
            port.close()


async def test_a_datagram_that_has_no_way_is_counted():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        port = DatagramPort(sender.fileno())
        port.send(b"x" * 70_000, ("127.0.0.1", 9))
        assert (port.backlog_bytes, port.failed) == (0, 1)
        port.close()


async def test_what_the_socket_does_not_take_waits_and_goes_in_order(
    pair: tuple[socket.socket, socket.socket],
):
    sender, receiver = pair
    port = PairPort(sender.fileno())
    count = 0
    while not port.backlog_bytes:
        port.send(count.to_bytes(1000, "big"), ("", 0))
        count += 1
    assert port.backlog_bytes == 1000
    received = []
    while len(received) < count:
        received.append(int.from_bytes(await asyncio.get_running_loop().sock_recv(receiver, 2000)))
    assert received == list(range(count))
    assert port.backlog_bytes == 0
    port.close()


async def test_what_waits_can_be_thrown_away(pair: tuple[socket.socket, socket.socket]):
    sender, receiver = pair
    port = PairPort(sender.fileno())
    count = 0
    while not port.backlog_bytes:
        port.send(count.to_bytes(1000, "big"), ("", 0))
        count += 1
    port.clear()
    assert port.backlog_bytes == 0
    received = [receiver.recv(2000) for _ in range(count - 1)]
    port.send(b"after", ("", 0))
    assert receiver.recv(2000) == b"after"
    assert len(received) == count - 1
    port.close()
