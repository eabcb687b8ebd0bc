"""The newest actions with all their commands, for who waits and who watches."""

from collections import Counter, OrderedDict
from collections.abc import Callable
from typing import Final

from tools.fleet.lifecycle import Entry

KEPT_MAX: Final = 200
CONTROLLER: Final = "controller"
CONSOLE: Final = "console"
QUIET: Final = frozenset({CONTROLLER, CONSOLE})
"""Who gives commands that nobody decided on: rebirths, stills for the wall."""


class Batches:
    """Belongs to the loop; the oldest action goes first. `changed` is told a batch's name."""

    def __init__(self, changed: Callable[[str], None]) -> None:
        self._changed = changed
        self._batches: OrderedDict[str, dict[str, Entry]] = OrderedDict()
        self._home: dict[str, str] = {}
        self._running: set[str] = set()

    def put(self, entry: Entry) -> None:
        """Know a command as it is now; what nobody decided on is let by."""
        if entry.by in QUIET:
            return
        batch = self._batches.setdefault(entry.batch, {})
        batch[entry.id] = entry
        self._home[entry.id] = entry.batch
        if not entry.has_ended:
            self._running.add(entry.batch)
        while len(self._batches) > KEPT_MAX:
            _, oldest = self._batches.popitem(last=False)
            for id_ in oldest:
                self._home.pop(id_, None)
        self._changed(entry.batch)

    def find(self, id_: str) -> Entry | None:
        """A command by its id."""
        return self._batches.get(self._home.get(id_, ""), {}).get(id_)

    def ended(self) -> list[str]:
        """The actions that have come to their end since this was asked last."""
        over = [
            name
            for name in self._running
            if all(one.has_ended for one in self._batches.get(name, {}).values())
        ]
        self._running.difference_update(over)
        return over

    def entries(self, batch: str) -> list[Entry]:
        """The commands of one action by node; empty where it is not known any more."""
        return sorted(self._batches.get(batch, {}).values(), key=lambda one: (one.node, one.iat))

    def names(self) -> list[str]:
        """The actions, newest first."""
        return list(reversed(self._batches))


def counts(entries: list[Entry]) -> dict[str, int]:
    """How many commands stand where."""
    return dict(Counter(one.status for one in entries))
