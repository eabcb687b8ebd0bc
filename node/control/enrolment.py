"""How a new node comes to a fleet: asks the console, shows a code, waits for a person's yes.

    make a key -> ask -> show QR, serial, digits -> look every 3 s -> approved: check, keep, begin
                   ^---- over after 15 min, or void ----'

The show runs throughout: nothing here is waited for.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Protocol, TypeVar

from node.board.claiming import Asking, Claiming
from node.channels import State
from node.config_control import MqttConfig
from node.control import certificates
from node.control.claim import Asked, Granted, proven
from node.control.papers import Drawer, Papers, Place
from node.errors import CommandError, LinkError

log = logging.getLogger(__name__)

LOOK_S: Final = 3.0
REFUSED_S: Final = 900.0
"""After a no: an operator may have meant another node."""
RETRY_FIRST_S: Final = 2.0
RETRY_LAST_S: Final = 60.0
T = TypeVar("T")


class Desk(Protocol):
    """The console as the enrolment asks it."""

    @property
    def url(self) -> str:
        """Its address."""
        ...

    async def ask(self, node: str, csr: bytes, *, model: str, serial: str) -> Asked:
        """Ask to be let in."""
        ...

    async def look(self, asked: Asked) -> Granted:
        """What became of it."""
        ...


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who asks."""

    node: str
    model: str
    serial: str


class _OverError(CommandError):
    """The claim has ended without a yes."""


class Enrolment:
    """Component: asks until the node is let in, then gives `begin` the line and is done.

    `judge` gives the faults of such a line. What is shown meanwhile is in `shown`; None at the end.
    """

    name = "enrolment"

    def __init__(
        self,
        who: Applicant,
        desk: Desk,
        drawer: Drawer,
        *,
        shown: State[Claiming | None],
        judge: Callable[[MqttConfig], Iterable[str]],
        begin: Callable[[MqttConfig], None],
    ) -> None:
        self._who, self._desk, self._drawer = who, desk, drawer
        self._shown, self._judge, self._begin = shown, judge, begin

    async def run(self, ready: Callable[[], None]) -> None:
        """Ask until let in; raises `DeviceError` when the disk refuses."""
        self._show("asking")
        with ThreadPoolExecutor(1, "enrolment") as pool:
            self._pool = pool
            key = await self._disk(self._drawer.asking_key)
            ready()
            papers = await self._let_in(key)
            folder = await self._disk(lambda: self._drawer.put(papers))
            await self._disk(lambda: self._drawer.settle(folder))
        self._begin(self._drawer.line(papers))
        log.info("enrolment: %s belongs to %s now", papers.place.node, papers.place.org)
        self._shown.set(None)
        await asyncio.Event().wait()

    async def _let_in(self, key: bytes) -> Papers:
        """Ask, and ask again, until a person said yes and what came is right."""
        delay_s = RETRY_FIRST_S
        while True:
            try:
                return await self._asked_once(key)
            except _OverError as error:
                delay_s = REFUSED_S if error.code == "refused" else RETRY_FIRST_S
                self._show("refused" if error.code == "refused" else "asking", error)
            except (LinkError, CommandError) as error:
                if self._shown.value is None or self._shown.value.why != str(error):
                    log.warning("enrolment: %s", error)
                self._show("asking", error)
                delay_s = min(delay_s * 2, RETRY_LAST_S)
            await asyncio.sleep(delay_s * random.uniform(0.75, 1.0))  # noqa: S311  # no secret
            if delay_s == REFUSED_S:
                delay_s = RETRY_FIRST_S

    async def _asked_once(self, key: bytes) -> Papers:
        """One claim to its end; raises `_OverError` where it ends without a yes."""
        who, loop = self._who, asyncio.get_running_loop()
        csr = certificates.request(key, who.node)
        asked = await self._desk.ask(who.node, csr, model=who.model, serial=who.serial)
        digits, own = proven(asked, key), certificates.fingerprint(key)
        ends_s = loop.time() + asked.expires_in_ms / 1000
        waiting = Claiming(
            "waiting", who.node, self._desk.url, who.serial,
            f"{self._desk.url}/claim#{who.node}.{asked.code}.{own}",
            asked.code, digits, ends_s,
        )  # fmt: skip
        self._shown.set(waiting)
        log.info("enrolment: code %s, digits %s, at %s", asked.code, digits, self._desk.url)
        while True:
            await asyncio.sleep(LOOK_S)
            granted = await self._looked(asked, waiting)
            if granted is not None and granted.standing == "approved":
                self._show("storing")
                return self._papers(granted, asked, key)
            if granted is not None and granted.standing in ("refused", "void"):
                raise _OverError(granted.standing, f"the claim is {granted.standing}")
            if loop.time() >= ends_s:
                raise _OverError("too_old", "the code is over")

    async def _looked(self, asked: Asked, waiting: Claiming) -> Granted | None:
        """How the claim stands; None while the console cannot be reached: the code still holds."""
        try:
            granted = await self._desk.look(asked)
        except LinkError as error:
            self._shown.set(replace(waiting, reason="unreachable", why=str(error)))
            return None
        except CommandError as error:
            raise _OverError("void", str(error)) from error
        self._shown.set(waiting)
        return granted

    def _papers(self, granted: Granted, asked: Asked, key: bytes) -> Papers:
        """What came, if it is right; raises `CommandError` naming what is not."""
        if granted.root != asked.root:
            raise CommandError("bad_payload", "another root key than the one that was compared")
        ca, cert = granted.ca.encode(), granted.cert.encode()
        certificates.check(cert, key=key, ca=ca, node=self._who.node)
        place = Place(self._who.node, granted.org, granted.broker, self._desk.url)
        papers = Papers(place, key, cert, ca, granted.root.encode())
        if faults := list(self._judge(papers.mqtt)):
            raise CommandError("bad_payload", f"the console's answer: {'; '.join(faults)}")
        return papers

    def _show(self, standing: Asking, error: Exception | None = None) -> None:
        code = error.code if isinstance(error, CommandError) else "unreachable" if error else ""
        self._shown.set(
            Claiming(standing, self._who.node, self._desk.url, self._who.serial,
                     reason=code, why=str(error or ""))
        )  # fmt: skip

    async def _disk(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)
