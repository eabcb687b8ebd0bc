"""Judges the day's pictures again and again: an approval may end, a file may change, in the day.

Clips are judged each time before they are opened; slates and cards stay drawn for hours.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial
from pathlib import Path

from node.catalog.approval import refusal
from node.catalog.assets import Approval
from node.catalog.hashes import HashBook

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""An approval ends with its day; a file that has not changed costs a look at its size and time."""


class PictureWatch:
    """Optional component `pictures`.

    `approvals` are those of the pictures of the day that is played, `today` is the booth's;
    `alarm` is told once of each picture that may no longer be shown, `changed` when others may be
    shown than before.
    """

    name = "pictures"

    def __init__(
        self,
        hashes: HashBook,
        *,
        approvals: Callable[[], Mapping[Path, Approval]],
        today: Callable[[], date],
        alarm: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._hashes, self._approvals, self._today = hashes, approvals, today
        self._alarm, self._changed = alarm, changed
        self._pool = ThreadPoolExecutor(1, "pictures")
        self._refused: Mapping[Path, str] = {}

    @property
    def refused(self) -> Mapping[Path, str]:
        """The pictures that may not be shown now, and why."""
        return self._refused

    def may_show(self, path: Path) -> bool:
        """Whether a picture may be shown now; one without an approval may always."""
        return path not in self._refused

    async def run(self, ready: Callable[[], None]) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            ready()
            await asyncio.sleep(EVERY_S)

    async def look(self) -> None:
        """Judge every picture now."""
        judge = partial(_refused, self._approvals(), self._today(), self._hashes)
        found = await asyncio.get_running_loop().run_in_executor(self._pool, judge)
        before, self._refused = self._refused, found
        for path, why in found.items():
            if path not in before:
                log.error("%s is no longer shown: %s", path.name, why)
                self._alarm(f"{path.name}: {why}")
        if found.keys() != before.keys():
            self._changed()

    def close(self) -> None:
        """Judge nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def _refused(
    approvals: Mapping[Path, Approval], today: date, hashes: HashBook
) -> Mapping[Path, str]:
    """Thread: the watch's own."""
    judged = (
        (path, refusal(approval, path, today=today, hashes=hashes))
        for path, approval in approvals.items()
    )
    return {path: why for path, why in judged if why}
