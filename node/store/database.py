"""One SQLite file: a connection for each thread, damage set aside, every failure a DeviceError.

Write-ahead logging. With `synchronous = NORMAL` a power cut may lose the last transactions, with
FULL none that was committed; the file survives in both (SQLite documentation, "Write-Ahead
Logging").
"""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from node.errors import DeviceError

log = logging.getLogger(__name__)

BUSY_S = 5.0
"""So long a thread waits for another one's transaction; one takes milliseconds."""
LOG_BYTES: Final = 8 << 20
"""The write-ahead log is cut back to so much once all of it lies in the file itself."""
_COMPANIONS = ("", "-wal", "-shm")


class _Turns:
    """A lock that is given in the order of asking: one busy thread must not starve the others.

    SQLite's own wait is a sleep that grows to 100 ms, in which a busy thread takes its lock again
    and again: under a flood of commands their answers came at one a second.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._next = self._served = 0

    def __enter__(self) -> None:
        with self._changed:
            turn = self._next
            self._next += 1
            self._changed.wait_for(lambda: turn == self._served)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._served += 1
            self._changed.notify_all()


class Database:
    """Thread: any; each has its own connection, opened at first use.

    A damaged file is set aside as `<name>.damaged`, and an empty one begun: the show goes on.
    `damaged` counts how often. `bytes_max` bounds the file (0: only the disk does).
    """

    def __init__(
        self,
        path: Path,
        tables: str,
        *,
        synchronous: Literal["NORMAL", "FULL"] = "NORMAL",
        bytes_max: int = 0,
    ) -> None:
        self._path = path
        self._tables = tables
        self._synchronous = synchronous
        self._bytes_max = bytes_max
        self._mine = threading.local()
        self._lock = threading.Lock()
        self._turns = _Turns()
        self._open: list[sqlite3.Connection] = []
        self._generation = 0
        self._is_sound = False
        self.damaged = 0

    @contextlib.contextmanager
    def transaction(self, *, is_durable: bool = False) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, on disk when it ends; raises `DeviceError` if the disk refuses.

        With `is_durable` not even a power cut takes it back, whatever holds for the others.
        """
        synchronous = "FULL" if is_durable else self._synchronous
        with self._turns, self._begun("BEGIN IMMEDIATE", synchronous) as connection:
            yield connection

    @contextlib.contextmanager
    def glance(self) -> Iterator[sqlite3.Connection]:
        """Reads alone, of one moment, beside whoever writes; raises `DeviceError`."""
        with self._begun("BEGIN", self._synchronous) as connection:
            yield connection

    @contextlib.contextmanager
    def _begun(self, begin: str, synchronous: str) -> Iterator[sqlite3.Connection]:
        generation = self._generation
        try:
            connection = self._connection()
            connection.execute(f"PRAGMA synchronous = {synchronous}")
            connection.execute(begin)
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._let_go()
            if _is_damage(error):
                self._set_aside(generation)
            raise DeviceError(f"{self._path}: {error}") from error

    def close(self) -> None:
        """Close every connection; no thread may be at work."""
        with self._lock:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._generation += 1

    def _connection(self) -> sqlite3.Connection:
        mine: tuple[int, sqlite3.Connection] | None = getattr(self._mine, "connection", None)
        if mine is not None and mine[0] == self._generation:
            return mine[1]
        self._let_go()
        with self._lock:
            try:
                connection = self._connect()
            except sqlite3.DatabaseError as error:
                if not _is_damage(error):
                    raise
                self._replace()
                connection = self._connect()
            self._open.append(connection)
            self._mine.connection = (self._generation, connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(
            self._path, check_same_thread=False, isolation_level=None, timeout=BUSY_S
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA journal_size_limit = {LOG_BYTES}")
            if not self._is_sound:
                _check(connection)
            if self._bytes_max:
                (page,) = connection.execute("PRAGMA page_size").fetchone()
                connection.execute(f"PRAGMA max_page_count = {self._bytes_max // page}")
            connection.executescript(self._tables)
        except BaseException:
            connection.close()
            raise
        self._is_sound = True
        return connection

    def _let_go(self) -> None:
        mine: tuple[int, sqlite3.Connection] | None = getattr(self._mine, "connection", None)
        self._mine.connection = None
        if mine is None:
            return
        with self._lock:
            if mine[1] in self._open:
                self._open.remove(mine[1])
        mine[1].close()

    def _set_aside(self, generation: int) -> None:
        with self._lock:
            if generation == self._generation:
                with contextlib.suppress(OSError):
                    self._replace()

    def _replace(self) -> None:
        """Move the damaged file out of the way; other threads open the new one by themselves."""
        self.damaged += 1
        self._generation += 1
        self._is_sound = False
        for tail in _COMPANIONS:
            path = self._path.with_name(self._path.name + tail)
            if path.exists():
                path.replace(path.with_name(f"{self._path.name}.damaged{tail}"))
        log.error("%s: damaged, set aside; begun anew", self._path)


def _check(connection: sqlite3.Connection) -> None:
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise sqlite3.DatabaseError(verdict)


def _is_damage(error: Exception) -> bool:
    """Whether SQLite says that the file is no database, or is torn (its plain `DatabaseError`)."""
    return type(error) is sqlite3.DatabaseError
