"""The store: what is kept comes back, a refusing disk is a device error, damage is set aside."""

import sqlite3

import pytest

from node.errors import DeviceError
from node.store.kept import Store


async def test_what_is_kept_outlives_the_process(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        await store.keep("show", b"one")
        await store.keep("show", b"two")
    async with Store(tmp_path / "node.db") as store:
        assert await store.kept("show") == b"two"
        assert await store.kept("other") is None


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
            await store.keep("show", b"x" * 200_000)
        await store.keep("show", b"fits again")  # the connection is opened anew, without the limit
        assert await store.kept("show") == b"fits again"


async def test_a_folder_that_cannot_be_made_is_a_device_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    async with Store(tmp_path / "file" / "node.db") as store:
        with pytest.raises(DeviceError, match=r"node\.db"):
            await store.keep("show", b"one")


async def test_a_cut_in_the_middle_of_a_write_leaves_the_former_value(tmp_path):
    path = tmp_path / "node.db"
    async with Store(path) as store:
        await store.keep("show", b"before")
        cut = sqlite3.connect(path)
        cut.execute("UPDATE kept SET value = 'half'")  # never committed
        cut.close()
        assert await store.kept("show") == b"before"


async def test_of_a_book_the_newest_stay_and_outlive_the_process(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        await store.enlist("codes", [(str(n), b"%d" % n) for n in range(4)], most=3)
        await store.enlist("others", [("0", b"other")], most=3)
        await store.enlist("codes", [("4", b"4")], most=3)
    async with Store(tmp_path / "node.db") as store:
        assert await store.listed("codes") == [("2", b"2"), ("3", b"3"), ("4", b"4")]
        assert await store.listed("others") == [("0", b"other")]
        assert await store.listed("none") == []
