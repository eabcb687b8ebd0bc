"""livesell check: what it prints, and what it says by its exit code."""

import io
import json
import sys

import pytest

from node.cli.check import Closely, check
from tests.fakes.booth import Booth, full_booth

QUICKLY = Closely(has_clips=False)
"""A booth's clips are of one byte: nobody looks into them here."""


@pytest.fixture(autouse=True)
def _memory(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def booth(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return Booth(tmp_path)


NOTES = (
    "not checked: E37, struck prices: there is no price ledger at hand\n"
    "not checked: E50, clips: nobody looked into them\n"
    "not checked: E50, hashes of files: no manifest (`assets`) to compare with\n"
)


def judge(path, capsys, *, as_json=False, closely=QUICKLY):
    """Exit code, findings and total; the notes of what was not checked are left out."""
    code = check([path], as_json=as_json, closely=QUICKLY)
    printed = capsys.readouterr()
    return code, printed.out, printed.err.replace(NOTES, "")


def test_what_was_not_checked_is_told_once(booth, capsys):
    assert check([booth.day, booth.day], as_json=False, closely=QUICKLY) == 0
    assert capsys.readouterr().err == f"{NOTES}0 errors, 0 warnings\n"


def test_a_file_changed_after_its_approval_is_found_by_its_hash(tmp_path, capsys):
    day = full_booth(tmp_path)
    assert check([day.day], as_json=False, closely=QUICKLY) == 0
    assert "the manifest is not signed" in capsys.readouterr().err
    (tmp_path / "clips/s4.mp4").write_bytes(b"\1")
    assert check([day.day], as_json=False, closely=QUICKLY) == 1
    assert "assets: 'clips/s4.mp4': E50: not the file that was approved" in capsys.readouterr().out


def test_without_files_nobody_looks_for_them(booth, capsys):
    (booth.folder / "clips/fire.mp4").unlink()
    assert check([booth.day], as_json=False, closely=Closely(has_files=False)) == 0
    assert "nobody looked" in capsys.readouterr().err


def test_a_clean_day_prints_nothing_but_the_total(booth, capsys):
    assert judge(booth.day, capsys) == (0, "", "0 errors, 0 warnings\n")


def test_a_finding_is_one_line_file_place_code_message(booth, capsys):
    booth.change("02:20.4", "03:31.5")
    path = booth.day.relative_to(booth.folder)
    assert judge(path, capsys) == (
        1,
        "day.toml: segment[1].cue[2].at = '03:31.5': E18: "
        "must lie from the start to before the end, 03:10.000\n",
        "1 error, 0 warnings\n",
    )


def test_warnings_alone_are_no_failure(booth, capsys):
    booth.change("02:20.4", "02:20.41")
    code, _, total = judge(booth.day, capsys)
    assert (code, total) == (0, "0 errors, 1 warning\n")


def test_json_is_a_list_of_findings(booth, capsys):
    booth.change("第四集 火", "顶级的火")
    code, out, _ = judge(booth.day, capsys, as_json=True)
    assert code == 1
    assert json.loads(out) == [
        {
            "file": str(booth.day),
            "place": "segment[4].title.zh = '顶级的火'",
            "code": "E20",
            "severity": "error",
            "message": "hard word '顶级' (rule configured for market CN, source: 广告法 Art. 9(3); "
            "SAMR guide 2023 no. 6 (list illustrative, exceptions))",
        }
    ]


def test_json_of_a_clean_day_is_an_empty_list(booth, capsys):
    assert json.loads(judge(booth.day, capsys, as_json=True)[1]) == []


def test_a_path_without_file_is_wrong_usage(booth, capsys):
    code = check([booth.day, booth.folder / "absent.toml"], as_json=False, closely=QUICKLY)
    printed = capsys.readouterr()
    assert code == 2
    assert printed.out == ""
    assert str(booth.folder / "absent.toml") in printed.err


def test_a_folder_is_a_finding(booth, capsys):
    code, out, _ = judge(booth.folder, capsys)
    assert code == 1
    assert ": E01: cannot be read" in out


def test_a_catalog_is_known_by_its_format(booth, capsys):
    booth.change("09520000000028", "1", file="catalog.toml")
    code, out, _ = judge(booth.folder / "catalog.toml", capsys)
    assert code == 1
    assert "product.B2.gtin = '1': E30: " in out


def test_a_configuration_is_known_by_its_tables(booth, capsys):
    path = booth.folder / "node.toml"
    path.write_text('rundown = "day.toml"\n[program]\nfps = 30\n', encoding="utf-8")
    assert judge(path, capsys)[0] == 0


def test_each_fault_of_a_configuration_is_a_finding(booth, capsys):
    path = booth.folder / "node.toml"
    text = 'rundown = "day.toml"\n[camera]\nkind = "web: cam"\n[encoder]\nbitrate_kbps = -1\n'
    path.write_text(text, encoding="utf-8")
    code, out, _ = judge(path, capsys, as_json=True)
    assert code == 1
    assert {(one["place"], one["code"]) for one in json.loads(out)} == {
        ("camera.kind = 'web: cam'", "E53"),
        ("encoder.bitrate_kbps = -1", "E53"),
    }


def test_toml_that_says_nothing_of_itself_is_judged_as_a_rundown(booth, capsys):
    path = booth.folder / "x.toml"
    path.write_text("a = 1\n", encoding="utf-8")
    code, out, _ = judge(path, capsys)
    assert code == 1
    assert "format: E01: " in out


def test_several_files_are_judged_together(booth, capsys):
    booth.change('fallback = "pause"\n', "")
    code = check([booth.folder / "catalog.toml", booth.day], as_json=False, closely=QUICKLY)
    assert code == 1
    assert capsys.readouterr().err.endswith("1 error, 0 warnings\n")


def test_a_narrow_terminal_encoding_is_no_obstacle(booth, monkeypatch):
    booth.change("第四集 火", "顶级的火")
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", screen)
    assert check([booth.day], as_json=False, closely=QUICKLY) == 1
    screen.seek(0)
    assert "\\u9876\\u7ea7" in screen.read()
