"""The day as a node begins with it: rundown, catalog, prices, and what is known of its files."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from node.board.leisure import Leisure
from node.capture.source import is_drawn
from node.catalog.approval import known_or_small
from node.catalog.checks import AssetChecks
from node.catalog.hashes import HashBook
from node.catalog.ledger import NAME as LEDGER
from node.catalog.ledger import Ledger
from node.catalog.products import Catalog
from node.catalog.trust import trust_of
from node.clips.inspecting import Inspections
from node.clips.library import Library
from node.config import Config
from node.config_voice import SimulatedMicrophoneConfig
from node.errors import RundownError
from node.media import Size
from node.program.days import Days
from node.program.rules.imported import MOVING
from node.program.rundown import Rundown


@dataclass(frozen=True, slots=True)
class Day:
    """The day to be played, the prices by which it was judged, and where edited days are kept.

    `hashes` and `inspections` are what is known of its files.
    """

    rundown: Rundown
    catalog: Catalog
    ledger: Ledger
    days: Days
    hashes: HashBook
    inspections: Inspections


def load_day(cfg: Config, now: Callable[[], datetime]) -> Day:
    """The rundown and its catalog, last edited or first.

    Reads the manifest and small files, no clips.

    Raises:
        RundownError: every finding, where one is an error.
        ConfigError: a trusted key is none.
    """
    state_dir = Path(cfg.state_dir)
    hashes = HashBook(state_dir / "hashes.json")
    inspections = Inspections(
        hashes,
        state_dir / "inspections.json",
        size=program_size(cfg),
        fps=cfg.program.fps,
        target_lufs=cfg.program.loudness_lufs,
        threads=1,
    )
    checks = AssetChecks(
        trust_of(cfg.assets),
        now=now,
        sha256_of=partial(known_or_small, hashes),
        inspected=inspections.known,
    )
    days = Days(Path(cfg.rundown), state_dir, fps=cfg.program.fps, checks=checks)
    ledger = Ledger(state_dir / LEDGER, UTC)  # each day's rules read it in its own zone
    ledger.load()
    reading = days.read(ledger)
    if reading.rundown is not None and reading.catalog is not None:
        return Day(reading.rundown, reading.catalog, ledger, days, hashes, inspections)
    raise RundownError([str(finding) for finding in reading.findings])


def library_of(cfg: Config, day: Day, today: Callable[[], date], leisure: Leisure) -> Library:
    """The clips of a day, measured at `leisure`; `today` is the booth's."""
    return Library(
        clips_of(day.rundown),
        size=program_size(cfg),
        fps=cfg.program.fps,
        target_lufs=cfg.program.loudness_lufs,
        cache=Path(cfg.state_dir) / "clips.json",
        hashes=day.hashes,
        inspections=day.inspections,
        today=today,
        leisure=leisure,
    )


def clips_of(rundown: Rundown) -> tuple[Path, ...]:
    """The files of a day's moving pictures."""
    moving = (one.asset for one in rundown.segments.values() if one.kind in MOVING)
    return tuple(path for path in moving if path is not None)


def program_size(cfg: Config) -> Size:
    """The program's picture, px."""
    width, height = (int(edge) for edge in cfg.program.size.split("x"))
    return Size(width, height)


def simulated(cfg: Config) -> tuple[str, ...]:
    """Names of the devices that are drawn or made instead of real, for screen and log."""
    devices = {
        "camera": cfg.camera is not None and is_drawn(cfg.camera),
        "microphone": isinstance(cfg.microphone, SimulatedMicrophoneConfig),
        "panel": cfg.panel is not None and cfg.panel.factory == "mock",
    }
    return tuple(name for name, is_simulated in devices.items() if is_simulated)
