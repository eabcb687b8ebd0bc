"""Who has a token: in memory, so that every request knows its person at once, and on disk first."""

import asyncio
from concurrent.futures import Executor

from tools.fleet.ledger import Ledger
from tools.fleet.people import Person, token_hash


class Register:
    """Belongs to the loop; SQLite is written on `disk`."""

    def __init__(self, ledger: Ledger, disk: Executor) -> None:
        self._ledger, self._disk = ledger, disk
        self._people: dict[str, Person] = {}

    def restore(self) -> None:
        """Begin with what is on disk. Blocks."""
        self._people = self._ledger.people()

    def find(self, token: str) -> Person | None:
        """Whose token it is."""
        return self._people.get(token_hash(token)) if token else None

    def people(self) -> list[Person]:
        """Everyone, by name."""
        return sorted(self._people.values(), key=lambda one: one.name)

    async def welcome(self, person: Person, token: str) -> None:
        """Give someone a token, in place of the one before; raises `DeviceError`."""
        hash_ = token_hash(token)
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._disk, self._ledger.keep_person, person, hash_)
        self._people = {**self._without(person.name), hash_: person}

    async def dismiss(self, name: str) -> bool:
        """Take someone's token away; whether they had one. Raises `DeviceError`."""
        loop = asyncio.get_running_loop()
        had = await loop.run_in_executor(self._disk, self._ledger.forget_person, name)
        self._people = self._without(name)
        return had

    def _without(self, name: str) -> dict[str, Person]:
        return {hash_: one for hash_, one in self._people.items() if one.name != name}
