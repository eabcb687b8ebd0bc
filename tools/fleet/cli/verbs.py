"""Which module does which verb, and what all verbs stand on: arguments, words, the controller."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from node.cli.texts import Texts
from node.control.messages import JsonObject
from node.errors import CommandError
from tools.fleet.cli.client import Controller
from tools.fleet.cli.output import Form, ask, say
from tools.fleet.selection import terms

CONFIRM_ABOVE: Final = 10
LOOKING: Final = frozenset({"ls", "describe", "watch", "logs", "ack", "audit"})
GIVING: Final = frozenset({"apply", "assets", "push", "rollout"})
KEYS: Final = frozenset({"keys"})
STAFFING: Final = frozenset({"claim", "tag", "wipe", "token"})


@dataclass(frozen=True, slots=True)
class Desk:
    """What a verb has before it."""

    args: argparse.Namespace
    texts: Texts
    controller: Controller

    @property
    def form(self) -> Form:
        """How the answer is printed."""
        form: Form = self.args.output
        return form

    def selection(self) -> JsonObject:
        """The nodes asked for; raises `SelectionError` for labels that say nothing."""
        terms(self.args.labels)
        chosen: JsonObject = {"ids": self.args.nodes, "labels": self.args.labels}
        return {**chosen, "all": bool(getattr(self.args, "all", False))}

    def confirm(self, targets: Sequence[str], *, above: int = CONFIRM_ABOVE) -> None:
        """Have the number of nodes typed where there are many; raises `CommandError`."""
        count = len(targets)
        if count <= above or self.args.yes:
            return
        typed = ask(self.texts("told.type_count", count=count))
        if typed != str(count):
            raise CommandError("count_differs", self.texts("told.not_typed", count=count))

    def say(self, key: str, **facts: object) -> None:
        """Tell the person."""
        say(self.texts(key, **facts))


def perform(desk: Desk) -> int:
    """Do what was asked; the exit code."""
    # Each is imported where it is asked for, so that a verb starts in a moment.
    verb = desk.args.verb
    if verb in LOOKING:
        from tools.fleet.cli.look import look  # noqa: PLC0415

        return look(desk)
    if verb in GIVING:
        from tools.fleet.cli.give import give  # noqa: PLC0415

        return give(desk)
    if verb in KEYS:
        from tools.fleet.cli.keys import keys  # noqa: PLC0415

        return keys(desk)
    if verb in STAFFING:
        from tools.fleet.cli.staff import staff  # noqa: PLC0415

        return staff(desk)
    from tools.fleet.cli.order import order  # noqa: PLC0415

    return order(desk)
