"""What is on disk."""

import json
from pathlib import Path

from node.chain import GENESIS
from node.control.messages import Ack, Seq
from node.control.telemetry import CloudEvent
from tools.fleet.ledger import Ledger, Wish
from tools.fleet.lifecycle import Entry
from tools.fleet.logbook import Logbook
from tools.fleet.people import Person, token_hash

ENTRY = Entry("id", "n0001", "sys.identify", "b", "op:a", 1, 2, {"for_s": 3}, b"x",
              Seq("main", 1, 7))  # fmt: skip


def test_a_token_is_known_by_its_hash_and_taken_away(tmp_path: Path):
    ledger = Ledger(tmp_path / "f.db")
    ledger.keep_person(Person("ann", "operator"), token_hash("secret"))
    assert ledger.people() == {token_hash("secret"): Person("ann", "operator")}
    assert b"secret" not in (tmp_path / "f.db").read_bytes()
    assert ledger.forget_person("ann")
    assert ledger.people() == {}
    ledger.close()


def test_the_audit_is_one_chain(tmp_path: Path):
    ledger = Ledger(tmp_path / "f.db")
    for n in range(3):
        ledger.note({"n": n})
    lines = [json.loads(line) for _, line in reversed(ledger.audit(10))]
    assert [one["prev"] for one in lines] == [GENESIS, lines[0]["hash"], lines[1]["hash"]]
    ledger.close()


def test_a_command_comes_back_as_it_was(tmp_path: Path):
    ledger = Ledger(tmp_path / "f.db")
    logbook = Logbook(ledger.database)
    logbook.keep([ENTRY])
    assert logbook.open_entries() == [ENTRY]
    assert logbook.last_numbers() == {("n0001", "main"): 7}
    ack = Ack(1, "id", "n0001", "done", 5, "synced")
    logbook.file_answer(ack, 9)
    assert logbook.answers("id") == [(9, ack)]
    ledger.close()


def test_an_event_is_kept_once(tmp_path: Path):
    ledger = Ledger(tmp_path / "f.db")
    logbook = Logbook(ledger.database)
    event = CloudEvent("1.0", "n0001-1-1", "ls/a/n0001", "x", "t")
    assert logbook.file_event("n0001", event, 1)
    assert not logbook.file_event("n0001", event, 2)
    assert [at for at, _, _ in logbook.events(10)] == [1]
    ledger.close()


def test_a_wish_takes_the_place_of_the_one_before(tmp_path: Path):
    ledger = Ledger(tmp_path / "f.db")
    old = Wish("n0001", "show", 1, 5, "ann", {"rundown": "x"}, b"a")
    new = Wish("n0001", "show", 2, 6, "ann", {"rundown": "y"}, b"b")
    ledger.keep_wishes([old])
    ledger.keep_wishes([new])
    assert ledger.wishes() == [new]
    ledger.close()
