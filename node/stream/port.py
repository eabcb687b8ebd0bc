"""A viewer's UDP port that never blocks and whose backlog is known and can be thrown away."""

import asyncio
import os
import socket
from collections import deque

Address = tuple[str, int]


class DatagramPort:
    """Sends through a duplicate of another's UDP socket; loop thread only.

    asyncio's own transport would keep without bound what the socket does not take. Here
    `backlog_bytes` says how much waits, and `clear` forgets it. `failed` counts datagrams that
    the system refused (no route, no buffers); like those lost on the way, they are asked for
    again by the receiver.
    """

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=os.dup(descriptor))
        self._socket.setblocking(False)
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[tuple[bytes, Address]] = deque()
        self.backlog_bytes = 0
        self.failed = 0

    def send(self, datagram: bytes, address: Address) -> None:
        """Send now, or queue behind what waits already."""
        if self._waiting or not self._is_taken(datagram, address):
            if not self._waiting:
                self._loop.add_writer(self._socket.fileno(), self._drain)
            self._waiting.append((datagram, address))
            self.backlog_bytes += len(datagram)

    def clear(self) -> None:
        """Forget all that waits."""
        if self._waiting:
            self._loop.remove_writer(self._socket.fileno())
            self._waiting.clear()
            self.backlog_bytes = 0

    def close(self) -> None:
        """Forget all that waits and release the descriptor."""
        self.clear()
        self._socket.close()

    def _drain(self) -> None:
        while self._waiting:
            datagram, address = self._waiting[0]
            if not self._is_taken(datagram, address):
                return
            self._waiting.popleft()
            self.backlog_bytes -= len(datagram)
        self._loop.remove_writer(self._socket.fileno())

    def _is_taken(self, datagram: bytes, address: Address) -> bool:
        try:
            self._socket.sendto(datagram, address)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self.failed += 1
        return True
