"""Inbox and outbox: kept once, answered once, in order, bounded; a bad disk is a device error."""

import os
import sqlite3
import threading
from dataclasses import replace

import pytest

from node.errors import DeviceError
from node.store.letters import Letter, Post, Step
from node.store.postbox import Postbox

pytestmark = pytest.mark.timeout(600)  # a busy disk takes its time for thousands of transactions


def letter(id_="a", n=1, *, epoch=100, stream="main", kind="sys.identify", digest=b"1", exp=1000,
           status="accepted"):  # fmt: skip
    return Letter(id_, kind, stream, epoch, n, b"{}", digest, exp, 60.0, "boot", "up/ack", 5,
                  status, b"accepted:" + id_.encode(), b"stale:" + id_.encode())  # fmt: skip


def again(body):
    return b"again:" + body


def event(n, kind="event", size=10):
    return Post(f"up/event/{n}", b"x" * size, kind, n)


@pytest.fixture
def postbox(tmp_path):
    box = Postbox(tmp_path / "control.db")
    yield box
    box.close()


def bodies(box):
    return [post.body for post in box.next_posts(100)]


def test_a_command_is_kept_with_its_first_answer(postbox):
    assert postbox.file(letter(), again) == "new"
    assert [(row.id, row.status) for row in postbox.open_rows(10)] == [("a", "accepted")]
    assert bodies(postbox) == [b"accepted:a"]


def test_a_known_command_has_no_effect_and_gets_its_last_answer_again(postbox):
    postbox.file(letter(), again)
    postbox.sent([post.k for post in postbox.next_posts(10)])
    assert postbox.file(letter(), again) == "known"
    assert len(postbox.open_rows(10)) == 1
    assert bodies(postbox) == [b"again:accepted:a"]


def test_a_flood_of_the_same_command_waits_with_one_answer(postbox):
    for _ in range(50):
        postbox.file(letter(), again)
    assert bodies(postbox) == [b"accepted:a"]


def test_an_id_with_other_content_is_noticed(postbox):
    postbox.file(letter(), again)
    assert postbox.file(letter(digest=b"2"), again) == "reused"


@pytest.mark.parametrize(("epoch", "n", "filed"), [
    (100, 5, "stale"), (100, 4, "stale"), (99, 9, "stale"), (100, 6, "new"), (101, 1, "new"),
])  # fmt: skip
def test_what_is_not_newer_than_all_of_its_stream_is_superseded(postbox, epoch, n, filed):
    postbox.file(letter("first", 5), again)
    assert postbox.file(letter("second", n, epoch=epoch), again) == filed
    is_open = "second" in [row.id for row in postbox.open_rows(10)]
    assert is_open == (filed == "new")


def test_streams_do_not_know_each_other(postbox):
    postbox.file(letter("a", 5, stream="cue"), again)
    assert postbox.file(letter("b", 1, stream="card"), again) == "new"
    assert postbox.file(letter("c", 0, stream=""), again) == "new"
    assert postbox.file(letter("d", 0, stream=""), again) == "new"


def test_what_was_refused_does_not_move_its_stream(postbox):
    postbox.file(letter("late", 9, status="expired"), again)
    assert postbox.file(letter("good", 1), again) == "new"


def test_a_command_ends_once(postbox):
    postbox.file(letter(), again)
    done = Step("a", "done", b"done", "up/ack", 6)
    assert postbox.advance([done], [event(1)]) == ["a"]
    assert postbox.advance([Step("a", "failed", b"failed", "up/ack", 7)], [event(2)]) == []
    assert bodies(postbox) == [b"accepted:a", b"done", b"x" * 10]
    assert postbox.open_rows(10) == []


def test_rows_of_some_kinds_are_found_behind_many_others(postbox):
    for n in range(20):
        postbox.file(letter(f"c{n}", n + 1), again)
    postbox.file(letter("stop", 0, stream="", kind="live.stop"), again)
    assert [row.id for row in postbox.open_rows(5, {"live.stop"})] == ["stop"]


def test_answers_go_before_events_and_confirmed_ones_are_gone(postbox):
    postbox.send([event(1), event(2)])
    postbox.file(letter(), again)
    first = postbox.next_posts(2)
    assert [post.kind for post in first] == ["ack", "event"]
    rest = postbox.next_posts(5, besides={post.k for post in first})
    assert [post.at for post in rest] == [2]
    postbox.sent([post.k for post in first])
    assert [post.at for post in postbox.next_posts(5)] == [2]
    assert postbox.load().rows == 1


def test_a_full_outbox_lets_aggregates_go_then_the_oldest_events_never_answers(tmp_path):
    box = Postbox(tmp_path / "control.db", outbox_bytes=40_000)
    box.file(letter(), again)
    box.send([event(n, "agg", 500) for n in range(20)])
    box.send([event(n, "event", 500) for n in range(100, 160)])
    load = box.load()
    assert load.dropped_aggregates == 20
    assert load.dropped_events == 0
    box.send([event(n, "event", 500) for n in range(160, 200)])
    load = box.load()
    assert load.bytes <= 40_000
    assert load.dropped_events > 0
    left = box.next_posts(1000)
    assert left[0].kind == "ack"
    assert left[-1].at == 199  # the newest stays
    box.close()


def test_everything_outlives_the_process(tmp_path):
    box = Postbox(tmp_path / "control.db")
    box.file(letter(), again)
    box.put_number("bseq", 7)
    box.close()
    box = Postbox(tmp_path / "control.db")
    assert box.number("bseq") == 7
    assert box.file(letter(), again) == "known"
    box.close()


def test_old_ends_are_forgotten_open_commands_are_not(postbox):
    postbox.file(letter("old", 1, exp=10), again)
    postbox.file(letter("open", 2, exp=10), again)
    postbox.advance([Step("old", "done", b"done", "up/ack", 6)])
    postbox.forget(11)
    assert not postbox.knows("old")
    assert postbox.knows("open")


def test_a_damaged_file_is_set_aside_and_begun_anew(tmp_path):
    path = tmp_path / "control.db"
    path.write_bytes(b"once a database" * 1000)
    box = Postbox(path)
    assert box.file(letter(), again) == "new"
    assert box.damaged == 1
    assert (tmp_path / "control.db.damaged").exists()
    box.close()


def test_a_page_torn_while_in_use_costs_the_file_and_not_the_node(tmp_path):
    path = tmp_path / "control.db"
    box = Postbox(path)
    for n in range(200):
        box.send([event(n, size=2000)])
    box.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8 * 4096))
    box = Postbox(path)
    assert box.file(letter(), again) == "new"
    assert box.damaged == 1
    box.close()


def test_the_file_stays_within_its_bytes_whatever_the_size_of_a_message(tmp_path):
    box = Postbox(tmp_path / "control.db", outbox_bytes=6 << 20, file_bytes=8 << 20)
    box.file(letter(), again)
    for size in (100, 2100, 4000, 60_000):  # 2,100 bytes take a page of 4,096 alone
        for n in range(0, 6 << 20, 50 * size):
            box.send([event(n + k, size=size) for k in range(50)])
    load = box.load()
    assert load.dropped_events > 0
    assert box.next_posts(1)[0].kind == "ack"
    assert (tmp_path / "control.db").stat().st_size <= 8 << 20
    box.close()


def test_ids_of_commands_that_ended_stay_within_their_bytes_the_oldest_go(tmp_path):
    box = Postbox(tmp_path / "control.db", inbox_bytes=100_000)
    box.file(letter("open", 0, exp=1), again)
    for n in range(1000):
        box.file(letter(f"c{n}", n + 1, exp=n), again)
        box.advance([Step(f"c{n}", "done", b"done", "up/ack", 6)])
        box.sent([post.k for post in box.next_posts(10)])
    box.file(replace(letter("last", 2000), at=999), again)
    assert box.knows("open")
    assert box.knows("c999")
    assert not box.knows("c10")
    (count,) = box._database._connection().execute("SELECT count(*) FROM inbox").fetchone()
    assert 200 < count < 400
    box.close()


def test_the_id_of_a_command_that_has_not_expired_is_never_let_go(tmp_path):
    box = Postbox(tmp_path / "control.db", inbox_bytes=10_000)
    for n in range(200):
        box.file(letter(f"c{n}", n + 1, exp=1000), again)
        box.advance([Step(f"c{n}", "done", b"done", "up/ack", 6)])
    assert all(box.knows(f"c{n}") for n in range(200))
    box.close()


def test_a_file_full_of_answers_is_a_device_error_and_heals(tmp_path):
    box = Postbox(tmp_path / "control.db", file_bytes=5 << 20)

    def fill():
        for n in range(4000):
            box.send([event(n, "ack", 2000)])

    with pytest.raises(DeviceError, match="full"):
        fill()
    box.sent([post.k for post in box.next_posts(10_000)])
    assert box.file(letter(), again) == "new"
    box.close()


def test_a_folder_that_cannot_be_made_is_a_device_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DeviceError, match=r"control\.db"):
        Postbox(tmp_path / "file" / "control.db").number("bseq")


def test_two_threads_write_without_losing_anything(postbox):
    def fill(name):
        for n in range(40):
            postbox.file(letter(f"{name}{n}", 0, stream=""), again)

    threads = [threading.Thread(target=fill, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert postbox.load().rows == 80
    assert len(postbox.open_rows(100)) == 80


def test_what_is_committed_is_on_disk_at_once(postbox, tmp_path):
    postbox.file(letter(), again)
    other = sqlite3.connect(tmp_path / "control.db")
    assert other.execute("SELECT count(*) FROM inbox").fetchone() == (1,)
    (level,) = postbox._database._connection().execute("PRAGMA synchronous").fetchone()
    assert level == 2  # FULL
    other.close()
