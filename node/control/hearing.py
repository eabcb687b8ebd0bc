"""What came by the network's thread, told on the loop's."""

import asyncio
from collections.abc import Callable

from node.control.messages import ContractError, TimeReply
from node.control.receiving import Kept
from node.control.sections import Section
from node.errors import DeviceError


class Hearing:
    """The receiver's listener: each call is handed over to the loop, to whom it concerns.

    Neighbours are called on the loop's thread: `commanded` when there is a row to obey, `desired`
    and `refused_section` for desired state, `alarm` when the disk keeps nothing. `is_refusing`
    holds from then until a message could be kept again.
    """

    def __init__(
        self,
        *,
        commanded: Callable[[], None],
        desired: Callable[[Section, Kept], None],
        refused_section: Callable[[str, ContractError], None],
        alarm: Callable[[str], None],
    ) -> None:
        self._commanded, self._desired = commanded, desired
        self._refused_section, self._alarm = refused_section, alarm
        self._loop: asyncio.AbstractEventLoop | None = None
        self._said: Callable[[], None] = commanded
        self._timed: Callable[[TimeReply, float], None] | None = None
        self.is_refusing = False

    def bind(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        said: Callable[[], None],
        timed: Callable[[TimeReply, float], None],
    ) -> None:
        """From now on tell it on this loop; answers lie in the outbox, the time was told."""
        self._loop, self._said, self._timed = loop, said, timed

    def commanded(self) -> None:
        """A row or an answer was kept."""
        self._hop(self._commanded)
        self._hop(self._said)

    def desired(self, section: Section, kept: Kept) -> None:
        """A section came."""
        self._hop(lambda: self._desired(section, kept))

    def refused_section(self, section: str, error: ContractError) -> None:
        """A section came that cannot be used."""
        self._hop(lambda: self._refused_section(section, error))

    def timed(self, reply: TimeReply, loop_s: float) -> None:
        """The controller answered."""
        timed = self._timed
        if timed is not None:
            self._hop(lambda: timed(reply, loop_s))

    def disk_refused(self, error: DeviceError) -> None:
        """Take nothing more until the disk works; the broker keeps what is not acknowledged."""
        self.is_refusing = True
        self._hop(lambda: self._alarm(str(error)))

    def _hop(self, work: Callable[[], None]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(work)
