"""The life of one command as the controller knows it, from `created` to its end; pure.

`created -> sent -> accepted -> running -> done | failed | rejected | expired | superseded |
cancelled`, as the node says; the controller's own ends are `offline` (it never left, the node was
not there) and `timed_out` (no last word came, the effect is unknown).
"""

from typing import Final, Literal

import msgspec

from node.control.messages import TERMINAL, Ack, JsonObject, Seq, Status
from node.control.orders import KINDS, Kind

State = Literal["created", "sent", "offline", "timed_out"] | Status
OWN_ENDS: Final[frozenset[State]] = frozenset({"offline", "timed_out"})
ENDS: Final[frozenset[State]] = OWN_ENDS | TERMINAL
_RANK: Final[dict[State, int]] = {"created": 0, "sent": 1, "accepted": 2, "running": 3}
_LAST: Final = 4


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """A command to one node: what was signed, and what became of it; times in Unix ms, 0 never.

    `batch` is shared by all that one operator's action sent out.
    """

    id: str
    node: str
    type: str
    batch: str
    by: str
    iat: int
    exp: int
    data: JsonObject
    body: bytes = b""
    seq: Seq | None = None
    status: State = "created"
    code: str = ""
    message: str = ""
    progress: float = 0.0
    result: JsonObject = {}
    sends: int = 0
    sent_at: int = 0
    accepted_at: int = 0
    ended_at: int = 0

    @property
    def has_ended(self) -> bool:
        """Whether its last word was said."""
        return self.status in ENDS

    @property
    def is_accepted(self) -> bool:
        """Whether the node has it on disk, or it has ended."""
        return _rank(self.status) >= _RANK["accepted"]

    @property
    def kind(self) -> Kind:
        """What the contract says of its type."""
        return KINDS[self.type]


def sent(entry: Entry, now: int) -> Entry:
    """The entry once its bytes have left."""
    status: State = "sent" if entry.status == "created" else entry.status
    return msgspec.structs.replace(entry, status=status, sends=entry.sends + 1, sent_at=now)


def heard(entry: Entry, ack: Ack, now: int) -> Entry:
    """The entry after the node's word; a word that says less than is known changes nothing.

    A late last word overrules `timed_out`: the effect is known then.
    """
    is_late = entry.status == "timed_out" and ack.status in TERMINAL
    if not is_late and _rank(ack.status) < _rank(entry.status):
        return entry
    if entry.has_ended and not is_late:
        return entry
    reason = ack.reason
    return msgspec.structs.replace(
        entry,
        status=ack.status,
        code=reason.code if reason else "",
        message=reason.message if reason else "",
        progress=ack.progress or (1.0 if ack.status == "done" else entry.progress),
        result=ack.result,
        accepted_at=entry.accepted_at or now,
        ended_at=now if ack.status in TERMINAL else 0,
    )


def ended(entry: Entry, status: State, now: int, *, code: str = "", message: str = "") -> Entry:
    """The entry at an end that the controller gives it."""
    return msgspec.structs.replace(entry, status=status, code=code, message=message, ended_at=now)


def _rank(status: State) -> int:
    return _RANK.get(status, _LAST)
