"""Codes given out: kept at once, known after a restart, bounded."""

import asyncio
from datetime import date

import pytest

from node.store.kept import Store
from node.stream.crowd import Showing
from node.web import codes
from node.web.codes import ScanCodes

SHOWN = Showing("P17", "ep1.1", 3, date(2026, 11, 21))


async def kept(book: ScanCodes) -> None:
    """Run the book until all that was given out is on disk."""
    task = asyncio.create_task(book.run(lambda: None))
    while book._unkept:  # noqa: ASYNC110  # the book tells nobody
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_code_photographed_before_a_power_cut_still_leads_to_its_showing(tmp_path):
    async with Store(tmp_path / "node.db") as store:
        before = ScanCodes(store)
        code = before.give(SHOWN)
        await kept(before)
    async with Store(tmp_path / "node.db") as store:
        after = ScanCodes(store)
        await after.restore()
        assert after.find(code) == SHOWN
        assert after.find("zzzzzz") is None


async def test_of_many_codes_the_newest_are_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(codes, "CODES_KEPT", 3)
    async with Store(tmp_path / "node.db") as store:
        before, after = ScanCodes(store), ScanCodes(store)
        given = [before.give(SHOWN) for _ in range(5)]
        assert [before.find(code) is not None for code in given] == [False] * 2 + [True] * 3
        await kept(before)
        await after.restore()
        assert [after.find(code) is not None for code in given] == [False] * 2 + [True] * 3


async def test_while_the_disk_refuses_codes_lead_where_they_should(tmp_path):
    (tmp_path / "file").write_text("in the way")
    async with Store(tmp_path / "file" / "node.db") as store:
        book = ScanCodes(store)
        await book.restore()
        code = book.give(SHOWN)
        with pytest.raises(Exception, match=r"node\.db"):
            await book.run(lambda: None)
        assert book.find(code) == SHOWN
        assert list(book._unkept) == [code]


async def test_what_cannot_be_read_is_forgotten_and_told(tmp_path, caplog):
    async with Store(tmp_path / "node.db") as store:
        await store.enlist(codes.BOOK, [("abcdef", b"no showing")], most=9)
        book = ScanCodes(store)
        await book.restore()
        assert book.find("abcdef") is None
    assert "forgotten" in caplog.text
