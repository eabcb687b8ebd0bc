"""What outlives a restart: SQLite in the state directory; the only module with SQL.

Write-ahead logging with `synchronous = NORMAL`: a power cut may lose the last transactions, never
the file (SQLite documentation, "Write-Ahead Logging").
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from node.errors import DeviceError

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
        self._path = path
        self._pool = ThreadPoolExecutor(1, "store")
        self._connection: sqlite3.Connection | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.get_running_loop().run_in_executor(self._pool, self._close)
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
        await self._do(partial(_enlisted, book=book, rows=rows, most=most))

    async def listed(self, book: str) -> list[tuple[str, bytes]]:
        """The keys of a book with their values, the oldest first."""
        sql = "SELECT key, value FROM listed WHERE book = ? ORDER BY number"
        rows = await self._do(lambda db: db.execute(sql, (book,)).fetchall())
        return [(str(key), bytes(value)) for key, value in rows]

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._on_disk, work)

    def _on_disk(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Thread: the store's own."""
        try:
            with self._open() as db:
                return work(db)
        except (sqlite3.Error, OSError) as error:
            self._close()
            raise DeviceError(f"{self._path}: {error}") from error

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._connection = self._connect()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._path.replace(self._path.with_name(self._path.name + ".damaged"))
                self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.executescript(_TABLES)
        return connection

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _enlisted(
    db: sqlite3.Connection, *, book: str, rows: Sequence[tuple[str, bytes]], most: int
) -> None:
    """Thread: the store's own."""
    db.execute("PRAGMA synchronous = FULL")
    db.executemany(
        "INSERT OR REPLACE INTO listed (book, key, value) VALUES (?, ?, ?)",
        [(book, key, value) for key, value in rows],
    )
    db.execute(
        "DELETE FROM listed WHERE book = ? AND number <= (SELECT number FROM listed"
        " WHERE book = ? ORDER BY number DESC LIMIT 1 OFFSET ?)",
        (book, book, most),
    )
    db.commit()
    db.execute("PRAGMA synchronous = NORMAL")
