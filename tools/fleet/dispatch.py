"""What is to be sent now, and what has come to its end: the rules of the sender; pure.

The same bytes every 4 s until a last word or `exp` (control-plane.md §1.5). In a strict stream the
next leaves only when the one before is accepted or has ended; in a latest stream each at once. What
a node that is not there cannot wait for fails at once; what can wait is sent when it is born again.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from tools.fleet.lifecycle import Entry, State

RESEND_MS: Final = 4_000
PATIENCE_MS: Final = 30_000
"""After `exp` a last word may still be on its way."""


@dataclass(frozen=True, slots=True)
class Send:
    """Let its bytes leave, once more."""

    entry: Entry


@dataclass(frozen=True, slots=True)
class End:
    """Close it with an end of the controller's own."""

    entry: Entry
    status: State


Step = Send | End


def steps(entries: Iterable[Entry], is_online: Callable[[str], bool], now: int) -> Iterator[Step]:
    """What to do about the open commands, in the order in which they were made."""
    waiting: set[tuple[str, str]] = set()
    for entry in sorted(entries, key=_order):
        step = _step(entry, is_online=is_online(entry.node), now=now)
        if isinstance(step, End):
            yield step
            continue
        stream = (entry.node, entry.kind.stream)
        is_held = entry.kind.mode == "strict" and stream in waiting
        if step is not None and not is_held:
            yield step
        if not entry.is_accepted:
            waiting.add(stream)


def _step(entry: Entry, *, is_online: bool, now: int) -> Step | None:
    if now >= entry.exp:
        if entry.sends == 0:
            return End(entry, "offline")
        return End(entry, "timed_out") if now >= entry.exp + PATIENCE_MS else None
    if not is_online:
        gone = not entry.kind.is_queued and entry.sends == 0
        return End(entry, "offline") if gone else None
    return Send(entry) if now - entry.sent_at >= RESEND_MS else None


def _order(entry: Entry) -> tuple[int, int, int, str]:
    if entry.seq is None:
        return entry.iat, 0, 0, entry.id
    return entry.iat, entry.seq.epoch, entry.seq.n, entry.id
