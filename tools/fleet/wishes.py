"""What is wanted of each node, section by section: versions only grow, copies are retained.

The broker is a cache: after each connect its copies are read back, and what differs from the ledger
is published again; so is what a node has not taken up for 30 s.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from typing import Final

import msgspec

from node.control.messages import ContractError, JsonObject
from node.control.sections import SECTIONS, WANTED, Desired, Section
from node.control.topics import Address, address
from tools.fleet.keys import Signer
from tools.fleet.ledger import Ledger, Wish
from tools.fleet.presence import NodeView
from tools.fleet.roster import Roster

Publish = Callable[[Address, bytes], bool]
GAP_MS: Final = 30_000
SETTLE_MS: Final = 3_000
"""After a connect the broker's copies have come by then (14,000 in 0.2 s: control-plane.md §9)."""
PER_TURN: Final = 125
"""Of what waits to be published, each quarter of a second: 500 a second (§3)."""


class Wishes:
    """Belongs to the loop; SQLite is written on `disk`."""

    def __init__(
        self, org: str, signer: Signer, roster: Roster, ledger: Ledger, *,
        publish: Publish, disk: Executor,
    ) -> None:  # fmt: skip
        self._org, self._signer, self._roster, self._ledger = org, signer, roster, ledger
        self._publish, self._disk = publish, disk
        self._wishes: dict[tuple[str, Section], Wish] = {}
        self._echoes: dict[tuple[str, str], bytes] = {}
        self._settled_at = 0
        self._published_at: dict[tuple[str, Section], int] = {}
        self._waiting: deque[tuple[str, Section]] = deque()

    def restore(self) -> None:
        """Begin with what is on disk. Blocks."""
        for wish in self._ledger.wishes():
            self._wishes[(wish.node, wish.section)] = wish

    def of(self, node: str) -> dict[Section, Wish]:
        """What is wanted of a node."""
        found = {section: self._wishes.get((node, section)) for section in SECTIONS}
        return {section: wish for section, wish in found.items() if wish is not None}

    def get(self, node: str, section: Section) -> Wish | None:
        """What is wanted of a section of a node."""
        return self._wishes.get((node, section))

    async def want(
        self, nodes: Iterable[str], section: Section, data: JsonObject, by: str, now: int
    ) -> dict[str, int]:
        """Want this of some nodes; the version of each. What is wanted already keeps its version.

        Raises `ContractError` for data that the section does not have, `DeviceError`.
        """
        check(section, data)
        names = list(nodes)
        made = [self._next(name, section, data, by, now) for name in names]
        new = [wish for wish in made if self._wishes.get((wish.node, section)) is not wish]
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, self._ledger.keep_wishes, new)
        for wish in new:
            self._wishes[(wish.node, section)] = wish
            self._waiting.append((wish.node, section))
        return {wish.node: wish.ver for wish in made}

    def born(self, view: NodeView, now: int) -> None:
        """A node that is new gets the keys; one that has changed its trust gets all anew."""
        is_plain = view.birth is not None and view.birth.trust == "none"
        held = self.of(view.id)
        again = [
            self._signed(wish, is_plain=is_plain)
            for wish in held.values()
            if wish.section != "keys" and wish.body.startswith(b"{") != is_plain
        ]
        keys, body = held.get("keys"), self._signer.keys_section
        if not is_plain and (keys is None or keys.body != body):
            again.append(Wish(view.id, "keys", self._signer.keys_ver, now, "root", {}, body))
        for wish in again:
            self._wishes[(view.id, wish.section)] = wish
            self._waiting.append((view.id, wish.section))
        if again:
            self._disk.submit(self._ledger.keep_wishes, again)

    def name_keys(self, now: int) -> None:
        """Want the signer's keys of every node that takes what is signed."""
        for view in self._roster:
            self.born(view, now)

    def sign_again(self) -> None:
        """Sign all that is wanted with the signer's key of now; versions stay."""
        again = [
            self._signed(wish, is_plain=False)
            for wish in self._wishes.values()
            if wish.section != "keys" and not wish.body.startswith(b"{")
        ]
        for wish in again:
            self._wishes[(wish.node, wish.section)] = wish
            self._waiting.append((wish.node, wish.section))
        if again:
            self._disk.submit(self._ledger.keep_wishes, again)

    def forget(self, node: str) -> None:
        """Nothing is wanted any more: the retained copies go."""
        for section in SECTIONS:
            self._wishes.pop((node, section), None)
            self._publish(address(self._org, node, "desired", section), b"")

    def line_up(self, now: int) -> None:
        """The broker sends its copies now."""
        self._echoes.clear()
        self._settled_at = now + SETTLE_MS

    def echoed(self, node: str, section: str, body: bytes) -> None:
        """A copy that the broker holds."""
        self._echoes[(node, section)] = body

    def turn(self, now: int) -> None:
        """Publish what waits, what the broker lost and what a node has not taken up."""
        if self._settled_at and now >= self._settled_at:
            self._settled_at = 0
            self._waiting.extend(
                key for key, wish in self._wishes.items() if self._echoes.get(key) != wish.body
            )
            self._echoes.clear()
        if not self._waiting:
            self._waiting.extend(self._gaps(now))
        for _ in range(min(PER_TURN, len(self._waiting))):
            node, section = self._waiting.popleft()
            wish = self._wishes.get((node, section))
            if wish is None:
                continue
            if not self._publish(address(self._org, node, "desired", section), wish.body):
                self._waiting.appendleft((node, section))
                return
            self._published_at[(node, section)] = now

    def _gaps(self, now: int) -> list[tuple[str, Section]]:
        return [
            key
            for key, wish in self._wishes.items()
            if now - max(wish.iat, self._published_at.get(key, 0)) > GAP_MS
            and self._roster.is_online(key[0])
            and is_behind(self._roster.view(key[0]), wish)
        ]

    def _next(self, node: str, section: Section, data: JsonObject, by: str, now: int) -> Wish:
        held = self._wishes.get((node, section))
        if held is not None and held.data == data:
            return held
        view = self._roster.view(node)
        stood = view.reported.get(section) if view else None
        birth = view.birth if view else None
        ver = 1 + max(
            held.ver if held else 0,
            stood.ver if stood else 0,
            birth.desired.get(section, 0) if birth else 0,
        )
        is_plain = birth is not None and birth.trust == "none"
        return self._signed(Wish(node, section, ver, now, by, data, b""), is_plain=is_plain)

    def _signed(self, wish: Wish, *, is_plain: bool) -> Wish:
        content = msgspec.convert(wish.data, WANTED[wish.section])
        desired = Desired(1, wish.node, wish.section, wish.ver, wish.iat, content)
        body = self._signer.sign_desired(desired, is_plain=is_plain)
        return msgspec.structs.replace(wish, body=body)


def check(section: Section, data: Mapping[str, object]) -> None:
    """Raises `ContractError` for data that the section does not have, or that others decide."""
    if section == "keys":
        raise ContractError("bad_payload", "keys: only the root key's owner names them")
    try:
        msgspec.convert(data, WANTED[section])
    except (msgspec.MsgspecError, ValueError) as error:
        raise ContractError("bad_payload", f"{section}: {error}") from error


def is_behind(view: NodeView | None, wish: Wish) -> bool:
    """Whether a node has not said anything yet of what is wanted."""
    report = view.reported.get(wish.section) if view else None
    return report is None or report.ver < wish.ver
