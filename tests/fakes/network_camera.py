"""A camera on the network that does as it is told: sends, stalls, changes size, goes, returns."""

import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

from tests.fakes.mosquitto import free_port

TICK_S = 0.05


class NetworkCamera:
    """Serves one reader at a time the MPEG-TS recording `shows`, over and over, at its pace.

    `url` stays the same while it is gone, and nobody gets its port by chance. Runs in a thread of
    its own.
    """

    def __init__(self, recording: Path, *, seconds: float) -> None:
        self._ticks = round(seconds / TICK_S)
        self._flowing = threading.Event()
        self._flowing.set()
        self._over = threading.Event()
        self._port = 0
        self.shows = recording
        self._threads: list[threading.Thread] = []

    @property
    def url(self) -> str:
        """Where it is."""
        return f"tcp://127.0.0.1:{self._port}"

    def stall(self) -> None:
        """Send nothing more; the connection stays."""
        self._flowing.clear()

    def flow(self) -> None:
        """Send again."""
        self._flowing.set()

    def vanish(self) -> None:
        """End the connection and refuse every other."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def appear(self) -> None:
        """Listen where it was before."""
        self._over.clear()
        listener = socket.create_server(("127.0.0.1", self._port))
        listener.settimeout(TICK_S)
        thread = threading.Thread(target=self._serve, args=(listener,), daemon=True)
        self._threads.append(thread)
        thread.start()

    def __enter__(self) -> Self:
        self._port = free_port()
        self.appear()
        return self

    def __exit__(self, *_: object) -> None:
        self.flow()
        self.vanish()

    def _serve(self, listener: socket.socket) -> None:
        with listener:
            while not self._over.is_set():
                with suppress(OSError):  # nobody comes; or the reader has gone
                    reader, _ = listener.accept()
                    with reader:
                        self._send(reader)

    def _send(self, reader: socket.socket) -> None:
        tick, shown = 0, self.shows
        while not self._over.wait(TICK_S):
            if not self._flowing.is_set():
                continue
            if shown != self.shows:  # an encoder of another size begins with an IDR
                tick, shown = 0, self.shows
            content = shown.read_bytes()
            tick %= self._ticks
            start, stop = (len(content) * at // self._ticks for at in (tick, tick + 1))
            reader.sendall(content[start:stop])
            tick += 1
