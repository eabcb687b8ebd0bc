"""Commands, the answers to them and the events of nodes, in the controller's SQLite file.

Answers and events are written on the network's thread before MQTT is acknowledged, so that no crash
loses one; an event that comes again is known by its id. Both are bounded: the oldest go first.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from node.control.messages import Ack
from node.control.telemetry import CloudEvent
from node.store.database import Database
from tools.fleet.lifecycle import Entry

EVENTS_MAX: Final = 200_000
COMMANDS_MAX: Final = 200_000
ANSWERS_MAX: Final = 500_000


class Logbook:
    """Thread: any; one transaction for each call. Raises `DeviceError` if the disk refuses."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, entries: Iterable[Entry]) -> None:
        """Write commands as they are now."""
        rows = [
            (
                one.id, one.node, one.batch, one.iat, int(not one.has_ended),
                one.seq.stream if one.seq else "", one.seq.n if one.seq else 0,
                msgspec.msgpack.encode(one),
            )
            for one in entries
        ]  # fmt: skip
        with self._database.transaction() as sql:
            sql.executemany("INSERT OR REPLACE INTO command VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def open_entries(self) -> list[Entry]:
        """Commands without an end, oldest first."""
        return self._entries("is_open = 1 ORDER BY iat", ())

    def of_batch(self, batch: str) -> list[Entry]:
        """Every command of one action."""
        return self._entries("batch = ? ORDER BY node, iat", (batch,))

    def newest(self, limit: int, node: str = "") -> list[Entry]:
        """The newest commands, newest first; of one node if it is named."""
        if node:
            return self._entries("node = ? ORDER BY iat DESC LIMIT ?", (node, limit))
        return self._entries("1 ORDER BY iat DESC LIMIT ?", (limit,))

    def last_numbers(self) -> dict[tuple[str, str], int]:
        """The highest number given in each node's streams."""
        with self._database.transaction() as sql:
            query = "SELECT node, stream, max(n) FROM command WHERE n > 0 GROUP BY node, stream"
            rows = sql.execute(query).fetchall()
        return {(node, stream): n for node, stream, n in rows}

    def file_answer(self, ack: Ack, now: int) -> None:
        """Keep what a node said of a command. Thread: the network's."""
        with self._database.transaction() as sql:
            row = (ack.id, now, msgspec.json.encode(ack))
            sql.execute("INSERT INTO answer (id, at, body) VALUES (?, ?, ?)", row)

    def answers(self, id_: str) -> list[tuple[int, Ack]]:
        """What was said of a command, in the order in which it came."""
        with self._database.transaction() as sql:
            query = "SELECT at, body FROM answer WHERE id = ? ORDER BY k"
            rows = sql.execute(query, (id_,)).fetchall()
        return [(at, msgspec.json.decode(body, type=Ack)) for at, body in rows]

    def file_event(self, node: str, event: CloudEvent, now: int) -> bool:
        """Keep an event; whether it is new. Thread: the network's."""
        with self._database.transaction() as sql:
            row = (event.id, node, event.type, now, msgspec.json.encode(event))
            done = sql.execute(
                "INSERT OR IGNORE INTO event (id, node, type, at, body) VALUES (?, ?, ?, ?, ?)", row
            )
            return done.rowcount > 0

    def events(self, limit: int, node: str = "", type_: str = "") -> list[tuple[int, str, bytes]]:
        """The newest events (arrival in Unix ms, node, JSON), newest first."""
        with self._database.transaction() as sql:
            return sql.execute(
                "SELECT at, node, body FROM event WHERE (? = '' OR node = ?) "
                "AND (? = '' OR type = ?) ORDER BY k DESC LIMIT ?",
                (node, node, type_, type_, limit),
            ).fetchall()

    def prune(self) -> None:
        """Let the oldest go where there are too many; open commands stay."""
        with self._database.transaction() as sql:
            sql.execute(
                "DELETE FROM event WHERE k <= (SELECT max(k) FROM event) - ?", (EVENTS_MAX,)
            )
            sql.execute(
                "DELETE FROM answer WHERE k <= (SELECT max(k) FROM answer) - ?", (ANSWERS_MAX,)
            )
            sql.execute(
                "DELETE FROM command WHERE is_open = 0 AND id IN "
                "(SELECT id FROM command ORDER BY iat DESC LIMIT -1 OFFSET ?)", (COMMANDS_MAX,)
            )  # fmt: skip

    def _entries(self, where: str, facts: tuple[object, ...]) -> list[Entry]:
        with self._database.transaction() as sql:
            query = f"SELECT entry FROM command WHERE {where}"  # noqa: S608  # our own words
            rows = sql.execute(query, facts).fetchall()
        return [msgspec.msgpack.decode(row[0], type=Entry) for row in rows]
