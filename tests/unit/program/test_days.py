"""Edited days: judged beside the first, kept for the next start, refused without a trace."""

import json
import shutil

import pytest

from node.program.days import CURRENT, FOLDER, Days
from tests.fakes.booth import Booth


@pytest.fixture
def booth(tmp_path):
    (tmp_path / "booth").mkdir()
    return Booth(tmp_path / "booth")


@pytest.fixture
def days(booth, tmp_path):
    return Days(booth.day, tmp_path / "state", fps=30)


def edited(booth, old: str, new: str, file: str = "day.toml") -> bytes:
    """The bytes of a file with one place changed."""
    text = (booth.folder / file).read_text("utf-8")
    assert text.count(old) == 1
    return text.replace(old, new).encode()


TITLE = ("七号窑 · 一只碗的旅行", "八号窑")
PRICE = ('CNY = "96.00"', 'CNY = "97.00"')


def test_an_edited_day_is_played_at_the_next_start_with_the_first_ones_files(booth, days, tmp_path):
    day = days.judge({"day.toml": edited(booth, *TITLE)}, None)
    assert day.reading.rundown.title["zh"] == "八号窑"
    assert day.reading.rundown.segments["clay"].asset == booth.folder / "clips/clay.mp4"
    assert day.reading.catalog.products["B1"].image == booth.folder / "img/bowl.png"
    days.keep(day)
    again = Days(booth.day, tmp_path / "state", fps=30).read(None)
    assert again.rundown == day.reading.rundown


def test_a_day_that_was_only_judged_is_not_played(booth, days):
    days.judge({"day.toml": edited(booth, *TITLE)}, None)
    assert days.read(None).rundown.title["zh"] == TITLE[0]


def test_a_catalog_alone_changes_the_catalog_alone(booth, days):
    days.keep(days.judge({"day.toml": edited(booth, *TITLE)}, None))
    days.keep(days.judge({"prices.toml": edited(booth, *PRICE, "catalog.toml")}, None))
    reading = days.read(None)
    assert reading.rundown.title["zh"] == "八号窑"
    assert reading.catalog.products["B2"].price["CNY"] == "97.00"


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "E01"), (b"\xff\xfe", "E01"), (b"a = [", "E01"), (b'format = "x"', "E01")],
)
def test_a_refused_day_leaves_no_trace(booth, days, tmp_path, content, code):
    before = days.read(None)
    day = days.judge({"day.toml": content}, None)
    assert day.reading.rundown is None
    assert code in {one.code for one in day.reading.findings}
    assert list((tmp_path / "state" / FOLDER).iterdir()) == []
    assert days.read(None) == before


def test_findings_name_the_file_as_the_author_knows_it(booth, days):
    day = days.judge({"day.toml": edited(booth, 'asset = "clips/clay.mp4"', "")}, None)
    assert {one.file for one in day.reading.findings} == {"day.toml"}


@pytest.mark.parametrize(
    "name", ["../catalog.toml", "/etc/passwd", "a/../../catalog.toml", "\\u0000"]
)
def test_a_catalog_outside_the_folder_is_refused_and_nothing_written_there(
    booth, days, tmp_path, name
):
    outside = sorted(tmp_path.rglob("*"))
    day = days.judge(
        {
            "day.toml": edited(booth, '"catalog.toml"', f'"{name}"'),
            "c.toml": b'format = "livesell-catalog/1"',
        },
        None,
    )
    assert day.reading.rundown is None
    left = {path for path in tmp_path.rglob("*") if (tmp_path / "state") not in path.parents}
    assert left - {tmp_path / "state"} == set(outside)


def test_the_first_day_counts_again_once_it_has_been_changed(booth, days):
    days.keep(days.judge({"day.toml": edited(booth, *TITLE)}, None))
    booth.change(TITLE[0], "九号窑")
    assert days.read(None).rundown.title["zh"] == "九号窑"


def test_a_torn_or_lost_day_is_not_played(booth, days, tmp_path):
    day = days.judge({"day.toml": edited(booth, *TITLE)}, None)
    days.keep(day)
    kept = tmp_path / "state" / FOLDER / day.sha256
    (kept / "day.toml").write_bytes(b"half")
    assert days.read(None).rundown.title["zh"] == TITLE[0]
    shutil.rmtree(kept)
    assert days.read(None).rundown.title["zh"] == TITLE[0]


@pytest.mark.parametrize("content", ["", "{", json.dumps({"sha256": "../..", "after": 3})])
def test_a_damaged_note_of_the_day_is_no_note(days, tmp_path, content):
    folder = tmp_path / "state" / FOLDER
    folder.mkdir(parents=True)
    (folder / CURRENT).write_text(content)
    assert days.read(None).rundown.title["zh"] == TITLE[0]


def fetched(booth, tmp_path, name="a" * 64):
    """The booth's files as they come from an asset server, gone from its own folder."""
    folder = tmp_path / "state" / "assets" / "shows"
    (folder / name).mkdir(parents=True)
    for part in ("clips", "img", "pause.png"):
        (booth.folder / part).rename(folder / name / part)
    (folder / "current").symlink_to(name)
    return folder / name


def test_an_edited_day_finds_files_that_were_fetched_and_keeps_to_them(booth, days, tmp_path):
    edit = edited(booth, *TITLE)
    folder = fetched(booth, tmp_path)
    day = days.judge({"day.toml": edit}, None)
    assert day.reading.rundown.segments["clay"].asset == folder / "clips/clay.mp4"
    days.keep(day)
    (folder.parent / "current").unlink()
    (folder.parent / "current").symlink_to("b" * 64)  # other files came for a day still to come
    again = Days(booth.day, tmp_path / "state", fps=30).read(None)
    assert again.rundown == day.reading.rundown


def test_which_day_is_played_outlives_a_power_cut(booth, days, monkeypatch):
    synced = []
    monkeypatch.setattr(
        "node.program.days.sync_folder",
        lambda folder: synced.append((folder / "current.json").exists()),
    )
    days.keep(days.judge({"day.toml": edited(booth, *TITLE)}, None))
    assert synced == [True]
