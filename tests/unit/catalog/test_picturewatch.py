"""Pictures judged in the middle of the day: an approval ends, a file changes, and is put back."""

import hashlib
from datetime import date

import pytest

from node.catalog.assets import Approval
from node.catalog.hashes import HashBook
from node.catalog.picturewatch import PictureWatch

LAST = date(2026, 11, 21)


class Booth:
    """A watch over one picture; the day is set by hand."""

    def __init__(self, folder) -> None:
        self.path, self.today = folder / "slate.png", LAST
        self.path.write_bytes(b"picture")
        sha256 = hashlib.sha256(b"picture").hexdigest()
        self.approvals = {self.path: Approval(sha256, 7, LAST)}
        self.alarms, self.changes = [], 0
        self.watch = PictureWatch(
            HashBook(folder / "hashes.json"),
            approvals=lambda: self.approvals,
            today=lambda: self.today,
            alarm=self.alarms.append,
            changed=self._count,
        )

    def _count(self) -> None:
        self.changes += 1


@pytest.fixture
def booth(tmp_path):
    made = Booth(tmp_path)
    yield made
    made.watch.close()


async def test_a_picture_is_shown_until_the_day_of_its_approval_has_ended(booth):
    await booth.watch.look()
    assert booth.watch.may_show(booth.path)
    booth.today = date(2026, 11, 22)
    await booth.watch.look()
    await booth.watch.look()
    assert not booth.watch.may_show(booth.path)
    assert booth.alarms == ["slate.png: its approval ended with 2026-11-21"]
    assert booth.changes == 1


async def test_a_picture_put_back_is_shown_again(booth):
    booth.path.write_bytes(b"another")
    await booth.watch.look()
    assert "SHA-256" in booth.watch.refused[booth.path]
    booth.path.write_bytes(b"picture")
    await booth.watch.look()
    assert booth.watch.may_show(booth.path)
    assert booth.changes == 2


async def test_what_another_day_does_not_list_is_no_longer_judged(booth):
    booth.today = date(2026, 11, 22)
    await booth.watch.look()
    booth.approvals = {}
    await booth.watch.look()
    assert booth.watch.refused == {}


async def test_a_picture_without_an_approval_may_be_shown(booth, tmp_path):
    await booth.watch.look()
    assert booth.watch.may_show(tmp_path / "other.png")
