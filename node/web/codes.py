"""The codes given out for showings of cards, kept on disk: a photographed one is scanned later.

Optional component: while the disk refuses, codes are known until the node ends.
"""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from node.errors import DeviceError
from node.store.kept import Store
from node.stream.crowd import Showing

log = logging.getLogger(__name__)

CODE_LENGTH = 6
CODE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""No letters that are mistaken for digits; 31^6 = 8.9e8 codes."""
CODES_KEPT = 20_000
"""A booth shows a card some 500 times a day: codes live for weeks."""
BOOK = "codes"


class ScanCodes:
    """Optional component `codes`. Without a `store` nothing outlives the process."""

    name = "codes"

    def __init__(self, store: Store | None = None) -> None:
        self._store = store
        self._given: OrderedDict[str, Showing] = OrderedDict()
        self._unkept: OrderedDict[str, Showing] = OrderedDict()
        self._is_new = asyncio.Event()

    async def restore(self) -> None:
        """Know again what was given out before the node's start."""
        if self._store is None:
            return
        try:
            for code, value in await self._store.listed(BOOK):
                self._given[code] = msgspec.json.decode(value, type=Showing)
        except (DeviceError, msgspec.MsgspecError) as error:
            log.warning("codes given out before this start are forgotten: %s", error)

    async def run(self, ready: Callable[[], None]) -> None:
        """Keep each new code as soon as it is given out; raises `DeviceError`.

        A power cut loses a code that the disk has not written yet: photographed in that moment,
        it leads to the page of an unknown code.
        """
        while True:
            fresh = list(self._unkept.items())
            if fresh and self._store is not None:
                rows = [(code, msgspec.json.encode(showing)) for code, showing in fresh]
                await self._store.enlist(BOOK, rows, most=CODES_KEPT)
                for code, _ in fresh:
                    self._unkept.pop(code, None)
            ready()
            if not self._unkept:
                self._is_new.clear()
            await self._is_new.wait()

    def give(self, showing: Showing) -> str:
        """A new code of a showing."""
        code = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))
        for book in (self._given, self._unkept):
            book[code] = showing
            while len(book) > CODES_KEPT:
                book.popitem(last=False)
        self._is_new.set()
        return code

    def find(self, code: str) -> Showing | None:
        """What a code was given out for, or None for one that never was, or long ago."""
        return self._given.get(code)
