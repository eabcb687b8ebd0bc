"""How the results of tests that ran elsewhere are read."""

from pathlib import Path

import pytest

from tools.rigs.aarch64 import GROUPS, judged
from tools.rigs.place import ROOT
from tools.rigs.report import StepError

CASES = """<testcase classname="tests.unit.test_a" name="test_well"/>
<testcase classname="tests.unit.test_a" name="test_absent"><skipped/></testcase>"""
FAILED = '<testcase classname="tests.unit.test_a" name="test_ill"><failure/></testcase>'


def results(path: Path, cases: str, failures: int) -> Path:
    count = cases.count("<testcase")
    path.write_text(
        f'<testsuites><testsuite tests="{count}" failures="{failures}" errors="0" skipped="1">'
        f"{cases}</testsuite></testsuites>"
    )
    return path


def test_what_passed_and_what_was_skipped_is_counted(tmp_path: Path):
    assert judged(results(tmp_path / "a.xml", CASES, 0)) == "1 passed, 1 skipped, 0 failed"


def test_a_test_that_failed_is_named(tmp_path: Path):
    with pytest.raises(StepError, match=r"1 passed, 1 skipped, 1 failed: test_a\.test_ill"):
        judged(results(tmp_path / "a.xml", CASES + FAILED, 1))


def test_all_that_is_to_run_is_there():
    paths = [path for group in GROUPS for path in group.paths]
    assert [path for path in paths if not (ROOT / path).exists()] == []
