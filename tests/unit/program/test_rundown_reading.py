"""What a good file becomes, and that no file, however bad, is more than findings."""

import hashlib
import os
import tracemalloc
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.errors import RundownError
from node.findings import MAX_FINDINGS, Finding, has_errors
from node.program.canonical import canonical
from node.program.draft import Surroundings
from node.program.reading import judge_entries, load_rundown, read_rundown
from node.program.rundown import Block, Cue, Transition
from node.tables import MAX_BYTES, Source, Table
from tests.fakes.booth import Booth, PaperLedger, full_booth


@pytest.fixture
def booth(tmp_path):
    return Booth(tmp_path)


def test_the_sample_day_has_no_finding(booth):
    assert booth.read().findings == ()


def test_the_head_becomes_values(booth):
    rundown, _ = load_rundown(booth.day)
    assert (rundown.id, rundown.market, rundown.fps) == ("kiln-7", "CN", 30)
    assert rundown.title == {"zh": "七号窑 · 一只碗的旅行", "en": "Kiln 7 · A Bowl Travels"}
    assert rundown.date == date(2027, 3, 6)
    assert rundown.timezone == ZoneInfo("Asia/Shanghai")
    assert rundown.locales == ("zh", "en")
    assert (rundown.qr_base, rundown.fallback) == ("https://go.example.com/k7", "pause")


def test_the_hash_is_of_the_canonical_form(booth):
    reading = booth.read()
    wire = canonical(reading.rundown, reading.catalog, folder=booth.folder)
    assert reading.rundown.sha256 == hashlib.sha256(wire).hexdigest()


@pytest.mark.parametrize("fps", [30, 25])
def test_times_are_frames_of_the_nodes_rate(booth, fps):
    segments = booth.read(fps).rundown.segments
    assert segments["clay"].length == 190 * fps
    assert segments["table"].overrun == 90 * fps
    assert segments["clay"].out == Transition(frames=4 * fps // 10)
    assert segments["clay"].cues[2].at == round(140.4 * fps)


def test_a_time_from_the_end_is_resolved(booth):
    (cue,) = booth.read().rundown.segments["glaze"].cues
    assert cue == Cue("glaze.0", at=(200 - 5) * 30, do="arm", segment="table")


def test_cues_keep_their_index_and_come_in_the_order_of_time(booth):
    booth.change('at = "01:20.0"', 'at = "03:00.0"')
    cues = booth.read().rundown.segments["clay"].cues
    assert [cue.id for cue in cues] == ["clay.0", "clay.2", "clay.1"]


def test_a_lower_third_stays_six_seconds_unless_told(booth):
    booth.change('  for = "5s"\n', "")
    assert booth.read().rundown.segments["clay"].cues[0].for_frames == 180


def test_segments_keep_the_order_of_the_file(booth):
    assert list(booth.read().rundown.segments)[:3] == ["pause", "clay", "wheel"]


def test_asset_paths_are_absolute(booth, monkeypatch):
    monkeypatch.chdir(booth.folder.parent)
    relative = booth.day.relative_to(booth.folder.parent)
    reading = read_rundown(relative)
    assert reading.findings == ()
    assert reading.rundown.segments["fire"].asset == booth.folder / "clips/fire.mp4"
    assert reading.catalog.products["B1"].image == booth.folder / "img/bowl.png"


def test_blocks_are_minutes_sorted_by_their_start(booth):
    text = booth.day.read_text(encoding="utf-8")
    head, first, *others = text.split("[[block]]")
    booth.day.write_text("[[block]]".join([head, *others, first]), encoding="utf-8")
    blocks = booth.read().rundown.blocks
    assert [(block.start, block.end) for block in blocks] == [(600, 780), (780, 1230), (1230, 600)]
    assert blocks[0].is_hard
    assert blocks[2] == Block(1230, 600, ("shut",))


def test_a_rundown_without_products_needs_no_catalog(booth):
    text = booth.day.read_text(encoding="utf-8").replace("card.show", "card.hide")
    kept = [line for line in text.splitlines() if "catalog" not in line]
    cut = "\n".join(kept).replace('do = "card.hide"', 'do = "mark"\n  beat = "hook"')
    cut = cut.replace('beat = "climax"\n', "").replace('  product = "B1"', "")
    cut = cut.replace('  product = "B2"', "")
    for span in ("40s", "20s", "30s", "45s"):
        cut = cut.replace(f'  for = "{span}"', "")
    booth.day.write_text(cut, encoding="utf-8")
    reading = booth.read()
    assert reading.findings == ()
    assert reading.catalog.products == {}


def test_a_product_without_catalog_is_unknown(booth):
    booth.change('catalog  = "catalog.toml"\n', "")
    assert "segment[1].cue[2].product = 'B1': E14" in booth.faults()


def test_a_catalog_with_errors_refuses_the_rundown(booth):
    booth.change('currency = "CNY"\n', "", file="catalog.toml")
    reading = booth.read()
    assert [str(one) for one in reading.findings] == [
        f"{booth.folder / 'catalog.toml'}: file: E11: "
        "`currency` is missing: the one that the kiosk shows"
    ]
    assert reading.rundown is None
    assert reading.catalog is None


def test_a_catalog_given_counts_instead_of_the_file(booth):
    catalog = booth.read().catalog
    (booth.folder / "catalog.toml").unlink()
    reading = read_rundown(booth.day, catalog=catalog)
    assert reading.findings == ()
    assert reading.catalog is catalog


def test_load_raises_every_finding(booth):
    booth.change('fallback = "pause"\n', "")
    with pytest.raises(RundownError) as raised:
        load_rundown(booth.day)
    assert raised.value.faults == (
        f"{booth.day}: fallback: E03: names no segment: what plays when nothing else can?",
    )


NOT_TOML = {
    "nothing": b"",
    "a NUL": b"a = 1\n\0",
    "not UTF-8": "title = '碗'\n".encode("gb18030"),
    "UTF-16": "format = 'x'".encode("utf-16"),
    "a syntax error": b"[[segment]\nid = 1",
    "nested too deep": b"a = " + b"[" * 5000,
    "tables nested too deep": b"a = " + b"{a=" * 5000,
    "a key of many parts": b"a" + b".a" * 100_000 + b" = 1",
    "a header of many parts": b"[" + b"'a' . " * 30_000 + b"a]",
    "a number of many digits": b"a = " + b"1" * 100_000,
    "random bytes": bytes(range(256)) * 40,
    "a picture": b"\x89PNG\r\n\x1a\n" + b"\x00\x01" * 100,
}


@pytest.mark.parametrize("content", NOT_TOML.values(), ids=NOT_TOML)
def test_what_is_not_toml_is_an_e01(tmp_path, content):
    path = tmp_path / "day.toml"
    path.write_bytes(content)
    reading = read_rundown(path)
    assert reading.rundown is None
    assert any(one.code == "E01" for one in reading.findings)


def test_a_syntax_error_tells_line_and_column(booth):
    booth.change('id = "wheel"', 'id = "wheel')
    (finding,) = booth.read().findings
    assert finding.place == "line 45, column 12"


def test_bytes_that_are_not_utf_8_tell_their_line(tmp_path):
    path = tmp_path / "day.toml"
    path.write_bytes(b"a = 1\nb = 2\nc = '\xcd\xeb'\n")
    assert read_rundown(path).findings[0].place == "line 3"


def test_lines_may_end_as_windows_ends_them(booth):
    booth.day.write_bytes(booth.day.read_bytes().replace(b"\n", b"\r\n"))
    assert booth.read().findings == ()


@pytest.mark.parametrize("make", [Path, Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_an_e01(tmp_path, make):
    path = tmp_path / "day.toml"
    make(path)
    assert [one.code for one in read_rundown(path).findings] == ["E01"]


@pytest.mark.parametrize("unit", [b"\xff\x00garbage", b"a = 1\n", b"[[segment]]\n", b"#" * 80])
def test_ten_megabytes_are_refused_unread(tmp_path, unit):
    path = tmp_path / "day.toml"
    path.write_bytes(unit * (10_000_000 // len(unit)))
    tracemalloc.start()
    (finding,) = read_rundown(path).findings
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "KiB" in finding.message
    assert peak < 3 * MAX_BYTES


LARGEST = {
    "segments": "[[segment]]\n",
    "segments of one id": '[[segment]]\nid="a"\n',
    "blocks": '[[block]]\nfrom="00:00"\nto="00:01"\n',
    "cues": "[[segment.cue]]\n",
    "cards": '[[segment.cue]]\nat="00:00.0"\ndo="card.show"\nfor="9s"\nproduct="x"\n',
    "outputs": "[output.x{}]\n",
    "experiments": '[ab.x{}]\nA=["a","b"]\nB=["a"]\n',
    "gates": '[[segment]]\nid="g{}"\ngate={any=["x"],else="g0"}\n',
    "offers": '[[segment.cue]]\nclock="10:00"\ndo="offer.start"\noffer="x"\n',
    "lists in experiments": '[[block]]\nplay=["a"]\nab="x"\n',
    "unknown keys": "key{}=1\n",
    "texts": "[[segment]]\n[segment.title]\nzh='顶级'\n",
}
"""What grows with the square of the length takes minutes, and runs into the suite's own limit."""


@pytest.mark.parametrize("unit", LARGEST.values(), ids=LARGEST)
def test_the_largest_file_is_judged(tmp_path, unit):
    head = "[[segment]]\n" if "cue" in unit else ""
    count = (MAX_BYTES - 100) // (len(unit.encode()) + 4 * ("{" in unit))
    path = tmp_path / "day.toml"
    path.write_text(head + "".join(unit.replace("{}", str(n)) for n in range(count)))
    findings = read_rundown(path).findings
    assert len(findings) == MAX_FINDINGS + 1
    assert findings[-1].message.endswith("more findings")


def test_thousands_of_names_nearly_right_are_judged(booth):
    names = ", ".join(f'"{number:x}name{number:x}"' for number in range(9_000))
    segments = "".join(f'[[segment]]\nid="{number:x}nome{number:x}"\n' for number in range(700))
    booth.change('play = ["shut"]', f"play = [{names}]")
    booth.change("[output.kiosk]", f"{segments}[output.kiosk]")
    assert len(booth.read().findings) == MAX_FINDINGS + 1


HEAD_KEYS = "format id title date market timezone locales fps catalog fallback assets output ab"
SEGMENT_KEYS = "kind asset source length overrun episode text ai_label out next gate on_lost cue"
OTHER_KEYS = "at clock do for beat product from to play hard speaker zh en evidence kinds x"
TABLE_KEYS = "offer any all else unit seed A B own overlay data other"
KEYS = tuple(f"{HEAD_KEYS} {SEGMENT_KEYS} {OTHER_KEYS} {TABLE_KEYS}".split())
TAGS = "livesell-rundown/1 clip live agent slate card.show lower_third take arm mark say cut CN"
TIMES = "00:10.0 -00:02.0 10:00 24:00 40s 300ms catalog.toml Asia/Shanghai a b"
WORDS = tuple(f"{TAGS} {TIMES}".split())
CHARS = "a1.-: \"'\\\n\0碗é\u202e😀"
LEAVES = (
    st.sampled_from([*WORDS, "fade 300ms", "", " ", "\0", "../x", "全网第一"])
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | st.datetimes()
    | st.times()
    | st.text(CHARS, max_size=8)
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.sampled_from(KEYS) | st.text(CHARS, max_size=4), inner, max_size=8),
    max_leaves=8,
)
SEGMENTS = st.lists(st.dictionaries(st.sampled_from(KEYS), TREES, max_size=8), max_size=2)


# The folder is only read, or written whole for each example.
shared_folder = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(shared_folder, max_examples=100)
@given(
    entries=st.dictionaries(st.sampled_from(KEYS), TREES, max_size=12),
    segments=SEGMENTS,
    blocks=SEGMENTS,
)
def test_no_structure_is_more_than_findings(tmp_path, entries, segments, blocks):
    table = Table(
        {**entries, "segment": segments, "block": blocks}, file="day.toml", place="", faults=[]
    )
    reading = judge_entries(table, Source("day.toml", tmp_path, ""))
    assert has_errors(reading.findings)
    assert reading.rundown is None
    assert all("\n" not in str(one) and len(str(one)) < 2000 for one in reading.findings)


@pytest.mark.parametrize("make", [Booth, full_booth])
@settings(shared_folder, max_examples=100)
@given(data=st.data())
def test_a_good_day_with_any_value_replaced_never_crashes(tmp_path, make, data):
    import tomllib  # noqa: PLC0415  # what the node itself reads with

    booth = make(tmp_path)
    entries = tomllib.loads(booth.day.read_text(encoding="utf-8"))
    spot = entries
    while True:
        key = data.draw(st.sampled_from(list(spot) if isinstance(spot, dict) else range(len(spot))))
        inner = spot[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        spot = inner
    spot[key] = data.draw(TREES)
    table = Table(entries, file=str(booth.day), place="", faults=[])
    beside = Surroundings(ledger=PaperLedger("L1", "CNY", {}))
    reading = judge_entries(table, Source(str(booth.day), tmp_path, ""), beside=beside)
    assert (reading.rundown is None) == has_errors(reading.findings)


@given(content=st.binary(max_size=400))
@settings(shared_folder, max_examples=50)
def test_no_bytes_are_more_than_findings(tmp_path, content):
    path = tmp_path / "day.toml"
    path.write_bytes(content)
    assert has_errors(read_rundown(path).findings)


def test_a_file_name_with_a_line_break_stays_on_one_line():
    finding = Finding("day.toml", "segment[0].asset", "E50", "no such file: clips/a\n.mp4")
    assert str(finding).endswith("E50: no such file: clips/a\\n.mp4")
