"""Says that the node is on air, once, and leaves its address where the command line finds it."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from node.channels import Fanout, State
from node.config import WebConfig
from node.media import AccessUnit
from node.supervise import Health

log = logging.getLogger(__name__)

SOMEWHERE = ("192.0.2.1", 9)  # RFC 5737: nobody; connecting a UDP socket sends nothing


class OnAir:
    """Optional component `on air`: announces once every essential part works.

    By then the first coded picture has passed through `units`: whoever reads the line may watch.
    """

    name = "on air"

    def __init__(
        self,
        health: State[Health],
        units: Fanout[AccessUnit],
        *,
        url: Callable[[], str],
        announce: Callable[[str], None],
        file: Path,
    ) -> None:
        self._health, self._units = health, units
        self._url, self._announce, self._file = url, announce, file

    async def run(self, ready: Callable[[], None]) -> None:
        """Announce once; the address file goes when the node does."""
        with self._units.subscribe() as coded:
            await self._all_work()
            await coded.get()
        url = self._url()
        self._leave(url)
        self._announce(url)
        ready()
        try:
            await asyncio.Event().wait()
        finally:
            with contextlib.suppress(OSError):  # none could be left, so none stays
                self._file.unlink(missing_ok=True)

    async def _all_work(self) -> None:
        async for parts in self._health.watch():
            essential = [part for part in parts.values() if part.is_essential]
            if essential and all(part.condition == "ready" for part in essential):
                return

    def _leave(self, url: str) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            self._file.write_text(url + "\n", encoding="utf-8")
        except OSError as error:  # the command line then has to be told where the node is
            log.warning("address not kept: %s", error)


def reachable(cfg: WebConfig, url: str) -> str:
    """Where phones on the booth's network reach the node, without a slash at the end."""
    if cfg.public_url:
        return cfg.public_url.rstrip("/")
    parts = urlsplit(url)
    if cfg.host not in {"", "0.0.0.0", "::"}:  # noqa: S104  # compared only
        return url.rstrip("/")
    return f"{parts.scheme}://{_own_address()}:{parts.port}"


def _own_address() -> str:
    """The address of the interface that leads outside; the loopback one when none does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
