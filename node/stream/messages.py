"""Viewers' messages on their way to the screen: cleaned, filtered, approved by the operator.

L6 (domain.md): interaction is filtered. A message with a forbidden word is dropped and only
counted; the others wait for a person, unless the merchant has chosen otherwise.
"""

import secrets
import unicodedata
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from node.catalog.lint import lint
from node.catalog.market import STRICTEST, MarketRules, rules_of
from node.errors import CommandError

WAITING_MAX = 200
"""So many messages wait; a newer one pushes the oldest out."""
MARKS_MAX = 3
JOINERS = "\u200c\u200d"
"""Without these, Persian and Hindi words and families of emoji fall apart."""
DECIDED_KEPT = 500
"""Decisions remembered, so that a repeated one does no harm."""

Verdict = Literal["approved", "refused"]
Fate = Literal["waits", "approved", "filtered"]


@dataclass(frozen=True, slots=True)
class Message:
    """A viewer's message, cleaned; `sid` is the random id of the viewer's session."""

    id: str
    sid: str
    text: str
    name: str
    at_s: float


class Messages:
    """The messages that wait; `words` are refused beside the hard words of `rules`.

    `is_approved_first` false shows what passes the filter at once.
    """

    def __init__(
        self,
        words: Iterable[str],
        *,
        is_approved_first: bool,
        rules: Callable[[], MarketRules] = lambda: rules_of(STRICTEST),
    ) -> None:
        self._rules = rules
        self._words = tuple(filter(None, map(_dense, words)))
        self._is_approved_first = is_approved_first
        self._waiting: OrderedDict[str, Message] = OrderedDict()
        self._decided: OrderedDict[str, Verdict] = OrderedDict()
        self.overflowed = 0

    @property
    def waiting(self) -> tuple[Message, ...]:
        """What waits for the operator, oldest first."""
        return tuple(self._waiting.values())

    def take(self, sid: str, text: str, name: str, now_s: float) -> tuple[Fate, Message]:
        """Judge a message: it waits, is approved at once, or is dropped."""
        message = Message(secrets.token_hex(6), sid, clean(text), clean(name), now_s)
        if not message.text or self._is_forbidden(f"{message.text}\n{message.name}"):
            return "filtered", message
        if not self._is_approved_first:
            self._decide(message.id, "approved")
            return "approved", message
        self._waiting[message.id] = message
        if len(self._waiting) > WAITING_MAX:
            self._waiting.popitem(last=False)
            self.overflowed += 1
        return "waits", message

    def decide(self, id_: str, verdict: Verdict) -> Message | None:
        """Approve or refuse a message that waits; None if exactly that was decided before.

        Raises:
            CommandError: "decided" otherwise before; "unknown_message" for one not waiting here.
        """
        message = self._waiting.pop(id_, None)
        if message is not None:
            self._decide(id_, verdict)
            return message
        before = self._decided.get(id_)
        if before is None:
            raise CommandError("unknown_message", f"no message {id_!r} waits")
        if before != verdict:
            raise CommandError("decided", f"message {id_!r} was {before} before")
        return None

    def _decide(self, id_: str, verdict: Verdict) -> None:
        self._decided[id_] = verdict
        if len(self._decided) > DECIDED_KEPT:
            self._decided.popitem(last=False)

    def _is_forbidden(self, text: str) -> bool:
        dense, rules = _dense(text), self._rules()
        if lint(text, rules).hard or lint(dense, rules).hard:  # 顶-级, too
            return True
        return any(word in dense for word in self._words)


def clean(text: str) -> str:
    """One line without control, invisible and direction characters (Unicode categories C*).

    Runs of marks are cut to three: stacked ones would draw over other messages. Spaces are one.
    """
    kept: list[str] = []
    marks = 0
    for char in unicodedata.normalize("NFC", text):
        category = unicodedata.category(char)
        marks = marks + 1 if category in ("Mn", "Me") else 0
        is_hidden = category.startswith("C") and char not in JOINERS
        if is_hidden or category in ("Zl", "Zp"):
            kept.append(" " if char in "\t\n\r" or category in ("Zl", "Zp") else "")
        elif marks <= MARKS_MAX:
            kept.append(char)
    return " ".join("".join(kept).split())


def _dense(text: str) -> str:
    """Letters and digits as they are compared: no spaces, signs, case or width hide a word."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in plain if char.isalnum())
