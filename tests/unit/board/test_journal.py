"""Logging for the journal and for people."""

import io
import logging

import pytest
from typing_extensions import override

from node.board.journal import JournalFormatter, start_logging


class Terminal(io.StringIO):
    @override
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _fresh_root(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(logging, "raiseExceptions", True)
    level = root.level
    yield
    root.setLevel(level)


@pytest.mark.parametrize(
    ("level", "prefix"), [("ERROR", "<3>"), ("WARNING", "<4>"), ("INFO", "<6>"), ("DEBUG", "<7>")]
)
def test_each_line_has_the_journals_priority(level, prefix):
    record = logging.makeLogRecord(
        {"levelno": getattr(logging, level), "levelname": level, "name": "x", "msg": "a\nb"}
    )
    assert JournalFormatter("%(name)s: %(message)s").format(record) == f"{prefix}x: a\n{prefix}b"


def test_a_machine_reads_priorities_and_no_details():
    out = io.StringIO()
    start_logging(is_verbose=False, to=out)
    logging.getLogger("node.x").info("on")
    logging.getLogger("node.x").debug("detail")
    assert out.getvalue() == "<6>node.x: on\n"


def test_a_person_reads_time_and_level_and_details_if_asked():
    out = Terminal()
    start_logging(is_verbose=True, to=out)
    logging.getLogger("node.x").debug("detail")
    assert out.getvalue().endswith("DEBUG   node.x: detail\n")
    assert not out.getvalue().startswith("<")


def test_an_output_that_cannot_be_written_is_borne():
    class Full(io.StringIO):
        @override
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

    start_logging(is_verbose=False, to=Full())
    logging.getLogger("node.x").error("lost")
