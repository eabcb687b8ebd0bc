"""What is wrong with the files of a day: not approved, not there, not as approved."""

import pytest

from node.program.reading import read_rundown
from tests.fakes.booth import UNDERCUT, write_manifest


def test_47_a_file_made_by_ai_without_label(booth):
    write_manifest(booth, s2={"ai_made": True})
    assert booth.faults() == ["segment[2].asset = 'clips/s2.mp4': E22", UNDERCUT]


MANIFEST = {
    "66 another length": ({"frames": 6010}, "6010 frames, `length` says 6000"),
    "another rate": ({"fps": "25"}, "25 pictures a second, the node has 30"),
    "another size": ({"bytes": 2}, "1 bytes, the manifest says 2"),
    "too loud": ({"loudness_lufs": -12.5}, "-12.5 LUFS, expected -16 within 1"),
}


@pytest.mark.parametrize(("entry", "reason"), MANIFEST.values(), ids=MANIFEST)
def test_a_file_that_is_not_as_approved_is_refused(booth, entry, reason):
    write_manifest(booth, s1=entry)
    finding = booth.read().findings[0]
    assert (finding.code, finding.place) == ("E50", "segment[1].asset = 'clips/s1.mp4'")
    assert finding.message.startswith(reason)


@pytest.mark.parametrize("frames", [5999, 6001])
def test_a_frame_more_or_less_is_allowed(booth, frames):
    write_manifest(booth, s1={"frames": frames})
    assert booth.faults() == [UNDERCUT]


def test_a_file_that_nobody_approved_is_refused(booth):
    write_manifest(booth)
    booth.change('"clips/s4.mp4": ', '"clips/s9.mp4": ', file="assets.json")
    assert booth.faults() == ["segment[4].asset = 'clips/s4.mp4': E50", UNDERCUT]


ENTRY = '{"format": "livesell-assets/1", "files": {"a": {"sha256": "%s", "bytes": 1%s}}}'
BROKEN = {
    "no JSON": "{",
    "another format": '{"format": "x", "files": {}}',
    "no files": '{"format": "livesell-assets/1"}',
    "a hash of three letters": ENTRY % ("abc", ""),
    "a rate of nothing": ENTRY % ("0" * 64, ', "fps": "1/0"'),
    "nested too deep": "[" * 100_000,
    "a megabyte": " " * ((1 << 20) + 1),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_manifest_that_cannot_be_read_is_a_finding(booth, content):
    (booth.folder / "assets.json").write_text(content, encoding="utf-8")
    assert booth.faults() == ["assets = 'assets.json': E50", UNDERCUT]


def test_a_manifest_that_is_named_must_be_there(booth):
    (booth.folder / "assets.json").unlink()
    assert booth.faults() == ["assets = 'assets.json': E50", UNDERCUT]


def test_without_files_nobody_looks_for_them(booth):
    for path in [
        *booth.folder.glob("clips/*"),
        *booth.folder.glob("img/*"),
        booth.folder / "assets.json",
    ]:
        path.unlink()
    reading = read_rundown(booth.day, has_files=False)
    assert [one.code for one in reading.findings] == ["W37"]
    assert reading.rundown is not None
