"""The controller's SQLite file: nodes, wishes, people, roll-outs, claims, and the audit's chain.

What is on disk when a method returns stays there (`synchronous = FULL`). Commands, answers and
events lie in `logbook.py`, in the same file.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from node.chain import GENESIS, seal
from node.control.messages import JsonObject
from node.control.sections import Section
from node.store.database import Database
from tools.fleet.people import Person

TABLES: Final = """
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS node (id TEXT PRIMARY KEY, tags TEXT NOT NULL, seen_at INTEGER NOT NULL)
  STRICT;
CREATE TABLE IF NOT EXISTS wish (
  node TEXT NOT NULL, section TEXT NOT NULL, ver INTEGER NOT NULL, iat INTEGER NOT NULL,
  who TEXT NOT NULL, content TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (node, section)) STRICT;
CREATE TABLE IF NOT EXISTS person (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT UNIQUE)
  STRICT;
CREATE TABLE IF NOT EXISTS paper (kind TEXT NOT NULL, id TEXT NOT NULL, content TEXT NOT NULL,
  PRIMARY KEY (kind, id)) STRICT;
CREATE TABLE IF NOT EXISTS audit (k INTEGER PRIMARY KEY, line TEXT NOT NULL, hash TEXT NOT NULL)
  STRICT;
CREATE TABLE IF NOT EXISTS command (
  id TEXT PRIMARY KEY, node TEXT NOT NULL, batch TEXT NOT NULL, iat INTEGER NOT NULL,
  is_open INTEGER NOT NULL, stream TEXT NOT NULL, n INTEGER NOT NULL, entry BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS command_batch ON command (batch);
CREATE INDEX IF NOT EXISTS command_node ON command (node, iat);
CREATE INDEX IF NOT EXISTS command_iat ON command (iat);
CREATE INDEX IF NOT EXISTS command_open ON command (is_open);
CREATE TABLE IF NOT EXISTS answer (k INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL,
  body BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS answer_id ON answer (id);
CREATE TABLE IF NOT EXISTS event (k INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL,
  node TEXT NOT NULL, type TEXT NOT NULL, at INTEGER NOT NULL, body BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS event_node ON event (node, k);
"""


class Wish(msgspec.Struct, frozen=True):
    """A section wanted of a node, as it was signed."""

    node: str
    section: Section
    ver: int
    iat: int
    by: str
    data: JsonObject
    body: bytes


class Ledger:
    """Thread: any; one transaction for each call. Raises `DeviceError` if the disk refuses."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path, TABLES, synchronous="FULL")

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    def fact(self, name: str, fallback: str = "") -> str:
        """A fact that outlives a restart."""
        with self.database.transaction() as sql:
            row = sql.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else fallback

    def keep_fact(self, name: str, value: str) -> None:
        """Set a fact."""
        with self.database.transaction() as sql:
            sql.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, value))

    def nodes(self) -> dict[str, tuple[dict[str, str], int]]:
        """Tags, and when each node was last seen."""
        with self.database.transaction() as sql:
            rows = sql.execute("SELECT id, tags, seen_at FROM node").fetchall()
        return {name: (json.loads(tags), seen_at) for name, tags, seen_at in rows}

    def keep_node(self, name: str, tags: Mapping[str, str], seen_at: int) -> None:
        """Note a node and its tags."""
        with self.database.transaction() as sql:
            row = (name, json.dumps(dict(tags)), seen_at)
            sql.execute("INSERT OR REPLACE INTO node VALUES (?, ?, ?)", row)

    def forget_node(self, name: str) -> None:
        """Strike a node out, with its wishes; its history stays."""
        with self.database.transaction() as sql:
            sql.execute("DELETE FROM node WHERE id = ?", (name,))
            sql.execute("DELETE FROM wish WHERE node = ?", (name,))

    def wishes(self) -> list[Wish]:
        """Every section wanted of any node."""
        with self.database.transaction() as sql:
            rows = sql.execute(
                "SELECT node, section, ver, iat, who, content, body FROM wish"
            ).fetchall()
        return [
            Wish(node, section, ver, iat, who, json.loads(content), body)
            for node, section, ver, iat, who, content, body in rows
        ]

    def keep_wishes(self, wishes: Iterable[Wish]) -> None:
        """Note what is wanted now, all at once."""
        rows = [(w.node, w.section, w.ver, w.iat, w.by, json.dumps(w.data), w.body) for w in wishes]
        with self.database.transaction() as sql:
            sql.executemany("INSERT OR REPLACE INTO wish VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    def people(self) -> dict[str, Person]:
        """Everyone who has a token, by its hash."""
        with self.database.transaction() as sql:
            rows = sql.execute("SELECT hash, name, role FROM person").fetchall()
        return {hash_: Person(name, role) for hash_, name, role in rows}

    def keep_person(self, person: Person, hash_: str) -> None:
        """Give someone a token, in place of the one before."""
        with self.database.transaction() as sql:
            row = (person.name, person.role, hash_)
            sql.execute("INSERT OR REPLACE INTO person VALUES (?, ?, ?)", row)

    def forget_person(self, name: str) -> bool:
        """Take someone's token away; whether they had one."""
        with self.database.transaction() as sql:
            return sql.execute("DELETE FROM person WHERE name = ?", (name,)).rowcount > 0

    def papers(self, kind: str) -> dict[str, bytes]:
        """All papers of a kind (roll-outs, claims) as JSON, by id."""
        with self.database.transaction() as sql:
            query = "SELECT id, content FROM paper WHERE kind = ?"
            rows = sql.execute(query, (kind,)).fetchall()
        return {name: content.encode() for name, content in rows}

    def keep_paper(self, kind: str, name: str, content: bytes) -> None:
        """Keep a paper."""
        with self.database.transaction() as sql:
            sql.execute("INSERT OR REPLACE INTO paper VALUES (?, ?, ?)",
                        (kind, name, content.decode()))  # fmt: skip

    def note(self, record: Mapping[str, object]) -> None:
        """Add a line to the audit: it is sealed to the line before, and none is ever changed."""
        with self.database.transaction() as sql:
            row = sql.execute("SELECT hash FROM audit ORDER BY k DESC LIMIT 1").fetchone()
            sealed = seal(record, row[0] if row else GENESIS)
            sql.execute("INSERT INTO audit (line, hash) VALUES (?, ?)",
                        (sealed.line.decode(), sealed.hash))  # fmt: skip

    def audit(self, limit: int, before: int = 0) -> list[tuple[int, str]]:
        """The newest lines with their numbers, newest first; older than `before` if it is given."""
        with self.database.transaction() as sql:
            query = "SELECT k, line FROM audit WHERE ? = 0 OR k < ? ORDER BY k DESC LIMIT ?"
            rows = sql.execute(query, (before, before, limit)).fetchall()
        return [(k, line) for k, line in rows]
