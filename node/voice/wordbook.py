"""The words of the moment's catalog and persona, made anew off the loop when either changes."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from node.catalog.products import Catalog
from node.channels import State
from node.program.show import Show
from node.voice.lexicon import Lexicon, lexicon_of

if TYPE_CHECKING:
    from node.catalog.persona import Persona

LOOK_S: Final = 0.5
"""So long after a change a visitor is still understood by the words from before."""


class Wordbook:
    """Optional component `wordbook`: making a lexicon takes 60 ms (x86-64), a few pictures.

    The first takes 250 ms, as the CLDR is read for it. Whoever asks before it is made waits for it.
    `close` ends its thread.
    """

    name = "wordbook"

    def __init__(
        self, state: State[Show], catalog: Callable[[], Catalog], *, pool: Executor | None = None
    ) -> None:
        self._state, self._catalog = state, catalog
        self._pool = pool or ThreadPoolExecutor(1, "wordbook")
        self._known: tuple[Catalog, Persona, Lexicon] | None = None

    @property
    def lexicon(self) -> Lexicon:
        """The newest one."""
        if self._known is None:
            catalog, persona = self._wanted()
            self._known = (catalog, persona, _made(catalog, persona))
        return self._known[2]

    async def run(self, ready: Callable[[], None]) -> None:
        """Follow catalog and persona until cancelled."""
        ready()
        loop = asyncio.get_running_loop()
        while True:
            catalog, persona = self._wanted()
            known = self._known
            if known is None or known[0] is not catalog or known[1] is not persona:
                made = await loop.run_in_executor(self._pool, _made, catalog, persona)
                self._known = (catalog, persona, made)
            await asyncio.sleep(LOOK_S)

    def close(self) -> None:
        """End the thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _wanted(self) -> "tuple[Catalog, Persona]":
        return self._catalog(), self._state.value.rundown.persona


def _made(catalog: Catalog, persona: "Persona") -> Lexicon:
    """Thread: any."""
    names = tuple(persona.wake_word.values())
    return lexicon_of(catalog, phrases=persona.intents or None, wake_words=names)
