"""Gives commands: signs and keeps each one, sends its bytes until it has ended, hears the answers.

What is to be done is decided in `dispatch.py` and `lifecycle.py`; here it is done.
"""

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

import msgspec

from node.control.messages import (
    EVERYONE,
    Ack,
    JsonObject,
    Seq,
    WireCommand,
    typed,
    uuid7,
)
from node.control.orders import KINDS
from node.control.topics import BROADCAST, Address, address
from node.errors import DeviceError
from tools.fleet import lifecycle
from tools.fleet.batches import CONSOLE, Batches
from tools.fleet.dispatch import End, Send, steps
from tools.fleet.keys import Signer
from tools.fleet.lifecycle import Entry
from tools.fleet.logbook import Logbook
from tools.fleet.roster import Roster

log = logging.getLogger(__name__)

Publish = Callable[[Address, bytes, int], bool]
"""Topic, bytes and expiry in seconds to the network; whether there was one."""
ENTROPY_BYTES: Final = 10


@dataclass(frozen=True, slots=True)
class Action:
    """What one person wants of some nodes at once."""

    type: str
    data: JsonObject
    by: str
    ttl_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Draft:
    """A command before it is signed; not `is_ready`: a take of what is not armed."""

    wire: WireCommand
    is_plain: bool
    is_ready: bool


class Commander:
    """Belongs to the loop; SQLite is written on `disk`."""

    def __init__(
        self, org: str, signer: Signer, roster: Roster, logbook: Logbook, *,
        publish: Publish, batches: Batches, disk: Executor, epoch: int,
    ) -> None:  # fmt: skip
        self._org, self._signer, self._roster, self._logbook = org, signer, roster, logbook
        self._publish, self._disk, self._epoch = publish, disk, epoch
        self._open: dict[str, dict[str, Entry]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._armed: dict[str, str] = {}
        self._unwritten: dict[str, Entry] = {}
        self.batches = batches

    @property
    def open(self) -> int:
        """How many commands have no end yet."""
        return sum(len(one) for one in self._open.values())

    def restore(self, now: int) -> None:
        """Go on with what was open, and with the answers that came since. Blocks on the disk."""
        self._numbers = self._logbook.last_numbers()
        for entry in self._logbook.open_entries():
            self._place(entry)
            for _, ack in self._logbook.answers(entry.id):
                self.heard(ack.node, ack, now)
        for entry in reversed(self._logbook.newest(2_000)):
            self.batches.put(entry)
            self._note_armed(entry)

    async def give(self, action: Action, nodes: Iterable[str], now: int) -> str:
        """Command some nodes; the batch's name. Returns once all of it is on disk and on its way.

        Raises `ContractError` for data that its type does not have, `DeviceError`.
        """
        batch = uuid7(now, os.urandom(ENTROPY_BYTES))
        drafts = [self._draft(action, name, batch, now) for name in nodes]
        for draft in drafts:
            typed(draft.wire)
        loop = asyncio.get_running_loop()
        entries = await loop.run_in_executor(self._disk, self._signed, drafts)
        for entry in entries:
            self._place(entry)
            self.batches.put(entry)
        self.pump(now)
        return batch

    def heard(self, node: str, ack: Ack, now: int) -> None:
        """A node's word on a command."""
        entry = self._open.get(node, {}).get(ack.id) or self.batches.find(ack.id)
        if entry is None or entry.node != node:
            return
        new = lifecycle.heard(entry, ack, now)
        if new is entry:
            return
        self._put(new)
        self._note_armed(new)
        if new.is_accepted and not entry.is_accepted and new.kind.mode == "strict":
            self.pump(now, node)

    def born(self, node: str, now: int) -> None:
        """A node is back: what waits for it, or may have been lost, is sent at once."""
        for entry in list(self._open.get(node, {}).values()):
            self._put(msgspec.structs.replace(entry, sent_at=0))
        self.pump(now, node)

    def pump(self, now: int, node: str = "") -> None:
        """Do what is due, for one node or for all."""
        places = [self._open.get(node, {})] if node else self._open.values()
        entries = [entry for place in places for entry in place.values()]
        for step in list(steps(entries, self._roster.is_online, now)):
            match step:
                case Send(entry):
                    self._send(entry, now)
                case End(entry, status):
                    self._put(lifecycle.ended(entry, status, now))

    async def write(self) -> None:
        """Put what changed on disk."""
        changed, self._unwritten = list(self._unwritten.values()), {}
        if not changed:
            return
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self._disk, self._logbook.keep, changed)
        except DeviceError:
            log.exception("fleet: commands cannot be written")
            self._unwritten = {one.id: one for one in changed} | self._unwritten

    def broadcast_stop(self, by: str, now: int) -> None:
        """The one word to all at once; `give` it to each as well, for their answers."""
        kind = KINDS[BROADCAST]
        wire = WireCommand(
            1, uuid7(now, os.urandom(ENTROPY_BYTES)), BROADCAST, EVERYONE, now,
            now + kind.ttl_s * 1000, by=by,
        )  # fmt: skip
        where = address(self._org, "", "all", BROADCAST)
        self._publish(where, self._signer.sign_command(wire), kind.ttl_s)

    def _draft(self, action: Action, node: str, batch: str, now: int) -> _Draft:
        kind = KINDS.get(action.type)
        ttl_s = action.ttl_s or (kind.ttl_s if kind else 0)
        seq = self._next(node, kind.stream) if kind and kind.stream else None
        wire = WireCommand(
            1, uuid7(now, os.urandom(ENTROPY_BYTES)), action.type, node, now,
            now + int(ttl_s * 1000), seq, corr=batch, by=action.by, data=action.data,
        )  # fmt: skip
        is_ready = action.type != "cue.go" or self._armed.get(node) == action.data.get("segment")
        return _Draft(wire, is_plain=self._is_plain(node), is_ready=is_ready)

    def _next(self, node: str, stream: str) -> Seq:
        n = self._numbers.get((node, stream), 0) + 1
        self._numbers[(node, stream)] = n
        return Seq(stream, self._epoch, n)

    def _is_plain(self, node: str) -> bool:
        view = self._roster.view(node)
        return view is not None and view.birth is not None and view.birth.trust == "none"

    def _signed(self, drafts: list[_Draft]) -> list[Entry]:
        """Sign and keep. Thread: the disk's."""
        entries = [self._entry(draft) for draft in drafts]
        self._logbook.keep(one for one in entries if one.by != CONSOLE)
        return entries

    def _entry(self, draft: _Draft) -> Entry:
        wire = draft.wire
        entry = Entry(
            wire.id, wire.aud, wire.type, wire.corr, wire.by, wire.iat, wire.exp, wire.data,
            self._signer.sign_command(wire, is_plain=draft.is_plain), wire.seq,
        )  # fmt: skip
        if draft.is_ready:
            return entry
        why = f"{wire.data.get('segment')}: not armed"
        return lifecycle.ended(entry, "failed", wire.iat, code="precondition", message=why)

    def _send(self, entry: Entry, now: int) -> None:
        expiry_s = max(1, (entry.exp - now) // 1000)
        where = address(self._org, entry.node, "cmd", entry.type)
        if self._publish(where, entry.body, expiry_s):
            self._put(lifecycle.sent(entry, now))

    def _put(self, entry: Entry) -> None:
        self._place(entry)
        if entry.by != CONSOLE:
            self._unwritten[entry.id] = entry
        self.batches.put(entry)

    def _place(self, entry: Entry) -> None:
        place = self._open.setdefault(entry.node, {})
        if entry.has_ended:
            place.pop(entry.id, None)
        else:
            place[entry.id] = entry

    def _note_armed(self, entry: Entry) -> None:
        """A take goes only where its segment was armed and not taken since."""
        if entry.status != "done":
            return
        if entry.type == "cue.arm":
            self._armed[entry.node] = str(entry.data.get("segment", ""))
        elif entry.type in {"cue.go", "live.start", "live.stop"}:
            self._armed.pop(entry.node, None)
