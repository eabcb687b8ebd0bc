"""The store: what is kept comes back, a refusing disk is a device error, damage is set aside."""

import sqlite3

import pytest

from node.errors import DeviceError
from node.store import Store


async def test_what_is_kept_outlives_the_process(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        await store.keep("show", b"one")
        await store.keep("show", b"two")
    async with Store(tmp_path / "node.db") as store:
        assert await store.kept("show") == b"two"
        assert await store.kept("other") is None


async def test_events_come_back_in_order(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        await store.append(["a", "b"])
        await store.append(["c"])
        assert await store.events(2) == ["b", "c"]


async def test_a_damaged_file_is_set_aside_and_the_show_goes_on(tmp_path):
    path = tmp_path / "node.db"
    path.write_bytes(b"this was a database once" * 100)
    async with Store(path) as store:
        await store.keep("show", b"one")
        assert await store.kept("show") == b"one"
    assert (tmp_path / "node.db.damaged").exists()


async def test_a_full_disk_is_a_device_error_and_heals(tmp_path):
    path = tmp_path / "node.db"
    async with Store(path) as store:
        await store.keep("show", b"one")
        await store._do(lambda db: db.execute("PRAGMA max_page_count = 1"))
        with pytest.raises(DeviceError, match="full"):
            await store.append(["x" * 4000] * 50)
        await store.append(["fits again"])  # the connection is opened anew, without the limit
        assert await store.events(9) == ["fits again"]


async def test_a_folder_that_cannot_be_made_is_a_device_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    async with Store(tmp_path / "file" / "node.db") as store:
        with pytest.raises(DeviceError, match=r"node\.db"):
            await store.keep("show", b"one")


async def test_old_events_make_room(tmp_path, monkeypatch):
    monkeypatch.setattr("node.store.EVENTS_KEPT", 10)
    async with Store(tmp_path / "node.db") as store:
        await store.append([str(number) for number in range(25)])
        kept = await store.events(100)
    assert kept == [str(number) for number in range(15, 25)]


async def test_a_cut_in_the_middle_of_a_write_leaves_the_former_value(tmp_path):
    path = tmp_path / "node.db"
    async with Store(path) as store:
        await store.keep("show", b"before")
        cut = sqlite3.connect(path)
        cut.execute("UPDATE kept SET value = 'half'")  # never committed
        cut.close()
        assert await store.kept("show") == b"before"
