"""Changes the keys of a running fleet: names them to every node, then signs with them.

Nodes that are there must have taken the new section up before anything is signed by its keys; who
is away gets it, retained, when it comes back. The old keys are believed until they end.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, Literal, ParamSpec, TypeVar

from node.control.messages import JsonObject
from node.errors import CommandError, ConfigError
from tools.fleet import rotation
from tools.fleet.alarms import Alarm
from tools.fleet.audit import Audit
from tools.fleet.keys import (
    DAY_MS,
    KeyFile,
    Signer,
    payload_of,
    signing_of,
)
from tools.fleet.people import Person
from tools.fleet.presence import NodeView
from tools.fleet.roster import Roster
from tools.fleet.settings import FILES
from tools.fleet.shelf import Shelf, hash_of
from tools.fleet.wishes import Wishes

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

SETTLE_MS: Final = 10_000
"""After a connect who is there has said so by then."""
WARN_MS: Final = 14 * DAY_MS
LATE_SHOWN: Final = 50


class KeyDesk:
    """Belongs to the loop; files are written on `disk`."""

    def __init__(
        self, folder: Path, signer: Signer, wishes: Wishes, roster: Roster, *,
        audit: Audit, disk: Executor, is_up: Callable[[], bool],
    ) -> None:  # fmt: skip
        self._folder, self._signer, self._wishes, self._roster = folder, signer, wishes, roster
        self._audit, self._disk = audit, disk
        self._is_up, self._down_at = is_up, 0
        self._next: KeyFile | None = None
        self._by = Person("controller", "admin")

    def restore(self) -> None:
        """Go on with keys that were on their way. Blocks."""
        waiting = rotation.pending(self._folder)
        if waiting is not None and not waiting.section.startswith("{"):
            self._take(waiting)

    async def propose(self, now: int) -> bytes:
        """The next section for the root key to sign; raises `CommandError`."""
        return await self._do(rotation.proposed, self._folder, now)

    async def accept(self, section: bytes, person: Person, now: int) -> int:
        """Name the new keys to every node; their version. Raises `CommandError`."""
        self._take(await self._do(rotation.accepted, self._folder, section))
        self._by = person
        self._wishes.name_keys(now)
        ver = self._signer.keys_ver
        await self._audit.note(person, "keys.name", f"version {ver}", nodes=len(self._roster))
        return ver

    async def switch(self, now: int) -> None:
        """Sign with the new keys from now on; raises `CommandError` where there are none."""
        if self._next is None:
            raise CommandError("precondition", "no new keys are on their way")
        file = await self._do(rotation.switched, self._folder)
        self._next = None
        self._signer.now = signing_of(self._folder, file)
        self._wishes.sign_again()
        for digest, nodes in self._manifests().items():
            await self._sign_manifest(digest, nodes, now)
        await self._audit.note(self._by, "keys.switch", file.kids["cmd"], nodes=len(self._roster))
        log.info("keys: %s signs from now on", file.kids["cmd"])

    async def turn(self, now: int) -> None:
        """Switch once everybody who is there knows the new keys."""
        if not self._is_up():
            self._down_at = now
        is_settled = now - self._down_at >= SETTLE_MS
        if self._next is not None and is_settled and not self.late():
            await self.switch(now)

    def late(self) -> list[str]:
        """Who is there and has not taken the new keys up."""
        return [view.id for view in self._roster if view.is_online and not self._knows(view)]

    def shown(self, now: int) -> JsonObject:
        """The keys as people see them; none of it is secret."""
        ver, keys = rotation.keys_in(self._signer.keys_section)
        signing = {self._signer.now.command_kid, self._signer.now.assets_kid}
        coming = set() if self._next is None else set(self._next.kids.values())
        rows = [
            {
                "kid": one.kid, "use": one.use, "exp": one.exp,
                "days": (one.exp - now) // DAY_MS,
                "standing": "signing" if one.kid in signing
                else "next" if one.kid in coming else "old",
            }
            for one in keys
        ]  # fmt: skip
        away = [view.id for view in self._roster if not view.is_online and not self._knows(view)]
        late = self.late() if self._next else []
        return {
            "ver": ver, "keys": rows, "is_switching": self._next is not None,
            "late": late[:LATE_SHOWN], "late_count": len(late), "away_count": len(away),
        }  # fmt: skip

    def alarms(self, now: int) -> Iterator[Alarm]:
        """Keys that sign now and end soon: afterwards no node obeys."""
        _, keys = rotation.keys_in(self._signer.keys_section)
        signing = {self._signer.now.command_kid, self._signer.now.assets_kid}
        for one in keys:
            if one.kid in signing and one.exp - now < WARN_MS:
                days = (one.exp - now) // DAY_MS
                level: Literal["bad", "warn"] = "warn" if days >= 1 else "bad"
                yield Alarm("", level, "keys_end", one.exp - WARN_MS, f"{one.kid}: {days}")

    def _take(self, file: KeyFile) -> None:
        """The old keys sign on, the new section is what nodes are to hold."""
        self._next = file
        now = self._signer.now
        self._signer.now = replace(now, section=file.section.encode(), ver=file.ver)

    def _knows(self, view: NodeView) -> bool:
        if view.birth is not None and view.birth.trust == "none":
            return True
        report = view.reported.get("keys")
        return (
            report is not None
            and report.ver >= self._signer.keys_ver
            and report.status == "applied"
        )

    def _manifests(self) -> dict[str, list[str]]:
        """Which nodes are wanted to have which manifest."""
        found: dict[str, list[str]] = {}
        for view in self._roster:
            wish = self._wishes.get(view.id, "assets")
            if wish is not None:
                found.setdefault(str(wish.data.get("manifest", "")), []).append(view.id)
        return found

    async def _sign_manifest(self, name: str, nodes: list[str], now: int) -> None:
        """The same manifest by the new key: when the old one ends nobody would believe it."""
        shelf = Shelf(self._folder / FILES)
        try:
            held = await self._do(shelf.path(hash_of(name)).read_bytes)
            signed = self._signer.sign_manifest(payload_of(held))
            digest = await self._do(shelf.put, signed)
        except (CommandError, ConfigError, OSError) as error:
            log.warning("keys: the manifest %s is not signed anew: %s", name, error)
            return
        data: JsonObject = {"manifest": f"sha256:{digest}", "bytes": len(signed)}
        await self._wishes.want(nodes, "assets", data, self._by.name, now)

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._disk, partial(work, *args, **kwargs))
