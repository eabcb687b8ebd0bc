"""The controller: what nodes say comes in, what people want goes out; every part meets here."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from node.control.messages import Ack, Birth, Online, TimeQuery, TimeReply
from node.control.sections import Reported
from node.control.telemetry import CloudEvent
from node.control.topics import Address, address
from node.errors import ConfigError
from tools.fleet import authority
from tools.fleet.alarms import Alarms
from tools.fleet.asks import Asks
from tools.fleet.audit import Audit
from tools.fleet.batches import CONTROLLER, Batches, counts
from tools.fleet.claim_desk import ClaimDesk
from tools.fleet.commander import Action, Commander
from tools.fleet.feed import Feed
from tools.fleet.issued import Issued
from tools.fleet.key_desk import KeyDesk
from tools.fleet.keys import Signer, load_signer
from tools.fleet.ledger import Ledger
from tools.fleet.line import Line
from tools.fleet.logbook import Logbook
from tools.fleet.people import Person
from tools.fleet.presence import NodeView
from tools.fleet.reading import Echo, Tele, Word
from tools.fleet.register import Register
from tools.fleet.rollout_desk import RolloutDesk
from tools.fleet.roster import Roster
from tools.fleet.settings import DATABASE, Settings, broker_of, load_settings
from tools.fleet.struck import Struck
from tools.fleet.views import Views
from tools.fleet.wall import now_ms
from tools.fleet.wishes import Wishes

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

TURN_S: Final = 0.25
PRUNE_TURNS: Final = 14_400
"""Turns in an hour."""
EPOCH: Final = "epoch"


class Controller:
    """Belongs to the loop. `run` restores, connects and works until it is cancelled."""

    def __init__(
        self, settings: Settings, folder: Path, *, signer: Signer, ledger: Ledger, epoch: int
    ) -> None:
        self.settings, self.folder, self.signer, self.ledger = settings, folder, signer, ledger
        self.disk = ThreadPoolExecutor(1, "fleet-disk")
        self.logbook = Logbook(ledger.database)
        self.feed = Feed(lambda kind, key: self.views.rendered(kind, key, now_ms()))
        self.roster = Roster(lambda name: self.feed.touch("node", name))
        self.audit = Audit(ledger, self.disk, lambda: self.feed.touch("audit", ""))
        place, login = broker_of(settings, folder)
        self.line = Line(settings.org, place, login, self, self.logbook)
        org = settings.org
        self.register = Register(ledger, self.disk)
        self.wishes = Wishes(
            org, signer, self.roster, ledger, publish=self.line.publish, disk=self.disk
        )
        self.commander = Commander(
            org, signer, self.roster, self.logbook,
            publish=lambda where, body, expiry_s: self.line.publish(where, body, expiry_s=expiry_s),
            batches=Batches(lambda name: self.feed.touch("batch", name)),
            disk=self.disk, epoch=epoch,
        )  # fmt: skip
        self.rollouts = RolloutDesk(
            self.wishes, self.roster, ledger, feed=self.feed, disk=self.disk
        )
        self.issued = Issued(folder, ledger, self.disk)
        self.keys = KeyDesk(
            folder, signer, self.wishes, self.roster, audit=self.audit, disk=self.disk,
            is_up=lambda: self.line.is_up,
        )  # fmt: skip
        self.claims = ClaimDesk(
            folder, settings, ledger, is_there=self.roster.is_online,
            feed=self.feed, disk=self.disk, admit=self._admit, issued=self.issued,
        )  # fmt: skip
        self.struck = Struck(org, self.roster, ledger, publish=self.line.publish, disk=self.disk)
        self.asks = Asks()
        self.alarms = Alarms()
        self.views = Views(self)
        self._tasks: set[asyncio.Future[str]] = set()

    async def run(self) -> None:
        """Work until cancelled; what has changed is on disk when it returns."""
        loop = asyncio.get_running_loop()
        self.roster.restore(await loop.run_in_executor(self.disk, self.ledger.nodes))
        for part in (
            self.register,
            self.wishes,
            self.rollouts,
            self.issued,
            self.keys,
            self.claims,
            self.struck,
        ):
            await loop.run_in_executor(self.disk, part.restore)
        self.commander.restore(now_ms())
        self.line.open()
        try:
            turn = 0
            while True:
                await self._turn()
                turn += 1
                if turn % PRUNE_TURNS == 0:
                    await loop.run_in_executor(self.disk, self.logbook.prune)
                    for alarm in self.keys.alarms(now_ms()):
                        log.warning("%s: %s days left: fleet keys rotate", alarm.code, alarm.detail)
                await asyncio.sleep(TURN_S)
        finally:
            await asyncio.shield(self._end())

    async def on_disk(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Have something done on the disk's thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.disk, partial(work, *args, **kwargs))

    def heard(self, address: Address, word: Word, now: int, *, is_retained: bool) -> None:
        """A node said something."""
        if address.node in self.struck:
            self.struck.heard(address, word, now)
        else:
            self._hear(address, word, now, is_retained=is_retained)

    def _hear(self, address: Address, word: Word, now: int, *, is_retained: bool) -> None:
        name = address.node
        match word:
            case Ack():
                self.commander.heard(name, word, now)
            case CloudEvent():
                self.alarms.event(name, word, now)
                self.feed.touch("node", name)
            case TimeQuery():
                self._tell_time(name, word, now)
            case Echo(section, body):
                if is_retained:
                    self.wishes.echoed(name, section, body)
            case _:
                self._look(name, word, now)

    def line_up(self) -> None:
        """The broker took us: what it holds is compared with what we hold."""
        log.info("connected to %s", self.settings.broker)
        self.wishes.line_up(now_ms())
        self.feed.touch("line", "")

    def line_down(self, why: str) -> None:
        """The connection ended; it is made again."""
        log.warning("no broker: %s", why)
        self.feed.touch("line", "")

    def forget(self, name: str, now: int) -> None:
        """Strike a node out: its retained messages go, nothing is wanted of it any more."""
        self.wishes.forget(name)
        self.struck.strike(name, now)
        self.disk.submit(self.ledger.forget_node, name)

    async def _turn(self) -> None:
        now = now_ms()
        self.commander.pump(now)
        self.wishes.turn(now)
        await self.rollouts.turn(now)
        await self.keys.turn(now)
        await self.commander.write()
        await self._note_ends()
        self.feed.flush(now)

    async def _note_ends(self) -> None:
        """What came of each action, beside the line that says who wanted it."""
        batches = self.commander.batches
        for name in batches.ended():
            entries = batches.entries(name)
            if entries:
                tally = sorted(counts(entries).items())
                result = ", ".join(f"{status} {count}" for status, count in tally)
                person = Person(entries[0].by.removeprefix("op:"), "operator")
                await self.audit.note(
                    person, "result", entries[0].type, result=result, nodes=len(entries), batch=name
                )

    async def _end(self) -> None:
        await asyncio.to_thread(self.line.close)
        await self.commander.write()
        self.disk.shutdown(wait=True)
        self.ledger.close()

    def _look(self, name: str, word: Online | Birth | Reported | Tele, now: int) -> None:
        self._meet(name, now)
        if isinstance(word, Tele) and word.kind == "ask":
            self.asks.put(name, word.value, now)
            return
        if self.roster.heard(name, word, now):
            self._ask_rebirth(name, now)
        if isinstance(word, (Online, Birth)):
            self._arrived(name, word, now)

    def _admit(self, name: str) -> None:
        """A person let a node in, be it for the first time or again."""
        self.struck.welcome(name)
        self._meet(name, now_ms())

    def _meet(self, name: str, now: int) -> None:
        if name not in self.roster:
            self.roster.put(NodeView(name))
            self.disk.submit(self.ledger.keep_node, name, {}, now)

    def _arrived(self, name: str, word: Online | Birth, now: int) -> None:
        view = self.roster.view(name)
        if view is not None and isinstance(word, Birth):
            self.wishes.born(view, now)
        if view is not None and view.is_online:
            self.commander.born(name, now)

    def _ask_rebirth(self, name: str, now: int) -> None:
        action = Action("rebirth", {}, CONTROLLER)
        task = asyncio.ensure_future(self.commander.give(action, [name], now))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _tell_time(self, name: str, query: TimeQuery, now: int) -> None:
        view = self.roster.view(name)
        is_plain = view is not None and view.birth is not None and view.birth.trust == "none"
        reply = TimeReply(1, name, query.nonce, query.t0, now, now_ms())
        body = self.signer.sign_time(reply, is_plain=is_plain)
        self.line.publish(address(self.settings.org, name, "time"), body)


def open_controller(folder: Path, changes: Mapping[str, str] | None = None) -> Controller:
    """The controller of a folder that `fleet init` made; raises `ConfigError`. Blocks.

    `changes` take the place of settings in `fleet.toml`.
    """
    settings, signer = load_settings(folder, changes or {}), load_signer(folder)
    _renew_own(folder)
    ledger = Ledger(folder / DATABASE)
    epoch = ledger.fact(EPOCH)
    if not epoch:
        epoch = str(now_ms() // 1000)
        ledger.keep_fact(EPOCH, epoch)
    return Controller(settings, folder, signer=signer, ledger=ledger, epoch=int(epoch))


def _renew_own(folder: Path) -> None:
    """The fleet's own certificates, before they end; the broker reads its own at its next start."""
    for stem in ("ctl", "https", "broker"):
        try:
            if authority.renew_pair(folder, stem, datetime.now(UTC)):
                log.warning("%s.crt is renewed; whoever reads it must start again", stem)
        except ConfigError as error:
            log.warning("%s.crt ends soon, and nobody can renew it here: %s", stem, error)
