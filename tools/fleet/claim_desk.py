"""Takes claims in, has them approved, and gives the node its certificate."""

import asyncio
import os
import secrets
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from node.control.certificates import digits_of
from node.control.messages import JsonObject, uuid7
from node.errors import CommandError
from tools.fleet import authority, claims
from tools.fleet.claims import WAITING_MAX, Asking, Claim
from tools.fleet.feed import Feed
from tools.fleet.issued import Issued
from tools.fleet.keys import ROOT_PUBLIC, fingerprint
from tools.fleet.ledger import Ledger
from tools.fleet.settings import CA_CERT, Settings

KIND = "claim"
SOURCES_MAX = 10_000
"""Addresses remembered; more are forgotten all at once."""
_HIDDEN = ("csr", "code", "secret", "cert")


class ClaimDesk:
    """Belongs to the loop; SQLite is written on `disk`.

    `admit` is told who was let in, `is_there` says whether a node of a name is online.
    """

    def __init__(
        self, folder: Path, settings: Settings, ledger: Ledger, *, feed: Feed, disk: Executor,
        admit: Callable[[str], None], issued: Issued, is_there: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self._folder, self._settings, self._ledger = folder, settings, ledger
        self._is_there = is_there
        self._feed, self._disk, self._admit, self._issued = feed, disk, admit, issued
        self._claims: dict[str, Claim] = {}
        self._asked: dict[str, list[int]] = {}

    def restore(self) -> None:
        """Go on with what was asked. Blocks on the disk."""
        for name, content in self._ledger.papers(KIND).items():
            claim = self._claims[name] = msgspec.json.decode(content, type=Claim)
            if claim.cert:
                self._issued.know(claim.node, claim.cert.encode())

    async def ask(self, asking: Asking, source: str, now: int) -> JsonObject:
        """A node asks from an address; what it is to show. Raises `CommandError` for too many."""
        if asking.node == self._settings.client_id:  # its certificate may say all that we may
            raise CommandError("name_taken", f"{asking.node} is the controller's own name")
        recent = [at for at in self._asked.get(source, ()) if now - at < claims.MINUTE_MS]
        if len(self._asked) > SOURCES_MAX:
            self._asked.clear()
        self._asked[source] = [*recent, now]
        if (
            len(recent) >= claims.PER_MINUTE
            or sum(one.is_open(now) for one in self._claims.values()) >= WAITING_MAX
        ):
            raise CommandError("busy", "too many claims: wait a minute")
        key = authority.fingerprint(asking.csr.encode())
        root = fingerprint(self._folder / ROOT_PUBLIC)
        claim = Claim(
            uuid7(now, os.urandom(10)), asking.node, asking.csr, asking.model, asking.serial,
            claims.code_of(os.urandom(claims.CODE_BYTES)), secrets.token_urlsafe(24), key,
            digits_of(key, root), now,
        )  # fmt: skip
        await self._keep(claim)
        return {
            "id": claim.id,
            "secret": claim.secret,
            "code": claim.code,
            "fingerprint": key,
            "digits": claim.digits,
            "expires_at": now + claims.LIFE_MS,
            "expires_in_ms": claims.LIFE_MS,
            "root": (self._folder / ROOT_PUBLIC).read_text(),
        }

    async def approve(self, code: str, by: str, now: int, name: str = "") -> Claim:
        """Let in who shows that code; raises `CommandError` where nobody does."""
        claim = claims.tried(self._found(code, name, now), code, by, now)
        if claim.standing == "approved" and self._is_there(claim.node):
            why = "is online: give the new one another name, or wipe that one first"
            raise CommandError("name_taken", f"{claim.node} {why}")
        if claim.standing == "approved":
            cert = authority.sign_request(self._folder, claim.csr.encode(), claim.node)
            claim = msgspec.structs.replace(claim, cert=cert.decode())
            await self._issued.note(claim.node, cert)
            self._admit(claim.node)
        await self._keep(claim)
        if claim.standing != "approved":
            raise CommandError("precondition", "the code is not the one on the node's screen")
        return claim

    async def refuse(self, code: str, by: str, now: int, name: str = "") -> Claim:
        """Say no to who shows that code; raises `CommandError` where nobody does."""
        found = self._found(code, name, now)
        claim = msgspec.structs.replace(found, standing="refused", by=by)
        await self._keep(claim)
        return claim

    def bundle(self, name: str, secret: str, now: int) -> JsonObject:
        """What the node may know of its claim; raises `CommandError` for who is not that node."""
        claim = self._claims.get(name)
        if claim is None or not secrets.compare_digest(claim.secret, secret):
            raise CommandError("precondition", "no such claim")
        if claim.standing != "approved":
            is_over = claim.standing == "waiting" and not claim.is_open(now)
            return {"standing": "void" if is_over else claim.standing}
        return {
            "standing": "approved",
            "node": claim.node,
            "org": self._settings.org,
            "broker": self._settings.broker,
            "cert": claim.cert,
            "ca": (self._folder / CA_CERT).read_text(),
            "root": (self._folder / ROOT_PUBLIC).read_text(),
        }

    def shown(self, name: str) -> JsonObject | None:
        """A claim as watchers get it: without what only the node's screen shows."""
        claim = self._claims.get(name)
        if claim is None:
            return None
        told = {k: v for k, v in msgspec.to_builtins(claim).items() if k not in _HIDDEN}
        return {**told, "expires_at": claim.at + claims.LIFE_MS}

    def all_shown(self) -> list[JsonObject]:
        """The newest, newest first."""
        shown = [self.shown(name) for name in sorted(self._claims, reverse=True)[:WAITING_MAX]]
        return [one for one in shown if one is not None]

    def _found(self, code: str, name: str, now: int) -> Claim:
        waiting = [one for one in self._claims.values() if one.is_open(now)]
        found = [one for one in waiting if (one.id == name if name else _shows(one, code))]
        if not found:
            raise CommandError("precondition", "no node shows this code now")
        return found[0]

    async def _keep(self, claim: Claim) -> None:
        self._claims[claim.id] = claim
        self._feed.touch("claim", claim.id)
        body = msgspec.json.encode(claim)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, self._ledger.keep_paper, KIND, claim.id, body)


def _shows(claim: Claim, code: str) -> bool:
    return secrets.compare_digest(claim.code, code.strip().upper())
