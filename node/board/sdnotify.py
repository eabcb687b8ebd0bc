"""Tells systemd how the node is: on air, still working, stopping (sd_notify(3))."""

import asyncio
import logging
import os
import re
import socket
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Final

log = logging.getLogger(__name__)

WATCHDOGS_PER_PERIOD: Final = 2
"""sd_watchdog_enabled(3): keep alive "every half of the time returned"."""


class SdNotify:
    """Component `systemd`: says READY once, WATCHDOG only while every pulse beats, STOPPING.

    `pulses` are counters by name that grow while the node works. `announce` is told the address
    as `on_air` is; `status` is shown behind it by `systemctl status`. Without NOTIFY_SOCKET in
    `environ` there is nobody to tell; a socket that does not take a word is no reason to stop.
    """

    name = "systemd"

    def __init__(
        self,
        pulses: Mapping[str, Callable[[], int]],
        *,
        announce: Callable[[str], None],
        status: Callable[[], str],
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._pulses, self._announce, self._status = pulses, announce, status
        self._address = re.sub("^@", "\0", environ.get("NOTIFY_SOCKET", ""))
        self._period_s = _watchdog_s(environ)
        self._socket: socket.socket | None = None
        self._is_on_air = asyncio.Event()
        self._url = ""

    def on_air(self, url: str) -> None:
        """The program is on air at `url`: `announce` it."""
        self._announce(url)
        self._url = url
        self._is_on_air.set()

    async def run(self, ready: Callable[[], None]) -> None:
        """Tell until cancelled."""
        with ExitStack() as open_now:
            if self._address:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)
                open_now.enter_context(self._socket)
            ready()
            try:
                await self._is_on_air.wait()
                # The watchdog's time runs from READY on: systemd.service(5).
                self._say("READY=1", "WATCHDOG=1", f"STATUS=on air at {self._url}")
                await self._watch()
            finally:
                self._say("STOPPING=1", "STATUS=stopping")

    async def _watch(self) -> None:
        """Say that all goes well as often as systemd wants to hear it; nothing while it does not.

        A pulse that stands still may beat again: only systemd decides that it took too long.
        """
        if not self._period_s:
            await asyncio.Event().wait()
        before, still = self._beats(), ""
        while True:
            await asyncio.sleep(self._period_s / WATCHDOGS_PER_PERIOD)
            now = self._beats()
            stands = ", ".join(name for name, count in now.items() if count == before[name])
            if stands:
                self._say(f"STATUS=stands still: {stands}")
            else:
                self._say("WATCHDOG=1", f"STATUS=on air at {self._url}; {self._status()}")
            if stands and stands != still:
                log.error("stands still: %s", stands)
            elif still and not stands:
                log.info("works again: %s", still)
            before, still = now, stands

    def _beats(self) -> dict[str, int]:
        return {name: pulse() for name, pulse in self._pulses.items()}

    def _say(self, *words: str) -> None:
        if self._socket is None:
            return
        try:
            self._socket.sendto("\n".join(words).encode(), self._address)
        except OSError as error:
            log.debug("not told systemd %s: %s", words, error)


def _watchdog_s(environ: Mapping[str, str]) -> float:
    """Seconds within which systemd wants to hear of this process, 0 for never."""
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return 0.0
    try:
        return max(0, int(environ.get("WATCHDOG_USEC", "0"))) / 1e6
    except ValueError:
        return 0.0
