"""Events on their way up: what a crash or a full disk kept from the outbox comes from the log."""

import asyncio
import json

import pytest

from node.control import relay as module
from node.control.relay import EventRelay, missed, place_of
from node.errors import DeviceError
from node.metrics.asplayed import AsPlayed
from node.metrics.events import Event
from node.store.letters import Post
from node.store.postbox import Postbox


def event(number, boot=1, node="n-1"):
    return Event(id=f"{node}-{boot}-{number:06d}", ts="2026-11-21T04:40:00.000+00:00", ev="tap")


class Rig:
    def __init__(self, folder):
        self.folder, self.told = folder, 0
        self.played = AsPlayed(folder, file_bytes=2000)
        self.postbox = Postbox(folder / "control.db")
        self.relay = self.anew()

    def anew(self):
        """As after a start."""

        def as_post(id_, kind, data, time):
            return Post("up", json.dumps(data).encode(), "event", 0)

        def tell():
            self.told += 1

        return EventRelay(self.postbox, self.folder, as_post, tell)

    def write(self, *batch):
        self.played.append([{"id": one.id, "ts": one.ts, "ev": one.ev} for one in batch])

    def both(self, *batch):
        self.write(*batch)
        self.relay(batch)

    @property
    def upward(self):
        posts = self.postbox.next_posts(10_000)
        return [int(json.loads(post.body)["id"].split("-")[-1]) for post in posts]


@pytest.fixture
async def rig(tmp_path):
    rig = Rig(tmp_path)
    yield rig
    rig.postbox.close()
    rig.played.close()


async def test_what_was_written_goes_up_once(rig):
    rig.both(event(1), event(2))
    rig.both(event(3))
    assert rig.upward == [1, 2, 3]
    await asyncio.sleep(0)
    assert rig.told == 2


async def test_what_a_crash_kept_from_the_outbox_goes_up_after_the_start(rig):
    rig.both(event(1))
    rig.write(event(2), event(3))  # the process ends here
    rig.relay = rig.anew()
    rig.both(event(1, boot=2))
    assert rig.upward == [1, 2, 3, 1]


async def test_a_start_sends_nothing_a_second_time(rig):
    rig.both(event(1), event(2))
    rig.relay = rig.anew()
    rig.both(event(1, boot=2))
    assert rig.upward == [1, 2, 1]


async def test_it_is_caught_up_across_files_of_the_log(rig):
    rig.both(event(1))
    for number in range(2, 60):
        rig.write(event(number))
    assert (rig.folder / "as-played-000002.jsonl").exists()
    rig.relay = rig.anew()
    rig.both(event(60))
    assert rig.upward == list(range(1, 61))


async def test_what_a_full_disk_refused_goes_up_when_there_is_room(rig, monkeypatch):
    rig.both(event(1))

    def full(*_):
        raise DeviceError("disk full")

    with monkeypatch.context() as at_that_time:
        at_that_time.setattr(rig.postbox, "send", full)
        rig.both(event(2))
    rig.both(event(3))
    assert rig.upward == [1, 2, 3]


async def test_after_a_damaged_outbox_the_open_file_goes_up_again(rig):
    rig.both(event(1))
    rig.postbox.close()
    (rig.folder / "control.db").write_bytes(b"garbage" * 1000)
    rig.both(event(2))
    rig.both(event(3))
    assert rig.postbox.damaged == 1
    assert sorted(set(rig.upward)) == [1, 2, 3]


async def test_a_torn_line_of_the_log_holds_up_nothing(rig):
    rig.write(event(1), event(2))
    with (rig.folder / "as-played.jsonl").open("ab") as file:
        file.write(b'{"ev":"ta')
    assert [one.id for one in missed(rig.folder, place_of(event(1).id))] == [event(2).id]


async def test_events_of_a_start_that_was_not_counted_go_up_as_they_come(rig):
    rig.both(event(1))
    rig.both(event(1, boot=0))
    rig.relay = rig.anew()
    rig.both(event(2))
    assert rig.upward == [1, 1, 2]


async def test_more_than_a_week_stays_in_the_log(rig, monkeypatch, caplog):
    monkeypatch.setattr(module, "MISSED_MAX", 3)
    rig.write(*[event(number) for number in range(1, 6)])
    assert [place_of(one.id) & 0xFF for one in missed(rig.folder, 0)] == [3, 4, 5]
    assert "stay in the log alone" in caplog.text


@pytest.mark.parametrize(("id_", "place"), [
    ("n-1-2-000003", (2 << 32) + 3), ("booth-0-000003", 0), ("", 0), ("a-b-c", 0), ("x", 0),
])  # fmt: skip
def test_a_place_is_start_and_number(id_, place):
    assert place_of(id_) == place
