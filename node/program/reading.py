"""Reads a rundown file with all that it names: every fault of them, or the day."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from node.catalog.assets import Manifest, missing, place_of, read_manifest
from node.catalog.checks import NO_CHECKS, AssetChecks
from node.catalog.market import MarketRules, read_rules
from node.catalog.persona import TIDAL, PersonaReading, read_persona
from node.catalog.products import Catalog
from node.catalog.reading import CatalogReading, read_catalog
from node.catalog.strikes import Ledger
from node.errors import RundownError
from node.findings import Finding, capped, has_errors, in_order
from node.program import not_built
from node.program.building import built
from node.program.canonical import canonical, hash_of
from node.program.draft import USUAL_FPS, RundownDraft, Surroundings, draft_rundown
from node.program.rules import asset as asset_rules
from node.program.rules import clock as clock_rules
from node.program.rules import cue as cue_rules
from node.program.rules import day as day_rules
from node.program.rules import experiment as experiment_rules
from node.program.rules import file as file_rules
from node.program.rules import gate as gate_rules
from node.program.rules import imported as import_rules
from node.program.rules import output as output_rules
from node.program.rules import segment as segment_rules
from node.program.rules import strike as strike_rules
from node.program.rules import text as text_rules
from node.program.rundown import Rundown
from node.tables import Source, Table, read_table

RULES: Final = (
    *file_rules.RULES,
    *segment_rules.RULES,
    *asset_rules.RULES,
    *import_rules.RULES,
    *gate_rules.RULES,
    *cue_rules.RULES,
    *clock_rules.RULES,
    *text_rules.RULES,
    *day_rules.RULES,
    *experiment_rules.RULES,
    *output_rules.RULES,
    *not_built.RULES,
)
CATALOG_RULES: Final = (*strike_rules.RULES, *asset_rules.CATALOG_RULES)
"""Rules of a rundown whose findings lie in its catalog."""
NO_CATALOG: Final = Catalog(currency="", products={}, offers={}, sha256="")


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a file and its catalog: `rundown` is None when a finding is an error.

    `catalog` is empty where the rundown names none, and None when it has errors of its own; with
    a rundown there is always a catalog. `manifest` is None where there is none to be read. `clips`
    are the files of moving pictures that are there, each once. `fps` is the rate that counts.
    """

    findings: tuple[Finding, ...]
    rundown: Rundown | None
    catalog: Catalog | None
    manifest: Manifest | None = None
    clips: tuple[Path, ...] = ()
    fps: int = USUAL_FPS


def load_rundown(
    path: Path, *, fps: int | None = None, has_files: bool = True
) -> tuple[Rundown, Catalog]:
    """The day at `path` and its catalog; without `has_files` nobody looks for what it plays.

    Raises:
        RundownError: one of them has errors; one line for each finding, warnings included.
    """
    reading = read_rundown(path, fps=fps, has_files=has_files)
    if reading.rundown is None or reading.catalog is None:
        raise RundownError([str(finding) for finding in reading.findings])
    return reading.rundown, reading.catalog


def read_rundown(
    path: Path,
    *,
    fps: int | None = None,
    catalog: Catalog | None = None,
    ledger: Ledger | None = None,
    has_files: bool = True,
    folder: Path | None = None,
    checks: AssetChecks = NO_CHECKS,
) -> Reading:
    """Read and judge the file at `path`; never raises for what is or is not there.

    Times become frames of `fps`, the node's 30 or 25; without it, of the file's own. A `catalog`
    given counts instead of the one that the file names; its strikes are not judged again. With a
    `ledger` of prices, strikes are judged against it. Without `has_files`, nobody
    looks for pictures, clips and their manifest. Those lie in `folder` (absolute), where that is
    not the file's own; `checks` says how closely they are looked at.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return Reading((read,), None, catalog)
    beside = Surroundings(ledger=ledger, has_files=has_files, checks=checks)
    table, source = read
    source = source if folder is None else replace(source, folder=folder)
    return judge_entries(table, source, fps=fps, catalog=catalog, beside=beside)


def judge_entries(
    table: Table,
    source: Source,
    *,
    fps: int | None = None,
    catalog: Catalog | None = None,
    beside: Surroundings | None = None,
) -> Reading:
    """Judge a file already parsed; `beside` gives all that is not read from files."""
    draft = draft_rundown(table, source, fps=fps)
    own = _own_rules(draft)
    around = replace(
        beside or Surroundings(),
        own_rules=own if isinstance(own, MarketRules) else None,
    )
    draft = replace(draft, beside=around)
    sold = _catalog(draft, catalog, has_files=around.has_files)
    manifest = _manifest(draft, around.checks) if around.has_files else None
    refused = [manifest] if isinstance(manifest, Finding) else []
    persona = _persona(draft)
    around = replace(
        around,
        catalog=sold.catalog if catalog is not None else sold.draft or sold.catalog,
        manifest=None if isinstance(manifest, Finding) else manifest,
        persona=persona.persona or TIDAL,
    )
    draft = replace(draft, beside=around)
    found = [finding for rule in RULES for finding in rule(draft)]
    priced = [finding for rule in CATALOG_RULES for finding in rule(draft)]
    findings = [
        *in_order([*found, *refused, *table.faults]),
        *(own if isinstance(own, tuple) else ()),
        *persona.findings,
        *in_order([*sold.findings, *priced]),
    ]
    rundown = None
    if sold.catalog is not None and not has_errors(findings):
        rundown = built(draft, sold.catalog)
        wire = canonical(rundown, sold.catalog, folder=source.folder, manifest=around.manifest)
        rundown = replace(rundown, sha256=hash_of(wire))
    clips = tuple(dict.fromkeys(import_rules.clips(draft)))
    return Reading(capped(findings), rundown, sold.catalog, around.manifest, clips, draft.fps)


def _catalog(draft: RundownDraft, catalog: Catalog | None, *, has_files: bool) -> CatalogReading:
    if catalog is not None:
        return CatalogReading((), catalog, None)
    name = draft.texts["catalog"]
    if name is None:
        is_unreadable = draft.table.has("catalog")
        return CatalogReading((), None if is_unreadable else NO_CATALOG, None)
    beside = Path(draft.source.name).parent
    reason = missing(beside.absolute(), name)
    if reason:
        finding = draft.table.given("catalog").finding("E50", reason)
        return CatalogReading((finding,), None, None)
    pictures = place_of(draft.source.folder, name).parent
    return read_catalog(
        beside / name,
        locales=draft.locales,
        has_files=has_files,
        folder=pictures,
        rules=draft.rules,
    )


def _own_rules(draft: RundownDraft) -> MarketRules | tuple[Finding, ...] | None:
    """The market's rules as the merchant's file changes them, or why it cannot; None: no file."""
    name = draft.texts["rules"]
    if name is None:
        return None
    reason = missing(draft.folder, name)
    if reason:
        return (draft.table.given("rules").finding("E50", reason),)
    read = read_rules(draft.market, place_of(draft.folder, name))
    if isinstance(read, MarketRules):
        return read
    shown = str(Path(draft.source.name).parent / name)
    return tuple(replace(finding, file=shown) for finding in read)


def _persona(draft: RundownDraft) -> PersonaReading:
    """Who speaks: the file that the rundown names, else the node's own."""
    name = draft.texts["persona"]
    if name is None:
        return PersonaReading((), TIDAL)
    reason = missing(draft.folder, name)
    if reason:
        return PersonaReading((draft.table.given("persona").finding("E50", reason),), None)
    read = read_persona(place_of(draft.folder, name), draft.locales, draft.rules)
    named = Path(draft.source.name).parent
    findings = (
        replace(one, file=str(named / Path(one.file).relative_to(draft.folder)))
        for one in read.findings
    )
    return PersonaReading(tuple(findings), read.persona)


def _manifest(draft: RundownDraft, checks: AssetChecks) -> Manifest | Finding | None:
    name = draft.texts["assets"]
    if name is None:
        return None
    read = missing(draft.folder, name) or read_manifest(draft.folder / name, checks.trust)
    return draft.table.given("assets").finding("E50", read) if isinstance(read, str) else read
