"""Nodes that were struck out: what they still say is cleared, and they are seen as wiped.

A certificate that is revoked cuts no open connection, and one that is not revoked opens the next.
"""

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final

import msgspec

from node.control.messages import Online
from node.control.sections import SECTIONS
from node.control.topics import Address, address
from tools.fleet.ledger import Ledger
from tools.fleet.presence import NodeView
from tools.fleet.reading import Echo, Word
from tools.fleet.roster import Roster

KIND: Final = "struck"
RETAINED: Final = frozenset({"online", "birth", "reported", "desired"})


class _Paper(msgspec.Struct, frozen=True):
    at: int


class Struck:
    """Belongs to the loop; SQLite is written on `disk`. `publish` empties a retained topic."""

    def __init__(
        self, org: str, roster: Roster, ledger: Ledger, *,
        publish: Callable[[Address, bytes], bool], disk: Executor,
    ) -> None:  # fmt: skip
        self._org, self._roster, self._ledger = org, roster, ledger
        self._publish, self._disk = publish, disk
        self._since: dict[str, int] = {}

    def __contains__(self, name: str) -> bool:
        return bool(self._since.get(name))

    def restore(self) -> None:
        """Begin with what is on disk. Blocks."""
        for name, content in self._ledger.papers(KIND).items():
            self._since[name] = msgspec.json.decode(content, type=_Paper).at

    def strike(self, name: str, now: int) -> None:
        """Strike a node out: all that is retained of it goes."""
        for channel in ("online", "birth"):
            self._publish(address(self._org, name, channel), b"")
        for section in SECTIONS:
            self._publish(address(self._org, name, "reported", section), b"")
        self._roster.forget(name)
        self._keep(name, now)

    def welcome(self, name: str) -> None:
        """It was let in again."""
        if name in self:
            self._keep(name, 0)

    def heard(self, where: Address, word: Word, now: int) -> None:
        """It is still there: seen as wiped until it goes, and nothing of it stays retained."""
        name = where.node
        if where.channel in RETAINED:
            self._publish(where, b"")
        if isinstance(word, Online) and not word.online:
            self._roster.forget(name)
        elif not isinstance(word, Echo):
            view = self._roster.view(name) or NodeView(name)
            self._roster.put(
                msgspec.structs.replace(view, wiped_at=self._since[name], seen_at=now)
            )  # fmt: skip

    def _keep(self, name: str, at: int) -> None:
        self._since[name] = at
        body = msgspec.json.encode(_Paper(at))
        self._disk.submit(self._ledger.keep_paper, KIND, name, body)
