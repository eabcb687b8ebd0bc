"""Commands that came and messages that must go, on disk: the inbox and the outbox of the node.

A command is acknowledged to the broker only once its row is here, committed; a message leaves only
when the broker has confirmed it. Bounded in bytes: aggregates go first, then the oldest events,
answers to commands never.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from node.store.database import Database
from node.store.letters import Filed, Letter, Load, Post, Row, Step

OUTBOX_BYTES: Final = 64 << 20
FILE_BYTES: Final = 96 << 20
"""The outbox, the ids of a week of commands, and SQLite's own."""
ROW_BYTES: Final = 64
"""What a row takes beside its texts: two indices, numbers, its page's share (an estimate)."""
EVICTED_AT_ONCE: Final = 64

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS inbox (
  rx INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  stream TEXT NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, body BLOB NOT NULL,
  digest BLOB NOT NULL, exp INTEGER NOT NULL, deadline_s REAL NOT NULL, boot TEXT NOT NULL,
  status TEXT NOT NULL, last_ack BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS inbox_open ON inbox (status, rx)
  WHERE status IN ('accepted', 'running');
CREATE TABLE IF NOT EXISTS streams (
  stream TEXT PRIMARY KEY, epoch INTEGER NOT NULL, n INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (
  k INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, body BLOB NOT NULL,
  kind TEXT NOT NULL, ref TEXT NOT NULL, bytes INTEGER NOT NULL, at INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS outbox_order ON outbox (kind, k);
CREATE INDEX IF NOT EXISTS outbox_ref ON outbox (ref) WHERE ref <> '';
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
INSERT OR IGNORE INTO numbers VALUES ('rows', 0), ('bytes', 0);
CREATE TRIGGER IF NOT EXISTS outbox_in AFTER INSERT ON outbox BEGIN
  UPDATE numbers SET value = value + 1 WHERE name = 'rows';
  UPDATE numbers SET value = value + NEW.bytes WHERE name = 'bytes'; END;
CREATE TRIGGER IF NOT EXISTS outbox_out AFTER DELETE ON outbox BEGIN
  UPDATE numbers SET value = value - 1 WHERE name = 'rows';
  UPDATE numbers SET value = value - OLD.bytes WHERE name = 'bytes'; END;
"""


class Postbox:
    """Both boxes in one file, every commit on disk when a method returns.

    Thread: any; each call blocks on the disk and raises `DeviceError` when it refuses.
    """

    def __init__(self, path: Path, *, outbox_bytes: int = OUTBOX_BYTES) -> None:
        self._outbox_bytes = outbox_bytes
        self._database = Database(path, _TABLES, synchronous="FULL", bytes_max=FILE_BYTES)

    @property
    def damaged(self) -> int:
        """How often the file was found damaged and begun anew, since start."""
        return self._database.damaged

    def close(self) -> None:
        """Let go of the file; no thread may be at work."""
        self._database.close()

    def file(self, letter: Letter, again: Callable[[bytes], bytes]) -> Filed:
        """Keep a command and its first answer, or give its last answer once more (`again` of it).

        One transaction: seen before? newer than all of its stream? row and answer.
        """
        with self._database.transaction() as db:
            known = db.execute(
                "SELECT last_ack, digest FROM inbox WHERE id = ?", (letter.id,)
            ).fetchone()
            if known is not None:
                waits = "SELECT 1 FROM outbox WHERE ref = ? LIMIT 1"
                if db.execute(waits, (letter.id,)).fetchone() is None:
                    post = Post(letter.topic, again(known[0]), "ack", letter.at, letter.id)
                    self._push(db, [post])
                return "known" if known[1] == letter.digest else "reused"
            is_stale = letter.status == "accepted" and not _is_newest(db, letter)
            answer = letter.stale_answer if is_stale else letter.answer
            status = "superseded" if is_stale else letter.status
            is_open = status in ("accepted", "running")
            db.execute(
                "INSERT INTO inbox (id, kind, stream, epoch, n, body, digest, exp, deadline_s,"
                " boot, status, last_ack) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (letter.id, letter.kind, letter.stream, letter.epoch, letter.n,
                 letter.body if is_open else b"", letter.digest, letter.exp, letter.deadline_s,
                 letter.boot, status, answer),
            )  # fmt: skip
            self._push(db, [Post(letter.topic, answer, "ack", letter.at, letter.id)])
            return "stale" if is_stale else "new"

    def knows(self, id_: str) -> bool:
        """Whether a command of that id was kept."""
        with self._database.glance() as db:
            found = db.execute("SELECT 1 FROM inbox WHERE id = ?", (id_,)).fetchone()
        return found is not None

    def open_rows(self, limit: int, kinds: Collection[str] = (), *, after: int = 0) -> list[Row]:
        """Commands that have not ended, in order of arrival, behind the place `after`.

        With `kinds`, those alone.
        """
        of_kinds = f"AND kind IN ({', '.join('?' * len(kinds))})" if kinds else ""
        sql = (
            "SELECT rx, id, kind, stream, body, exp, deadline_s, boot, status FROM inbox"  # noqa: S608  # question marks
            f" WHERE status IN ('accepted', 'running') AND rx > ? {of_kinds} ORDER BY rx LIMIT ?"
        )
        with self._database.glance() as db:
            return [Row(*row) for row in db.execute(sql, (after, *kinds, limit))]

    def advance(self, steps: Iterable[Step], posts: Iterable[Post] = ()) -> list[str]:
        """Take steps that are still open to take, with their answers; returns their ids.

        `posts` belong to the first step and go out only if it is taken: an effect that is itself a
        message is committed together with the command's end.
        """
        taken: list[str] = []
        with self._database.transaction() as db:
            for step in steps:
                is_open = step.status in ("accepted", "running")
                done = db.execute(
                    "UPDATE inbox SET status = ?, last_ack = ?,"
                    " body = CASE WHEN ? THEN body ELSE x'' END"
                    " WHERE id = ? AND status IN ('accepted', 'running')",
                    (step.status, step.answer, is_open, step.id),
                )
                if done.rowcount:
                    if not taken:
                        self._push(db, posts)
                    taken.append(step.id)
                    self._push(db, [Post(step.topic, step.answer, "ack", step.at, step.id)])
        return taken

    def send(self, posts: Sequence[Post], mark: tuple[str, int] | None = None) -> None:
        """Put messages into the outbox; `mark` is a number to remember with them."""
        with self._database.transaction() as db:
            self._push(db, posts)
            if mark is not None:
                _put(db, *mark)

    def next_posts(self, limit: int, *, besides: Collection[int] = ()) -> list[Post]:
        """The next messages to go, answers first, but for those whose place is in `besides`."""
        sql = (
            "SELECT topic, body, kind, at, ref, k FROM outbox WHERE kind {} 'ack'"
            " ORDER BY k LIMIT ?"
        )
        found: list[Post] = []
        with self._database.glance() as db:
            for sign in ("=", "<>"):
                rows = db.execute(sql.format(sign), (limit + len(besides),))
                found += [Post(*row) for row in rows if row[5] not in besides]
        return found[:limit]

    def sent(self, places: Iterable[int]) -> None:
        """Forget messages that the broker has confirmed."""
        with self._database.transaction() as db:
            db.executemany("DELETE FROM outbox WHERE k = ?", [(k,) for k in places])

    def load(self) -> Load:
        """How full the outbox is."""
        with self._database.glance() as db:
            numbers = dict(db.execute("SELECT name, value FROM numbers").fetchall())
            row = db.execute("SELECT at FROM outbox ORDER BY k LIMIT 1").fetchone()
        return Load(
            rows=numbers["rows"],
            bytes=numbers["bytes"],
            oldest_at=0 if row is None else row[0],
            dropped_aggregates=numbers.get("dropped_agg", 0),
            dropped_events=numbers.get("dropped_event", 0),
        )

    def forget(self, before: int) -> None:
        """Forget commands that have ended and whose `exp` (Unix ms) lies before a moment."""
        ended = "status NOT IN ('accepted', 'running')"
        with self._database.transaction() as db:
            db.execute(f"DELETE FROM inbox WHERE exp < ? AND {ended}", (before,))  # noqa: S608  # a constant

    def number(self, name: str) -> int:
        """A number that was remembered, 0 if none was."""
        with self._database.glance() as db:
            row = db.execute("SELECT value FROM numbers WHERE name = ?", (name,)).fetchone()
        return 0 if row is None else int(row[0])

    def put_number(self, name: str, value: int) -> None:
        """Remember a number."""
        with self._database.transaction() as db:
            _put(db, name, value)

    def _push(self, db: sqlite3.Connection, posts: Iterable[Post]) -> None:
        is_more = False
        for post in posts:
            size = len(post.topic) + len(post.body) + len(post.ref) + ROW_BYTES
            db.execute(
                "INSERT INTO outbox (topic, body, kind, ref, bytes, at) VALUES (?, ?, ?, ?, ?, ?)",
                (post.topic, post.body, post.kind, post.ref, size, post.at),
            )
            is_more = True
        if is_more:
            self._make_room(db)

    def _make_room(self, db: sqlite3.Connection) -> None:
        """Let the oldest go until the rest fits: aggregates before events, answers never."""
        for kind in ("agg", "event"):
            while _value(db, "bytes") > self._outbox_bytes:
                gone = db.execute(
                    "DELETE FROM outbox WHERE k IN"
                    " (SELECT k FROM outbox WHERE kind = ? ORDER BY k LIMIT ?)",
                    (kind, EVICTED_AT_ONCE),
                ).rowcount
                if not gone:
                    break
                _put(db, f"dropped_{kind}", _value(db, f"dropped_{kind}") + gone)


def _is_newest(db: sqlite3.Connection, letter: Letter) -> bool:
    """Whether it comes after all accepted ones of its stream, which it then is the newest of."""
    if not letter.stream:
        return True
    row = db.execute("SELECT epoch, n FROM streams WHERE stream = ?", (letter.stream,)).fetchone()
    if row is not None and (letter.epoch, letter.n) <= tuple(row):
        return False
    db.execute(
        "INSERT INTO streams VALUES (?, ?, ?)"
        " ON CONFLICT (stream) DO UPDATE SET epoch = excluded.epoch, n = excluded.n",
        (letter.stream, letter.epoch, letter.n),
    )
    return True


def _value(db: sqlite3.Connection, name: str) -> int:
    row = db.execute("SELECT value FROM numbers WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])


def _put(db: sqlite3.Connection, name: str, value: int) -> None:
    db.execute(
        "INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
