"""The wire form of a rundown: one day has one form, wherever it lies and however it is written."""

import json

import pytest

from node.program.canonical import canonical, hash_of
from tests.fakes.booth import full_booth


def wire_of(booth):
    reading = booth.read()
    return canonical(
        reading.rundown, reading.catalog, folder=booth.folder, manifest=reading.manifest
    )


def test_it_is_json_with_sorted_keys_and_no_space(booth):
    wire = wire_of(booth).decode()
    again = json.dumps(json.loads(wire), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert wire == again
    assert "折叠纸灯" in wire


def test_times_are_frames_money_is_text_and_days_are_text(booth):
    wire = json.loads(wire_of(booth))
    first = wire["rundown"]["segments"][1]
    assert first["length"] == 6000
    assert [cue["at"] for cue in first["cues"]] == [18, 4512, 5790]
    assert wire["catalog"]["products"]["L1"]["price"] == {"CNY": "228.00", "USD": "32.00"}
    assert wire["catalog"]["offers"]["noon1"]["start"] == 760
    assert (wire["rundown"]["date"], wire["rundown"]["timezone"]) == ("2027-05-08", "Asia/Shanghai")


def test_gates_experiments_and_outputs_are_in_it(booth):
    day = json.loads(wire_of(booth))["rundown"]
    assert day["segments"][7]["gate"]["conditions"][1] == {
        "kind": "button", "name": "like", "count": 12, "span_s": 600,
    }  # fmt: skip
    assert day["experiments"]["order"]["seed"] == 20270508
    assert day["outputs"]["platform"]["kinds"] == ["live"]


def test_segments_keep_the_order_of_the_file(booth):
    segments = json.loads(wire_of(booth))["rundown"]["segments"]
    assert [one["id"] for one in segments[:4]] == ["hold", "s1", "s2", "s3"]


def test_names_of_files_count_from_the_rundowns_folder(booth):
    wire = wire_of(booth).decode()
    assert str(booth.folder) not in wire
    assert '"asset":"clips/s1.mp4"' in wire


def test_approved_files_stand_with_their_hash(booth):
    assert len(json.loads(wire_of(booth))["assets"]["clips/s1.mp4"]) == 64


def test_where_the_day_lies_does_not_matter(booth, tmp_path):
    other = tmp_path / "elsewhere"
    other.mkdir()
    assert wire_of(full_booth(other)) == wire_of(booth)


def test_comments_and_spaces_do_not_matter(booth):
    before = wire_of(booth)
    booth.change("# A lantern maker's day", "# The very same day")
    booth.change("fps      = 30", "fps = 30")
    booth.change('length = "03:05.0"', 'length = "03:05"')
    assert wire_of(booth) == before


@pytest.mark.parametrize(
    "change",
    [
        ('for = "42s"', 'for = "41s"'),
        ('"228.00"', '"227.00"', "catalog.toml"),
        ("seed = 20270508", "seed = 1"),
        ("scan:4", "scan:5"),
        ('other   = "stop"', 'other = "slate"'),
    ],
)
def test_whatever_is_shown_otherwise_has_another_hash(booth, change):
    before = booth.read().rundown.sha256
    booth.change(*change[:2], file=change[2] if len(change) > 2 else "day.toml")
    assert booth.read().rundown.sha256 != before


def test_the_rundown_knows_its_hash(booth):
    assert booth.read().rundown.sha256 == hash_of(wire_of(booth))
