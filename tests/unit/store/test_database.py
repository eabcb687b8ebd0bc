"""One file and many threads: each comes to its turn, and readers wait for nobody."""

import itertools
import threading

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
    is_over, came = threading.Event(), []

    def busy():
        while not is_over.is_set():
            put(database, "busy")

    thread = threading.Thread(target=busy)
    thread.start()
    for _ in range(20):
        put(database, "other")
        with database.glance() as db:
            came.append(db.execute("SELECT count(*) FROM t WHERE who = 'busy'").fetchone()[0])
    is_over.set()
    thread.join()
    # Fair turns: between two of ours about one of theirs; starved, it was hundreds.
    between = sorted(b - a for a, b in itertools.pairwise(came))
    assert between[len(between) // 2] <= 5


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
