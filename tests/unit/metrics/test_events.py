"""Events: unique ids, written in batches, bounded when the disk refuses."""

import json

import pytest

from node.errors import DeviceError
from node.metrics import events as module
from node.metrics.events import Event, Events
from node.store import Store


class RefusingStore(Store):
    """A disk that is full until it is not."""

    is_full = True

    async def append(self, lines):
        if self.is_full:
            raise DeviceError("disk full")
        await super().append(lines)


def stamp() -> str:
    return "2026-11-21T10:00:00.000+00:00"


async def test_ids_name_node_boot_and_number(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        first = Events(store, node="a12", stamp=stamp)
        await first.begin()
        first.note(Event(ev="show.start"))
        await first.flush()
        second = Events(store, node="a12", stamp=stamp)
        await second.begin()
        second.note(Event(ev="show.start"))
        await second.flush()
        ids = [json.loads(line)["id"] for line in await store.events(9)]
    assert ids == ["a12-1-000001", "a12-2-000001"]


async def test_events_wait_for_a_full_disk_and_are_written_once_it_has_room(tmp_path):
    async with RefusingStore(tmp_path / "node.db") as store:
        events = Events(store, node="a12", stamp=stamp)
        events.note(Event(ev="seg.start", seg="ep1"))
        with pytest.raises(DeviceError):
            await events.run(lambda: None)
        await events.flush()
        store.is_full = False
        await events.flush()
        assert [json.loads(line)["seg"] for line in await store.events(9)] == ["ep1"]


async def test_a_loss_is_itself_an_event(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "WAITING_MAX", 3)
    async with Store(tmp_path / "node.db") as store:
        events = Events(store, node="a12", stamp=stamp)
        for number in range(5):
            events.note(Event(ev="cue.fire", cue=f"ep1.{number}"))
        await events.flush()
        kept = [json.loads(line) for line in await store.events(9)]
    assert [line.get("cue") for line in kept[:3]] == ["ep1.2", "ep1.3", "ep1.4"]
    assert (kept[3]["ev"], kept[3]["n"]) == ("fault", 2)
