"""What a rig finds is shown step by step, and nothing that failed is forgotten."""

import io

import pytest

from tools.rigs.report import Report, SkipError, StepError, table


@pytest.fixture
def out() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def report(out: io.StringIO) -> Report:
    return Report("booth", out)


def failing() -> str:
    raise StepError("seen nothing")


def absent() -> str:
    raise SkipError("no QEMU here")


def test_what_was_seen_becomes_a_finding(report: Report):
    assert report.attempt("boot", "systemd", lambda: "running")
    assert [(one.step, one.seen, one.verdict) for one in report.findings] == [
        ("boot", "running", "ok")
    ]


def test_a_failed_step_makes_the_report_bad_and_the_next_step_is_taken(report: Report):
    assert not report.attempt("boot", "systemd", failing)
    assert report.attempt("stop", "status 0", lambda: "0")
    assert [one.verdict for one in report.findings] == ["FAIL", "ok"]
    assert not report.is_good


def test_a_step_that_cannot_be_made_is_neither_good_nor_bad(report: Report):
    assert not report.attempt("boot", "systemd", absent)
    assert report.findings[0].verdict == "skip"
    assert report.is_good


def test_a_step_that_breaks_unforeseen_is_not_swallowed(report: Report):
    with pytest.raises(ZeroDivisionError):
        report.attempt("boot", "systemd", lambda: str(1 // 0))


def test_each_step_is_told_as_it_begins_and_as_it_ends(report: Report, out: io.StringIO):
    report.attempt("boot", "systemd", lambda: "running")
    began, ended = out.getvalue().splitlines()
    assert began == "....  booth: boot"
    assert ended.startswith("ok    boot: running (")


def test_columns_of_the_table_stand_below_each_other_in_chinese_too(report: Report):
    report.attempt("价格", "a", lambda: "b")
    report.attempt("price", "a", lambda: "b")
    rows = table(report.findings).splitlines()
    widths = {len(row.encode("gbk")) - len(row.encode("gbk").split(b"  a")[-1]) for row in rows[1:]}
    assert len(widths) == 1


def test_a_long_cell_is_cut(report: Report):
    report.attempt("boot", "x" * 500, lambda: "b")
    assert all(len(row) < 150 for row in table(report.findings).splitlines())
