"""Values by key that outlive a restart; a power cut may lose the last ones, never the file."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from node.store.database import Database

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL);
"""


class Store:
    """Opened with `async with`; every call raises `DeviceError` when the disk refuses.

    A damaged file is set aside as `<name>.damaged` and a new one begun: the show goes on.
    """

    def __init__(self, path: Path) -> None:
        self._database = Database(path, _TABLES)
        self._pool = ThreadPoolExecutor(1, "store")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._database.close)
        self._pool.shutdown()

    async def keep(self, key: str, value: bytes) -> None:
        """Replace the value of a key, durably."""
        sql = (
            "INSERT INTO kept VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
        )
        await self._do(lambda db: db.execute(sql, (key, value)))

    async def kept(self, key: str) -> bytes | None:
        """The value of a key, or None."""
        sql = "SELECT value FROM kept WHERE key = ?"
        row = await self._do(lambda db: db.execute(sql, (key,)).fetchone())
        return None if row is None else bytes(row[0])

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._on_disk, work)

    def _on_disk(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Thread: the store's own."""
        with self._database.transaction() as db:
            return work(db)
