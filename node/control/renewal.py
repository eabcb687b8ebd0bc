"""Another certificate before the present one ends: asked for on its word, tried, then settled.

60 of 90 days over -> new key, request -> the present key vouches -> console -> connect with it
the broker takes it: it counts from now on, the old one goes
it does not: the old one goes on, and somebody is told
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol, TypeVar

from node.control import certificates
from node.control.broker import Login
from node.control.claim import Renewed
from node.control.papers import Drawer, Papers
from node.errors import CommandError, LinkError

log = logging.getLogger(__name__)

LOOK_S: Final = 3600.0
AGAIN_S: Final = 10.0
"""Without a line or a clock, it is looked again so soon."""
TRIAL_S: Final = 60.0
"""So long the broker has to take the new certificate."""
STEP_S: Final = 0.2
WARN: Final = timedelta(days=14)
WARN_EVERY: Final = timedelta(days=1)
T = TypeVar("T")


class Desk(Protocol):
    """The console as the renewal asks it."""

    async def renew(self, csr: bytes, cert: bytes, word: str) -> Renewed:
        """Ask for another certificate."""
        ...


class Line(Protocol):
    """The line to the broker."""

    @property
    def is_up(self) -> bool:
        """Whether the broker has taken us."""
        ...

    def use(self, login: Login) -> None:
        """Connect anew as this one."""
        ...


class Renewal:
    """Component: `now` is None while the clock is not to be trusted."""

    name = "certificate"

    def __init__(
        self, drawer: Drawer, desk: Desk, line: Line, *,
        now: Callable[[], datetime | None], alarm: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._drawer, self._desk, self._line = drawer, desk, line
        self._now, self._warner = now, Warner(alarm)
        self._pool = ThreadPoolExecutor(1, "certificate")

    async def run(self, ready: Callable[[], None]) -> None:
        """Look each hour; raises `DeviceError` when the disk refuses."""
        ready()
        while True:
            await self.look()
            is_ready = self._line.is_up and self._now() is not None
            await asyncio.sleep(LOOK_S if is_ready else AGAIN_S)

    async def look(self) -> None:
        """Renew if it is time."""
        now, papers = self._now(), await self._disk(self._drawer.current)
        if now is None or papers is None:
            return
        life = certificates.life(papers.cert)
        if now < life.renewal:
            return
        why = "there is no line to try another one on"
        if self._line.is_up:
            try:
                await self._renew(papers)
            except (LinkError, CommandError) as error:
                why = str(error)
            else:
                return
        log.debug("certificate: not renewed: %s", why)
        self._warner.look(life, now, why)

    async def _renew(self, papers: Papers) -> None:
        """Raises `LinkError` or `CommandError` where the old one goes on."""
        node, key = papers.place.node, certificates.new_key()
        csr = certificates.request(key, node)
        word = certificates.vouched(papers.key, csr)
        got = await self._desk.renew(csr, papers.cert, word)
        cert, ca = got.cert.encode(), got.ca.encode()
        certificates.check(cert, key=key, ca=ca, node=node)
        new = Papers(papers.place, key, cert, ca, papers.root)
        folder = await self._disk(lambda: self._drawer.put(new))
        if await self._is_taken(self._login(new, folder)):
            await self._disk(lambda: self._drawer.settle(folder))
            log.info("certificate: renewed until %s", certificates.life(cert).end.date())
            return
        self._line.use(self._login(papers, None))
        await self._disk(lambda: self._drawer.drop(folder))
        raise LinkError("the broker did not take the new certificate")

    def _login(self, papers: Papers, folder: Path | None) -> Login:
        line = self._drawer.line(papers, folder)
        return Login(
            papers.place.node, ca_file=line.ca_file, cert_file=line.cert_file,
            key_file=line.key_file,
        )  # fmt: skip

    async def _is_taken(self, login: Login) -> bool:
        """Whether the broker takes it in time."""
        self._line.use(login)
        try:
            async with asyncio.timeout(TRIAL_S):
                for is_up in (False, True):  # the old connection ends, a new one comes
                    while self._line.is_up is not is_up:  # noqa: ASYNC110  # two components
                        await asyncio.sleep(STEP_S)
        except TimeoutError:
            return False
        return True

    async def _disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)


class ExpiryWatch:
    """Component: tells when a certificate that somebody put into `path` is about to end."""

    name = "certificate"

    def __init__(
        self, path: Path, *, now: Callable[[], datetime | None], alarm: Callable[[str], None]
    ) -> None:
        self._path, self._now, self._warner = path, now, Warner(alarm)

    async def run(self, ready: Callable[[], None]) -> None:
        """Look each hour."""
        ready()
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell if it is time."""
        now = self._now()
        if now is None:
            return
        try:
            life = certificates.life(self._path.read_bytes())
        except (OSError, CommandError) as error:
            log.warning("certificate: %s: %s", self._path, error)
            return
        self._warner.look(life, now, "nobody renews it: put another one into its place")


class Warner:
    """Tells once a day that a certificate ends within two weeks, or has ended."""

    def __init__(self, alarm: Callable[[str], None]) -> None:
        self._alarm = alarm
        self._told: datetime | None = None

    def look(self, life: certificates.Life, now: datetime, why: str) -> None:
        """Tell if it is time; `why` says why there is no other one."""
        left = life.left(now)
        if left > WARN or (self._told is not None and now - self._told < WARN_EVERY):
            return
        self._told = now
        days = left // timedelta(days=1)
        said = f"ends in {days} days" if left > timedelta(0) else f"ended on {life.end.date()}"
        self._alarm(f"the certificate {said}: {why}")
