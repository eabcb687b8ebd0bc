"""One file and many threads: each comes to its turn, and readers wait for nobody."""

import threading
import time

import pytest

from node.errors import DeviceError
from node.store.database import Database

TABLES = "CREATE TABLE IF NOT EXISTS t (who TEXT NOT NULL);"


@pytest.fixture
def database(tmp_path):
    one = Database(tmp_path / "a.db", TABLES, synchronous="FULL")
    yield one
    one.close()


def put(database, who):
    with database.transaction() as db:
        db.execute("INSERT INTO t VALUES (?)", (who,))


def test_a_busy_thread_starves_no_other(database):
    others = [threading.Thread(target=put, args=(database, name)) for name in ("a", "b")]
    for number, other in enumerate(others):
        with database.transaction() as db:  # a busy thread at work: the other has to wait
            db.execute("INSERT INTO t VALUES ('busy')")
            other.start()
            while database._turns._next < 3 * number + 2:  # until it has asked for its turn
                time.sleep(0.001)
        put(database, "busy again")  # at once, and yet behind who has asked before
        other.join(60)
    with database.glance() as db:
        came = [who for (who,) in db.execute("SELECT who FROM t ORDER BY rowid")]
    assert came == ["busy", "a", "busy again", "busy", "b", "busy again"]


def test_who_reads_waits_for_no_writer(database):
    put(database, "first")
    with database.transaction() as db:
        db.execute("INSERT INTO t VALUES ('second')")
        seen = []

        def look():
            with database.glance() as other:
                seen.append(other.execute("SELECT count(*) FROM t").fetchone()[0])

        thread = threading.Thread(target=look)
        thread.start()
        thread.join(60)
    assert seen == [1]


def test_a_failed_transaction_gives_its_turn_away(database):
    with pytest.raises(DeviceError), database.transaction() as db:
        db.execute("INSERT INTO nowhere VALUES (1)")
    put(database, "next")
    with database.glance() as db:
        assert db.execute("SELECT who FROM t").fetchall() == [("next",)]


def test_nothing_of_a_failed_transaction_stays(database):
    def half():
        with database.transaction() as db:
            db.execute("INSERT INTO t VALUES ('half')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    with database.glance() as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)
