"""Commands that came and messages that must go, on disk: the inbox and the outbox of the node.

A command is acknowledged to the broker only once its row is here, committed; a message leaves only
when the broker has confirmed it. Bounded in bytes: aggregates go first, then the oldest events,
answers to commands never. Of commands that have ended the ids are kept, the newest of them.
"""

import sqlite3
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Final

from node.store.database import Database
from node.store.letters import Filed, Letter, Load, Post, Row, Step

OUTBOX_BYTES: Final = 64 << 20
INBOX_BYTES: Final = 24 << 20
"""About 48,000 commands: 25 minutes of all that a node takes (30 a second), where no command lives
longer than 10. Those let go are past their `exp`: a repeat is refused as too old."""
INBOX_ROW_BYTES: Final = 256
"""What a command takes beside its body and answer: id twice, digest, boot (an estimate)."""
FILE_BYTES: Final = 96 << 20
"""Outbox, inbox, what SQLite takes beside; the write-ahead log lies in a file of its own."""
SLACK_BYTES: Final = 4 << 20
"""Kept free for what comes next: commands are taken, and events let go, in a file that is full."""
ROW_BYTES: Final = 64
"""What a row takes beside its texts: two indices, numbers, its page's share (an estimate)."""
EVICTED_AT_ONCE: Final = 64

_TABLES: Final = f"""
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
INSERT OR IGNORE INTO numbers
  SELECT 'inbox', coalesce(sum({INBOX_ROW_BYTES} + length(body) + length(last_ack)), 0) FROM inbox;
CREATE TRIGGER IF NOT EXISTS inbox_in AFTER INSERT ON inbox BEGIN
  UPDATE numbers SET value = value + {INBOX_ROW_BYTES} + length(NEW.body) + length(NEW.last_ack)
    WHERE name = 'inbox'; END;
CREATE TRIGGER IF NOT EXISTS inbox_on AFTER UPDATE OF body, last_ack ON inbox BEGIN
  UPDATE numbers SET value = value + length(NEW.body) + length(NEW.last_ack)
    - length(OLD.body) - length(OLD.last_ack) WHERE name = 'inbox'; END;
CREATE TRIGGER IF NOT EXISTS inbox_out AFTER DELETE ON inbox BEGIN
  UPDATE numbers SET value = value - {INBOX_ROW_BYTES} - length(OLD.body) - length(OLD.last_ack)
    WHERE name = 'inbox'; END;
CREATE TRIGGER IF NOT EXISTS outbox_in AFTER INSERT ON outbox BEGIN
  UPDATE numbers SET value = value + 1 WHERE name = 'rows';
  UPDATE numbers SET value = value + NEW.bytes WHERE name = 'bytes'; END;
CREATE TRIGGER IF NOT EXISTS outbox_out AFTER DELETE ON outbox BEGIN
  UPDATE numbers SET value = value - 1 WHERE name = 'rows';
  UPDATE numbers SET value = value - OLD.bytes WHERE name = 'bytes'; END;
"""  # noqa: S608  # a constant


class Postbox:
    """Both boxes in one file, every commit on disk when a method returns.

    Thread: any; each call blocks on the disk and raises `DeviceError` when it refuses.
    """

    def __init__(
        self,
        path: Path,
        *,
        outbox_bytes: int = OUTBOX_BYTES,
        inbox_bytes: int = INBOX_BYTES,
        file_bytes: int = FILE_BYTES,
    ) -> None:
        self._outbox_bytes, self._inbox_bytes = outbox_bytes, inbox_bytes
        self._used_max = file_bytes - SLACK_BYTES
        self._database = Database(path, _TABLES, synchronous="FULL", bytes_max=file_bytes)

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
            self._forget_oldest(db, letter.at)
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
        for post in posts:
            size = len(post.topic) + len(post.body) + len(post.ref) + ROW_BYTES
            db.execute(
                "INSERT INTO outbox (topic, body, kind, ref, bytes, at) VALUES (?, ?, ?, ?, ?, ?)",
                (post.topic, post.body, post.kind, post.ref, size, post.at),
            )
            self._make_room(db)

    def _make_room(self, db: sqlite3.Connection) -> None:
        """Let the oldest go until the rest fits: aggregates before events, answers never."""
        for kind in ("agg", "event"):
            while _value(db, "bytes") > self._outbox_bytes or _used(db) > self._used_max:
                gone = db.execute(
                    "DELETE FROM outbox WHERE k IN"
                    " (SELECT k FROM outbox WHERE kind = ? ORDER BY k LIMIT ?)",
                    (kind, EVICTED_AT_ONCE),
                ).rowcount
                if not gone:
                    break
                _put(db, f"dropped_{kind}", _value(db, f"dropped_{kind}") + gone)

    def _forget_oldest(self, db: sqlite3.Connection, now: int) -> None:
        """Let the ids of the oldest commands go that have ended and expired before a moment."""
        gone = 1
        while gone and _value(db, "inbox") > self._inbox_bytes:
            gone = db.execute(
                "DELETE FROM inbox WHERE rx IN (SELECT rx FROM inbox WHERE exp < ?"
                " AND status NOT IN ('accepted', 'running') ORDER BY rx LIMIT ?)",
                (now, EVICTED_AT_ONCE),
            ).rowcount


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


def _used(db: sqlite3.Connection) -> int:
    """Bytes of the file that hold something; a page that is not full counts whole."""
    pages, free, size = (
        db.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def _put(db: sqlite3.Connection, name: str, value: int) -> None:
    db.execute(
        "INSERT INTO numbers VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
