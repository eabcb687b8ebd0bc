"""Values by key that outlive a restart; a power cut may lose the last ones, never the file."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from node.store.database import Database

T = TypeVar("T")

_TABLES = """
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS listed (
  number INTEGER PRIMARY KEY AUTOINCREMENT, book TEXT NOT NULL, key TEXT NOT NULL,
  value BLOB NOT NULL, UNIQUE (book, key)
);
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

    async def enlist(self, book: str, rows: Sequence[tuple[str, bytes]], *, most: int) -> None:
        """Add keys with their values to a book, of which the newest `most` stay.

        On disk when it returns: not even a power cut takes them back.
        """
        await self._do(partial(_enlisted, book=book, rows=rows, most=most), is_durable=True)

    async def listed(self, book: str) -> list[tuple[str, bytes]]:
        """The keys of a book with their values, the oldest first."""
        sql = "SELECT key, value FROM listed WHERE book = ? ORDER BY number"
        rows = await self._do(lambda db: db.execute(sql, (book,)).fetchall())
        return [(str(key), bytes(value)) for key, value in rows]

    async def _do(self, work: Callable[[sqlite3.Connection], T], *, is_durable: bool = False) -> T:
        work_on_disk = partial(self._on_disk, work, is_durable=is_durable)
        return await asyncio.get_running_loop().run_in_executor(self._pool, work_on_disk)

    def _on_disk(self, work: Callable[[sqlite3.Connection], T], *, is_durable: bool) -> T:
        """Thread: the store's own."""
        with self._database.transaction(is_durable=is_durable) as db:
            return work(db)


def _enlisted(
    db: sqlite3.Connection, *, book: str, rows: Sequence[tuple[str, bytes]], most: int
) -> None:
    """Thread: the store's own."""
    db.executemany(
        "INSERT OR REPLACE INTO listed (book, key, value) VALUES (?, ?, ?)",
        [(book, key, value) for key, value in rows],
    )
    db.execute(
        "DELETE FROM listed WHERE book = ? AND number <= (SELECT number FROM listed"
        " WHERE book = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
        (book, book, most),
    )
