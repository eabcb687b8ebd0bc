"""The assistant takes over where the host leaves questions waiting, and hands back."""

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Final

from node.channels import State
from node.errors import CommandError
from node.program.commands import Busy
from node.program.show import Show
from node.voice.acting import BY, Submit

WAITING: Final = 3
WITHIN_S: Final = 60.0
"""So many questions wait for staff within so long: the host has no time (domain rules, R36)."""


class StandIn:
    """Turns BUSY on over a live segment, and off once nobody waits. Loop thread only.

    A BUSY that someone pressed is left alone, and so is one that was taken back by hand.
    """

    def __init__(self, state: State[Show], submit: Submit) -> None:
        self._state, self._submit = state, submit
        self._stands_in = False

    def look(self, waiting: int, group: asyncio.TaskGroup) -> None:
        """`waiting`: the questions of the last `WITHIN_S` that staff has not seen to."""
        show = self._state.value
        if self._stands_in:
            if not show.is_busy:
                self._stands_in = False
            elif not waiting:
                self._stands_in = False
                group.create_task(_obeyed(self._submit(Busy(is_busy=False), BY)))
        elif waiting >= WAITING and show.segment.kind == "live" and not show.is_busy:
            group.create_task(self._begin())

    async def _begin(self) -> None:
        self._stands_in = await _obeyed(self._submit(Busy(is_busy=True), BY))


async def _obeyed(work: Awaitable[object]) -> bool:
    """Whether it was obeyed: where nobody can stand in, the questions wait on."""
    with contextlib.suppress(CommandError):
        await work
        return True
    return False
