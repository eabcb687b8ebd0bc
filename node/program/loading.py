"""The day to be played, as a node that starts finds it: judged by the prices it has told."""

from dataclasses import dataclass
from datetime import UTC
from pathlib import Path

from node.catalog.ledger import NAME, Ledger
from node.catalog.products import Catalog
from node.errors import RundownError
from node.program.days import Days
from node.program.rundown import Rundown


@dataclass(frozen=True, slots=True)
class Day:
    """The day to be played, the prices by which it was judged, and where edited days are kept."""

    rundown: Rundown
    catalog: Catalog
    ledger: Ledger
    days: Days


def load_day(rundown: Path, state_dir: Path, *, fps: int) -> Day:
    """The rundown and its catalog, last edited or first; `RundownError` has every finding."""
    days = Days(rundown, state_dir, fps=fps)
    ledger = Ledger(state_dir / NAME, UTC)  # each day's rules read it in its own zone
    ledger.load()
    reading = days.read(ledger)
    if reading.rundown is not None and reading.catalog is not None:
        return Day(reading.rundown, reading.catalog, ledger, days)
    raise RundownError([str(finding) for finding in reading.findings])
