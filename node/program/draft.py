"""A rundown file as its author left it: typed where it can be, nothing judged yet.

A field is None where the file gives none or one of a wrong type; the latter is already a fault of
the table.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from node.catalog.assets import Manifest
from node.catalog.checks import NO_CHECKS, AssetChecks
from node.catalog.draft import CatalogDraft, OfferDraft
from node.catalog.market import MARKETS, STRICTEST, MarketRules, rules_of
from node.catalog.persona import TIDAL, Persona
from node.catalog.products import Catalog, Offer
from node.catalog.strikes import Ledger
from node.catalog.texts import Text, read_text
from node.program.draft_values import minute
from node.program.segment_draft import SegmentDraft, draft_segment
from node.tables import Source, Table

RATES: Final = (25, 30)
USUAL_FPS: Final = 30
UNBUILT_HEAD: Final = ("lottery",)
"""Keys of the head that are known but not built (not_built.py)."""
MAX_SEED: Final = 2**63 - 1
_VARIANT: Final = re.compile(r"[A-Z]")


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """One `[[block]]`; `start` and `end` in minutes after midnight."""

    table: Table
    start: int | None
    end: int | None
    play: tuple[str, ...]
    is_hard: bool
    experiment: str | None
    speaker: str | None


@dataclass(frozen=True, slots=True)
class ExperimentDraft:
    """One `[ab.x]`."""

    table: Table
    id: str
    unit: str | None
    seed: int | None
    variants: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OutputDraft:
    """One `[output.x]`."""

    table: Table
    id: str
    own: bool | None
    kinds: tuple[str, ...] | None
    overlay: tuple[str, ...] | None
    sent: tuple[str, ...] | None
    other: str | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a rundown is judged against, beside itself.

    `catalog` is a draft where it was read from a file, a `Catalog` where one was given, None where
    it could not be read. `manifest` and `ledger` are None where there is none at hand; then
    nothing is said about them. Without `has_files` nobody looks whether assets are there; `checks`
    says how closely.
    """

    catalog: CatalogDraft | Catalog | None = None
    manifest: Manifest | None = None
    ledger: Ledger | None = None
    has_files: bool = True
    own_rules: MarketRules | None = None
    """The market's rules as the merchant changes them; None where nothing is changed."""
    persona: Persona = TIDAL
    checks: AssetChecks = NO_CHECKS

    @property
    def product_ids(self) -> frozenset[str] | None:
        """The products there are; None where nobody knows."""
        return None if self.catalog is None else frozenset(self.catalog.products)

    @property
    def offers(self) -> Mapping[str, OfferDraft | Offer] | None:
        """The offers there are; None where nobody knows."""
        return None if self.catalog is None else dict(self.catalog.offers)


@dataclass(frozen=True, slots=True)
class RundownDraft:
    """The whole file at the frame rate that counts.

    `segments` holds all, `by_id` the first of each id.
    """

    table: Table
    source: Source
    fps: int
    texts: Mapping[str, str | None]
    title: Text | None
    date: date | None
    locales: tuple[str, ...]
    segments: tuple[SegmentDraft, ...]
    by_id: Mapping[str, SegmentDraft]
    blocks: tuple[BlockDraft, ...]
    experiments: Mapping[str, ExperimentDraft]
    outputs: Mapping[str, OutputDraft]
    beside: Surroundings = field(default_factory=Surroundings)

    @property
    def folder(self) -> Path:
        """Where the assets lie."""
        return self.source.folder

    @property
    def market(self) -> str:
        """One of `MARKETS`; the strictest where the file names none of them."""
        named = self.texts["market"]
        return named if named in MARKETS else STRICTEST

    @property
    def rules(self) -> MarketRules:
        """The rules of the market, by which words, strikes and labels are judged."""
        return self.beside.own_rules or rules_of(self.market)

    @property
    def tested(self) -> tuple[ExperimentDraft, ...]:
        """The experiments that a block runs, each once."""
        named = dict.fromkeys(block.experiment or "" for block in self.blocks)
        return tuple(self.experiments[name] for name in named if name in self.experiments)


def draft_rundown(table: Table, source: Source, *, fps: int | None) -> RundownDraft:
    """Read all that can be read; wrong types and unknown keys become faults of `table`.

    Without `fps`, the node's, the file's own counts, and 30 where that is no number.
    """
    own_fps = table.given("fps").value
    rate = fps or (own_fps if type(own_fps) is int and own_fps in RATES else USUAL_FPS)
    segments = tuple(draft_segment(inner, rate) for inner in table.tables("segment"))
    by_id: dict[str, SegmentDraft] = {}
    for segment in segments:
        if segment.id is not None:
            by_id.setdefault(segment.id, segment)
    for key in UNBUILT_HEAD:
        table.has(key)
    keys = (
        "format",
        "persona",
        "id",
        "market",
        "timezone",
        "catalog",
        "assets",
        "qr_base",
        "fallback",
        "rules",
    )
    draft = RundownDraft(
        table=table,
        source=source,
        fps=rate,
        texts={key: table.string(key) for key in keys},
        title=read_text(table, "title"),
        date=table.day("date"),
        locales=table.strings("locales") or (),
        segments=segments,
        by_id=by_id,
        blocks=tuple(_block(inner) for inner in table.tables("block")),
        experiments={id_: _experiment(id_, one) for id_, one in table.named_tables("ab").items()},
        outputs={id_: _output(id_, one) for id_, one in table.named_tables("output").items()},
    )
    table.finish()
    return draft


def _block(table: Table) -> BlockDraft:
    draft = BlockDraft(
        table=table,
        start=minute(table, "from"),
        end=minute(table, "to"),
        play=table.strings("play") or (),
        is_hard=table.flag("hard") or False,
        experiment=table.string("ab"),
        speaker=table.string("speaker"),
    )
    table.finish()
    return draft


def _experiment(id_: str, table: Table) -> ExperimentDraft:
    names = [key for key in table.entries if _VARIANT.fullmatch(key)]
    draft = ExperimentDraft(
        table=table,
        id=id_,
        unit=table.string("unit"),
        seed=table.integer("seed", 0, MAX_SEED),
        variants={name: table.strings(name) or () for name in names},
    )
    table.finish()
    return draft


def _output(id_: str, table: Table) -> OutputDraft:
    draft = OutputDraft(
        table=table,
        id=id_,
        own=table.flag("own"),
        kinds=table.strings("kinds"),
        overlay=table.strings("overlay"),
        sent=table.strings("data"),
        other=table.string("other"),
    )
    table.finish()
    return draft
