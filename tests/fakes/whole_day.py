"""The day that uses everything, edits of it, and all that may befall it, drawn by hypothesis."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from node.findings import has_errors
from node.program.cards import stocks_of
from node.program.commands import (
    Arm,
    Busy,
    Command,
    HideCard,
    Pressed,
    Resume,
    Scanned,
    SetLayout,
    SetStock,
    ShowCard,
    Skip,
    Sold,
    StaffOpen,
    Take,
    TakeLive,
)
from node.program.rundown import Rundown
from node.program.visitors import ClockSet, Happening, Restart, Trouble, simulated
from tests.fakes.booth import Booth, write_manifest

DAY_S = 86_400.0
EDITS: tuple[tuple[tuple[str, str], ...], ...] = (
    (
        ('to = "12:30"', 'to = "12:20"'),
        ('from = "12:30"\nto = "13:00"\nplay = ["bench"]\nhard = true',
         'from = "12:20"\nto = "13:00"\nplay = ["bench", "s2"]'),
    ),
    (
        ('length = "03:20.0"', 'length = "03:15.0"'),
        ('from = "18:00"\nto = "18:30"\nplay = ["s6", "bench"]',
         'from = "18:00"\nto = "18:30"\nplay = ["bench"]\nhard = true'),
    ),
    (
        ('gate = { any = ["scan:4 in 15m", "button:like:12 in 10m", "staff", "time>=18:00"],',
         'gate = { all = ["scan:2 in 5m", "button:like:3 in 10m"],'),
        ("qty     = 20", "qty     = 6"),
    ),
    (
        ('window  = { from = "12:40", to = "12:55"', 'window  = { from = "12:45", to = "12:50"'),
        ('clock = "12:40"', 'clock = "12:45"'),
    ),
)  # fmt: skip
SEGMENTS = ("hold", "s1", "s2", "s3", "s4", "s5", "credits", "s6", "tease6", "bench", "helper")
COMMANDS: tuple[Command, ...] = (
    *map(Take, SEGMENTS), *map(Skip, ("s1", "bench", "helper", "s6")), *map(Arm, SEGMENTS),
    TakeLive(), TakeLive(), Resume(), Resume(), HideCard(),
    ShowCard("L1", 20), ShowCard("L2", 600), ShowCard("L3", 45),
    SetLayout("pip"), SetLayout("full"), Busy(True), Busy(False), StaffOpen("s6"),
    Scanned("L1"), Scanned("L3", k="link"), Pressed("like", 40),
    SetStock("L1", 0), SetStock("L1", 7), SetStock("L2", 0), SetStock("L3", 80),
    Sold("noon1", 3), Sold("noon1", 20), Sold("noon1", 25), Sold("last3", 39), Sold("last3", 40),
)  # fmt: skip
EDGES_S = tuple(
    (minute * 60 - 600 * 60) % 86_400
    for minute in (600, 750, 760, 775, 780, 900, 1080, 1100, 1104, 1108, 1110, 1439, 0)
)
"""Where blocks and windows begin and end, in seconds from the day's start at 10:00."""


@dataclass(frozen=True)
class Edit:
    """The hot edit of that number; after the last comes the day itself again."""

    number: int


Drawn = Command | Trouble | ClockSet | Restart | Edit


@dataclass(frozen=True, repr=False)
class WholeDay:
    """The day, its edits (each judged correct) and the stocks of its catalog."""

    rundown: Rundown
    edits: tuple[Rundown, ...]
    stocks: dict[str, int]


def whole_day(folder: Path) -> WholeDay:
    """Read the day and its edits, written into folders below `folder`."""
    rundown, stocks = _read(folder / "day", ())
    edits = [_read(folder / f"edit{n}", changes)[0] for n, changes in enumerate(EDITS)]
    return WholeDay(rundown, (*edits, rundown), stocks)


@dataclass(frozen=True)
class Script:
    """Visitors drawn from a seed, and trouble: at a second, so many frames later, this."""

    seed: int
    troubles: tuple[tuple[float, tuple[tuple[int, Drawn], ...]], ...] = ()

    def on(self, day: WholeDay, span_s: float = DAY_S) -> list[Happening]:
        """What happens, in the order of time."""
        script = simulated(self.seed, span_s)
        for at_s, whats in self.troubles:
            for frames, what in whats:
                happens = day.edits[what.number] if isinstance(what, Edit) else what
                script.append(Happening(at_s + frames / 30, happens))
        return sorted(script, key=lambda one: one.at_s)


def scripts(span_s: float = DAY_S, *, least: int = 0) -> st.SearchStrategy[Script]:
    """`least` to forty times trouble: anywhere, at an edge of the day, or one upon the other."""
    edges = [float(edge) for edge in EDGES_S if edge < span_s]
    anywhere = st.integers(0, round(span_s * 30)).map(lambda frame: frame / 30)
    near = st.builds(
        lambda edge, frames: max(0.0, edge + frames / 30),
        st.sampled_from(edges),
        st.integers(-40, 40),
    )
    whats: st.SearchStrategy[Drawn] = st.one_of(
        st.sampled_from(COMMANDS),
        st.sampled_from(("camera lost", "camera back", "clips damaged", "clips whole")),
        st.builds(ClockSet, st.sampled_from((-3600.0, -61.0, -1.5, 0.4, 59.0, 3600.0))),
        st.builds(Restart, st.sampled_from((0.5, 6.0, 14.9, 120.0, 3600.0))),
        st.integers(0, len(EDITS)).map(Edit),
    )
    at_once = st.lists(st.tuples(st.integers(0, 2), whats), min_size=1, max_size=3).map(tuple)
    when = st.one_of(anywhere, near)
    troubles = st.lists(st.tuples(when, at_once), min_size=least, max_size=40).map(tuple)
    return st.builds(Script, st.integers(0, 10_000), troubles)


def _read(folder: Path, changes: Sequence[tuple[str, str]]) -> tuple[Rundown, dict[str, int]]:
    folder.mkdir()
    booth = Booth(folder, "rundown_full")
    for old, new in changes:
        booth.change(
            old, new, file="catalog.toml" if old.startswith(("qty", "window")) else "day.toml"
        )
    write_manifest(booth)
    reading = booth.read()
    if reading.rundown is None or reading.catalog is None or has_errors(reading.findings):
        raise ValueError(f"not a correct day: {reading.findings}")
    return reading.rundown, stocks_of(reading.catalog.products)
