"""Keeps the show's place once a second, so that a killed node goes on where it was."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import msgspec

from node.channels import State
from node.errors import DeviceError
from node.program.schedule import Saved, saved_of
from node.program.show import Show
from node.store.kept import Store

KEY = "show"
EVERY_S = 1.0


class Memory:
    """Optional component: the disk may be full, the show goes on."""

    name = "memory"

    def __init__(self, store: Store, *, state: State[Show], now: Callable[[], datetime]) -> None:
        self._store = store
        self._state = state
        self._now = now

    async def run(self, ready: Callable[[], None]) -> None:
        """Keep the place until cancelled; raises `DeviceError` when the disk refuses."""
        while True:
            await asyncio.sleep(EVERY_S)
            saved = saved_of(self._state.value, self._now().timestamp())
            await self._store.keep(KEY, msgspec.json.encode(saved))
            ready()


async def remembered(store: Store) -> Saved | None:
    """The place last kept, or None when there is none, or none that can be read."""
    try:
        kept = await store.kept(KEY)
        return None if kept is None else msgspec.json.decode(kept, type=Saved)
    except (DeviceError, msgspec.DecodeError):
        return None
