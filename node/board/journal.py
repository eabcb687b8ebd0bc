"""Logging to stderr: with the journal's priorities when a machine reads, plainly for people."""

import logging
import sys
from collections import deque
from typing import TextIO

from typing_extensions import override

PRIORITIES = {
    logging.CRITICAL: 2,
    logging.ERROR: 3,
    logging.WARNING: 4,
    logging.INFO: 6,
    logging.DEBUG: 7,
}
"""Levels of sd-daemon(3), written as `<3>` before each line."""


class JournalFormatter(logging.Formatter):
    """One event, each of its lines with its priority."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        priority = PRIORITIES.get(record.levelno, PRIORITIES[logging.INFO])
        text = super().format(record)
        return "\n".join(f"<{priority}>{line}" for line in text.splitlines() or [""])


class RecentLines(logging.Handler):
    """Keeps the newest lines of the log, for whoever asks from afar."""

    def __init__(self, kept: int = 200) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.lines: deque[str] = deque(maxlen=kept)

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record)[:500])


def start_logging(*, is_verbose: bool, to: TextIO | None = None) -> None:
    """Send every event to stderr, or to `to`; from INFO up, from DEBUG if verbose.

    A stderr that cannot be written to (disk full, reader gone) is borne in silence: the show
    goes on.
    """
    logging.raiseExceptions = False
    out = to or sys.stderr
    entry = logging.StreamHandler(out)
    if out.isatty():
        entry.setFormatter(
            logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        )
    else:
        entry.setFormatter(JournalFormatter("%(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(entry)
    root.setLevel(logging.DEBUG if is_verbose else logging.INFO)
    for name in ("aioice", "aiortc", "asyncio", "PIL"):  # they say at INFO what is DEBUG to us
        logging.getLogger(name).setLevel(logging.INFO if is_verbose else logging.WARNING)
