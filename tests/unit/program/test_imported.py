"""E50 and W50: what import finds in clips, and whose approval counts, here and today."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from node.catalog.checks import AssetChecks
from node.catalog.inspection import Inspection, Span
from node.program.reading import read_rundown
from tests.fakes.booth import Booth
from tests.fakes.vault import entry_of, trusting, write_signed

MEDIA = {".mp4", ".png", ".jpg"}


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


def named(booth) -> dict[str, Path]:
    """The files of the day by name; the first clip is that of segment[1]."""
    files = [one for one in booth.folder.rglob("*") if one.is_file() and one.suffix in MEDIA]
    return {path.relative_to(booth.folder).as_posix(): path for path in files}


def first_clip(booth) -> str:
    reading = booth.read()
    return reading.clips[0].relative_to(booth.folder).as_posix()


def approve(booth, **terms):
    booth.change("catalog  =", 'assets = "assets.json"\ncatalog  =')
    entries = {name: entry_of(path, **terms) for name, path in named(booth).items()}
    write_signed(booth.folder / "assets.json", entries)


def found(booth, *, now=None, is_required=True, **checks) -> list[str]:
    reading = read_rundown(
        booth.day,
        checks=AssetChecks(
            trusting(is_required=is_required), now=None if now is None else lambda: now, **checks
        ),
    )
    return [f"{one.code}: {one.message}" for one in reading.findings]


def looked(booth, inspection, **more):
    """Findings where the first clip is found to be so, and nobody looked at the others."""
    name = first_clip(booth)
    return found(
        booth,
        inspected=lambda path: inspection if path == booth.folder / name else None,
        **more,
    )


BEYOND = {
    "fps": (Inspection(frames=5700, fps=24.0), "24 pictures a second"),
    "loudness": (Inspection(frames=5700, fps=30.0, loudness_lufs=-23.0), "-23.0 LUFS"),
    "black": (Inspection(frames=5700, fps=30.0, black=(Span(1.0, 1.6),)), "black 1.0-1.6 s"),
    "silence": (Inspection(frames=5700, fps=30.0, silent=(Span(3.0, 6.0),)), "silent 3.0-6.0 s"),
}


@pytest.mark.parametrize(("name", "inspection", "words"), [(k, *v) for k, v in BEYOND.items()])
def test_an_approved_clip_beyond_the_standard_is_refused_unless_let_pass(
    booth, name, inspection, words
):
    approve(booth)
    [line] = looked(booth, inspection)
    assert line.startswith(f"E50: {words}")
    entries = {one: entry_of(path, accepted=(name,)) for one, path in named(booth).items()}
    write_signed(booth.folder / "assets.json", entries)
    assert looked(booth, inspection) == []


@pytest.mark.parametrize("name", ["fps", "black", "silence"])
def test_a_clip_that_nobody_approved_plays_as_it_is_with_a_warning(booth, name):
    inspection, words = BEYOND[name]
    [line] = looked(booth, inspection, is_required=False)
    assert line.startswith(f"W50: {words}")


def test_a_clip_that_is_not_levelled_is_levelled_without_a_word(booth):
    assert looked(booth, BEYOND["loudness"][0], is_required=False) == []


@pytest.mark.parametrize("fps", [29.97, 30.0])
def test_a_rate_that_looks_alike_is_no_fault(booth, fps):
    assert looked(booth, Inspection(frames=5700, fps=fps), is_required=False) == []


def test_a_clip_shorter_than_its_length_ends_early(booth):
    inspection = Inspection(frames=10, fps=30.0)
    [line] = looked(booth, inspection, is_required=False)
    assert "10 frames, `length` says" in line
    assert line.endswith("ends early")


def test_a_clip_that_cannot_be_played_is_refused_approved_or_not(booth):
    fault = Inspection(fault="not a clip that can be played")
    assert looked(booth, fault, is_required=False) == ["E50: not a clip that can be played"]


def test_frames_are_compared_with_those_approved(booth):
    approve(booth, frames=5700, fps="30")
    lines = looked(booth, Inspection(frames=5702, fps=30.0))
    assert "E50: 5702 frames found, the manifest says 5700" in lines
    assert all("5701" not in one for one in looked(booth, Inspection(frames=5701, fps=30.0)))


def test_where_nothing_else_plays_a_day_without_manifest_is_refused(booth):
    [line] = found(booth)
    assert line.startswith("E50: `assets` is missing")
    assert found(booth, is_required=False) == []


def test_another_market_is_refused(booth):
    approve(booth, markets=("EU", "UK"))
    assert set(found(booth)) == {"E50: approved for EU, UK, not for CN"}
    entries = {one: entry_of(path, markets=("CN", "EU")) for one, path in named(booth).items()}
    write_signed(booth.folder / "assets.json", entries)
    assert found(booth) == []


def test_an_approval_ends_with_its_day_in_the_booths_time_zone(booth):
    day = booth.read().rundown.date
    approve(booth, expires=day)
    noon = datetime(day.year, day.month, day.day, 15, 59, tzinfo=UTC)  # 23:59 in Shanghai
    assert found(booth, now=noon) == []
    late = found(booth, now=noon.replace(hour=16))
    assert set(late) == {f"E50: its approval ended with {day}"}
    assert found(booth) == []  # without a clock nobody can tell


def test_an_approval_that_ends_before_the_first_day_is_refused_early(booth):
    approve(booth, expires=date(2020, 1, 1))
    assert found(booth, now=datetime(2019, 1, 1, tzinfo=UTC)) != []


def test_who_approved_must_be_named_where_signatures_are_required(booth):
    approve(booth, approver="")
    assert set(found(booth)) == {"E50: the manifest names nobody who approved it"}
    assert found(booth, is_required=False) == []


def test_a_picture_of_the_catalog_needs_approval_too(booth):
    approve(booth)
    entries = {one: entry_of(path) for one, path in named(booth).items() if "pitcher" not in one}
    write_signed(booth.folder / "assets.json", entries)
    assert set(found(booth)) == {"E50: not in the manifest of assets"}
    assert found(booth, is_required=False) == []


def test_an_altered_file_is_named_with_its_place(booth):
    approve(booth)
    name = first_clip(booth)
    lines = found(booth, sha256_of=lambda path: "f" * 64 if path.name in name else "")
    assert lines == ["E50: not the file that was approved: its SHA-256 differs"]


def test_the_approval_goes_with_its_segment_and_changes_no_hash_of_the_day(booth):
    approve(booth, expires=date(2030, 1, 1))
    reading = booth.read()
    approvals = [one.approval for one in reading.rundown.segments.values() if one.asset]
    assert {one.expires for one in approvals} == {date(2030, 1, 1)}
