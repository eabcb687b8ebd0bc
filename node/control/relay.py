"""The way of events up: each that the log has comes into the outbox, also if a crash lies between.

The log is written first. How far the outbox is with it is kept there, in one transaction with the
events; at start, after a disk that refused and after a damaged outbox the rest is read from the
log.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from node.control.messages import JsonObject
from node.errors import DeviceError
from node.metrics.asplayed import NAME, closed_files
from node.metrics.events import Event
from node.store.letters import Post
from node.store.postbox import Postbox

log = logging.getLogger(__name__)

MARK: Final = "events"
"""The name in the postbox of the number of the last event that came there."""
MISSED_MAX: Final = 50_000
"""More than a booth's week; what is older stays in the log alone, and a warning says so."""
UNKNOWN: Final = -1
AT_ONCE: Final = 500
"""Events in one transaction: commands that arrive wait for no longer one."""

AsPost = Callable[[str, str, JsonObject, str], Post]
"""Makes the message of an event: id, kind, its line, time."""


class EventRelay:
    """Takes each batch that was written to the log in `folder`; `told` then wakes who sends.

    Thread: the events' own, but for the constructor; never raises for the disk.
    """

    def __init__(
        self, postbox: Postbox, folder: Path, as_post: AsPost, told: Callable[[], None]
    ) -> None:
        self._postbox, self._folder, self._as_post = postbox, folder, as_post
        self._told = told
        self._loop = asyncio.get_running_loop()
        self._mark = UNKNOWN

    def __call__(self, batch: Sequence[Event]) -> None:
        """Put them into the outbox, behind all that is not there yet."""
        try:
            mark = self._postbox.number(MARK)
            if mark != self._mark:  # a start, a disk that refused, or an outbox begun anew
                batch = missed(self._folder, mark)
            self._mark = mark
            self._keep(batch)
        except DeviceError as error:
            self._mark = UNKNOWN
            log.warning("control: events wait in the log: %s", error)
            return
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told)

    def _keep(self, batch: Sequence[Event]) -> None:
        for start in range(0, len(batch), AT_ONCE):
            part = batch[start : start + AT_ONCE]
            posts = [
                self._as_post(one.id, one.ev, msgspec.to_builtins(one), one.ts) for one in part
            ]
            mark = max(self._mark, *(place_of(one.id) for one in part))
            self._postbox.send(posts, (MARK, mark))
            self._mark = mark


def missed(folder: Path, mark: int) -> list[Event]:
    """The events of the log behind `mark`, oldest first; raises `DeviceError`.

    Without a mark (0) those of the log's open file: about the last day.
    """
    try:
        newest_first = _backward(folder, is_all=mark > 0)
        fresh = itertools.takewhile(lambda one: place_of(one.id) > mark, newest_first)
        found = list(itertools.islice(fresh, MISSED_MAX))
    except OSError as error:
        raise DeviceError(f"{folder}: {error.strerror or error}") from error
    if len(found) == MISSED_MAX:
        log.warning("control: events older than %s stay in the log alone", found[-1].ts)
    return found[::-1]


def place_of(id_: str) -> int:
    """The place of an event in the order of all of its node; 0 where its start was not counted."""
    try:
        boot, number = map(int, id_.split("-")[-2:])
    except ValueError:
        return 0
    return boot << 32 | number if boot > 0 else 0


def _backward(folder: Path, *, is_all: bool) -> Iterator[Event]:
    """Events from the newest back; what is torn or of a start that was not counted is left out."""
    closed = closed_files(folder) if is_all else []
    for path in (folder / f"{NAME}.jsonl", *reversed(closed)):
        for line in reversed(path.read_bytes().splitlines() if path.exists() else []):
            try:
                event = msgspec.json.decode(line, type=Event)
            except msgspec.MsgspecError:
                continue
            if place_of(event.id):
                yield event
