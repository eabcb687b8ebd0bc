"""Reads a rundown file and its catalog: every fault of them, or the day."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Final, cast
from zoneinfo import ZoneInfo

from node.catalog.assets import missing, place_of
from node.catalog.products import Catalog
from node.catalog.reading import CatalogReading, read_catalog
from node.catalog.texts import Text
from node.errors import RundownError
from node.findings import Finding, capped, has_errors, in_order
from node.program.draft import BlockDraft, CueDraft, RundownDraft, SegmentDraft, draft_rundown
from node.program.rules import cue as cue_rules
from node.program.rules import day as day_rules
from node.program.rules import file as file_rules
from node.program.rules import segment as segment_rules
from node.program.rules import text as text_rules
from node.program.rules.cue import LOWER_THIRD_S, entry_of
from node.program.rules.segment import transition_of
from node.program.rundown import Action, Block, Cue, Kind, Rundown, Segment, Transition
from node.program.timecode import frames
from node.tables import Source, Table, read_table

RULES: Final = (
    *file_rules.RULES,
    *segment_rules.RULES,
    *cue_rules.RULES,
    *text_rules.RULES,
    *day_rules.RULES,
)
NO_CATALOG: Final = Catalog(currency="", products={}, offers={}, sha256="")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file and its catalog: `rundown` is None when a finding is an error.

    `catalog` is empty where the rundown names none, and None when it has errors of its own; with
    a rundown there is always a catalog.
    """

    findings: tuple[Finding, ...]
    rundown: Rundown | None
    catalog: Catalog | None


def load_rundown(path: Path, *, fps: int | None = None) -> tuple[Rundown, Catalog]:
    """The day at `path` and its catalog.

    Raises:
        RundownError: one of them has errors; one line for each finding, warnings included.
    """
    reading = read_rundown(path, fps=fps)
    if reading.rundown is None or reading.catalog is None:
        raise RundownError([str(finding) for finding in reading.findings])
    return reading.rundown, reading.catalog


def read_rundown(path: Path, *, fps: int | None = None, catalog: Catalog | None = None) -> Reading:
    """Read and judge the file at `path`; never raises for what is or is not there.

    Times become frames of `fps`, the node's 30 or 25; without it, of the file's own. A `catalog`
    given counts instead of the one that the file names.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return Reading((read,), None, catalog)
    return judge_entries(*read, fps=fps, catalog=catalog)


def judge_entries(
    table: Table, source: Source, *, fps: int | None = None, catalog: Catalog | None = None
) -> Reading:
    """Judge a file already parsed."""
    draft = draft_rundown(table, source, fps=fps)
    sold = _catalog(draft, catalog)
    draft = replace(draft, product_ids=sold.product_ids)
    found = [finding for rule in RULES for finding in rule(draft)]
    findings = [*in_order([*found, *table.faults]), *sold.findings]
    rundown = None if has_errors(findings) else _rundown(draft)
    return Reading(capped(findings), rundown, sold.catalog)


def _catalog(draft: RundownDraft, catalog: Catalog | None) -> CatalogReading:
    if catalog is not None:
        return CatalogReading((), catalog, frozenset(catalog.products))
    name = draft.texts["catalog"]
    if name is None:
        is_unreadable = draft.table.has("catalog")
        return CatalogReading((), NO_CATALOG, None if is_unreadable else frozenset())
    reason = missing(draft.source.folder, name)
    if reason:
        finding = draft.table.given("catalog").finding("E50", reason)
        return CatalogReading((finding,), None, None)
    return read_catalog(Path(draft.source.name).parent / name, locales=draft.locales)


def _rundown(draft: RundownDraft) -> Rundown:
    match draft:
        case RundownDraft(
            title=Text(by_locale=title),
            date=date() as first_day,
            texts={"id": str(id_), "market": str(market), "timezone": str(zone)},
        ):
            return Rundown(
                id=id_,
                title=title,
                date=first_day,
                market=market,
                timezone=ZoneInfo(zone),
                locales=draft.locales,
                fps=draft.fps,
                qr_base=draft.texts["qr_base"] or "",
                fallback=draft.texts["fallback"] or "",
                segments={id_: _segment(one, draft) for id_, one in draft.by_id.items()},
                blocks=tuple(sorted(map(_block, draft.blocks), key=lambda block: block.start)),
                sha256=draft.source.sha256,
            )
        case _:
            raise AssertionError("a rundown judged correct lacks a field of its head")


def _segment(draft: SegmentDraft, rundown: RundownDraft) -> Segment:
    return Segment(
        id=draft.id or "",
        kind=cast("Kind", draft.kind),  # one of KINDS, or E53
        length=draft.length or 0,
        asset=place_of(rundown.source.folder, draft.asset) if draft.asset else None,
        source=draft.source or "",
        overrun=draft.overrun or 0,
        episode=draft.episode or 0,
        title=_by_locale(draft.title),
        text=_by_locale(draft.text),
        ai_label=_by_locale(draft.ai_label),
        out=transition_of(draft.out or "cut", rundown.fps) or Transition(),
        next=draft.next or "",
        on_lost=draft.on_lost or "",
        cues=tuple(
            sorted((_cue(cue, draft, rundown.fps) for cue in draft.cues), key=lambda cue: cue.at)
        ),
    )


def _cue(draft: CueDraft, segment: SegmentDraft, fps: int) -> Cue:
    default_ms = LOWER_THIRD_S * 1000 if draft.do == "lower_third" else 0
    return Cue(
        id=draft.id,
        at=entry_of(segment, draft, fps) or 0,
        do=cast("Action", draft.do),  # one of NEEDS, or E10
        product=draft.product or "",
        segment=draft.segment or "",
        text=_by_locale(draft.text),
        for_frames=frames(draft.for_ms or default_ms, fps),
        beat=draft.beat or "",
    )


def _block(draft: BlockDraft) -> Block:
    match draft:
        case BlockDraft(start=int(start), end=int(end)):
            return Block(start, end, draft.play, is_hard=draft.is_hard)
        case _:
            raise AssertionError("a block judged correct lacks a time")


def _by_locale(text: Text | None) -> dict[str, str]:
    return {} if text is None else text.by_locale
