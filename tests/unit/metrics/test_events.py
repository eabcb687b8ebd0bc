"""Events: unique ids, written in batches, bounded when the disk refuses."""

import asyncio
import json
import threading

import pytest

from node.chain import LONGEST_LINE, prove
from node.errors import DeviceError
from node.metrics import events as module
from node.metrics.asplayed import AsPlayed
from node.metrics.events import Event, Events
from node.store.kept import Store


class RefusingLog(AsPlayed):
    """A disk that is full until it is not."""

    is_full = True

    def append(self, records):
        if self.is_full:
            raise DeviceError("disk full")
        super().append(records)


class SlowLog(AsPlayed):
    """A disk that has begun to write, and ends when it is let."""

    def __init__(self, folder):
        super().__init__(folder)
        self.has_begun, self.may_end = threading.Event(), threading.Event()

    def append(self, records):
        self.has_begun.set()
        assert self.may_end.wait(60)
        super().append(records)


def stamp() -> str:
    return "2026-11-21T10:00:00.000+00:00"


def written(folder):
    path = folder / "as-played.jsonl"
    with path.open("rb") as stream:
        assert prove(stream).broken is None
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture
async def store(tmp_path):
    async with Store(tmp_path / "node.db") as one:
        yield one


async def test_ids_name_node_boot_and_number(tmp_path, store):
    for _ in range(2):
        events = Events(store, AsPlayed(tmp_path), node="a12", stamp=stamp)
        await events.begin()
        events.note(Event(ev="show.start"))
        await events.finish()
    assert [line["id"] for line in written(tmp_path)] == ["a12-1-000001", "a12-2-000001"]


async def test_events_wait_for_a_full_disk_and_are_written_once_it_has_room(tmp_path, store):
    played = RefusingLog(tmp_path)
    events = Events(store, played, node="a12", stamp=stamp)
    events.note(Event(ev="seg.start", seg="ep1"))
    with pytest.raises(DeviceError):
        await events.run(lambda: None)
    played.is_full = False
    await events.finish()
    assert [line["seg"] for line in written(tmp_path)] == ["ep1"]


async def test_a_disk_that_refuses_to_the_end_is_no_crash(tmp_path, store):
    events = Events(store, RefusingLog(tmp_path), node="a12", stamp=stamp)
    events.note(Event(ev="seg.start", seg="ep1"))
    await events.finish()
    assert not (tmp_path / "as-played.jsonl").exists()


async def test_a_loss_is_itself_an_event(tmp_path, store, monkeypatch):
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    events = Events(store, AsPlayed(tmp_path), node="a12", stamp=stamp)
    for number in range(5):
        events.note(Event(ev="cue.fire", cue=f"ep1.{number}"))
    await events.finish()
    kept = written(tmp_path)
    assert [line.get("cue") for line in kept[:3]] == ["ep1.2", "ep1.3", "ep1.4"]
    assert (kept[3]["ev"], kept[3]["n"], kept[3]["id"]) == ("fault", 2, "a12-0-000006")


async def test_a_write_that_is_cancelled_comes_once(tmp_path, store):
    played = SlowLog(tmp_path)
    events = Events(store, played, node="a12", stamp=stamp)
    events.note(Event(ev="seg.start", seg="ep1"))
    running = asyncio.create_task(events.run(lambda: None))
    assert await asyncio.to_thread(played.has_begun.wait, 60)
    running.cancel()
    await asyncio.sleep(0)
    played.may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await running
    await events.finish()
    assert len(written(tmp_path)) == 1


async def test_a_cancelled_part_writes_at_once_what_waits(tmp_path, store):
    events = Events(store, AsPlayed(tmp_path), node="a12", stamp=stamp)
    is_ready = asyncio.Event()
    running = asyncio.create_task(events.run(is_ready.set))
    await is_ready.wait()
    events.note(Event(ev="seg.start", seg="ep1"))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert [line["seg"] for line in written(tmp_path)] == ["ep1"]
    await events.finish()


async def test_a_torn_log_is_itself_an_event(tmp_path, store):
    (tmp_path / "as-played.jsonl").write_bytes(b'{"half a li')
    events = Events(store, AsPlayed(tmp_path), node="a12", stamp=stamp)
    await events.begin()
    await events.finish()
    (fault,) = written(tmp_path)
    assert (fault["part"], fault["why"]) == ("log", "11 torn bytes set aside")
    assert (tmp_path / "as-played.jsonl.torn").read_bytes() == b'{"half a li\n'


@pytest.mark.parametrize("why", ["\ud800", "x" * LONGEST_LINE, "\\" * (LONGEST_LINE // 2)])
async def test_what_no_line_can_hold_is_a_fault_in_its_place(tmp_path, store, why):
    events = Events(store, AsPlayed(tmp_path), node="a12", stamp=stamp)
    events.note(Event(ev="card.hide", why=why))
    await events.finish()
    (fault,) = written(tmp_path)
    assert (fault["ev"], fault["why"]) == ("fault", "not written: 'card.hide'")
