"""Rules for files: each is there, and is the one that was approved, for here and now."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from node.catalog.assets import AssetEntry, missing, place_of
from node.catalog.draft import CatalogDraft
from node.findings import Finding, Given, shown
from node.program.draft import RundownDraft
from node.program.segment_draft import SegmentDraft

TARGET_LUFS: Final = -16.0
TOLERANCE_LU: Final = 1.0
TOLERANCE_FRAMES: Final = 1


def files(draft: RundownDraft) -> Iterator[Finding]:
    """E50: each asset is a file with content in the rundown's folder."""
    if not draft.beside.has_files:
        return
    for segment in with_asset(draft):
        reason = missing(draft.folder, segment.asset or "")
        if reason:
            yield segment.table.given("asset").finding("E50", reason)


def required(draft: RundownDraft) -> Iterator[Finding]:
    """E50: a node that plays only signed assets is given a manifest of them."""
    beside = draft.beside
    if beside.has_files and beside.checks.trust.is_required and not draft.table.has("assets"):
        message = "`assets` is missing: this node plays only what a signed manifest lists"
        yield draft.table.finding("E50", message)


def approved(draft: RundownDraft) -> Iterator[Finding]:
    """E50: each asset is in the manifest, for this market and still, of size, length and sound."""
    manifest = draft.beside.manifest
    if manifest is None:
        return
    for segment in with_asset(draft):
        given, entry = segment.table.given("asset"), manifest.entry(segment.asset or "")
        if entry is None:
            yield given.finding("E50", "not in the manifest of assets")
            continue
        for reason in (*_not_approved(entry, draft), *_differences(segment, entry, draft)):
            yield given.finding("E50", reason)


def pictures(draft: RundownDraft) -> Iterator[Finding]:
    """E50: where only signed assets play, the catalog's pictures are listed too."""
    beside, catalog = draft.beside, draft.beside.catalog
    if beside.manifest is None or not isinstance(catalog, CatalogDraft):
        return
    for product in catalog.products.values():
        if product.image is None:
            continue
        given = product.table.given("image")
        entry = beside.manifest.entry(_name(product.image, catalog, draft))
        if entry is not None:
            yield from (given.finding("E50", why) for why in _not_approved(entry, draft))
        elif beside.checks.trust.is_required:
            yield given.finding("E50", "not in the manifest of assets")


def unaltered(draft: RundownDraft) -> Iterator[Finding]:
    """E50: each file of the manifest is byte by byte what was approved."""
    manifest = draft.beside.manifest
    for name, entry in manifest.files.items() if manifest is not None else ():
        if missing(draft.folder, name):
            continue
        found = draft.beside.checks.sha256_of(place_of(draft.folder, name))
        if found not in {"", entry.sha256}:
            given = Given(draft.source.name, f"assets: {shown(name)}")
            yield given.finding("E50", "not the file that was approved: its SHA-256 differs")


def with_asset(draft: RundownDraft) -> Iterator[SegmentDraft]:
    """The segments whose asset is played or shown."""
    return (one for one in draft.segments if one.asset is not None and one.kind != "live")


def _not_approved(entry: AssetEntry, draft: RundownDraft) -> Iterator[str]:
    if draft.beside.checks.trust.is_required and not entry.approver:
        yield "the manifest names nobody who approved it"
    market = draft.texts["market"]
    if entry.markets and market is not None and market not in entry.markets:
        yield f"approved for {', '.join(sorted(entry.markets))}, not for {market}"
    clock, zone = draft.beside.checks.now, draft.texts["timezone"]
    if clock is None or entry.expires is None:
        return
    try:
        today = clock().astimezone(None if zone is None else ZoneInfo(zone)).date()
    except (ValueError, OSError):  # no zone: told already
        today = clock().date()
    if entry.expires < max(today, draft.date or today):
        yield f"its approval ended with {entry.expires}"


def _differences(segment: SegmentDraft, entry: AssetEntry, draft: RundownDraft) -> Iterator[str]:
    if draft.beside.has_files and (size := _size(segment, draft)) not in {None, entry.size}:
        yield f"{size} bytes, the manifest says {entry.size}: not the file that was approved"
    if entry.fps is not None and entry.fps != draft.fps:
        if "fps" not in entry.accepted:
            yield f"{entry.fps:g} pictures a second, the node has {draft.fps}: encode it anew"
    elif entry.frames is not None and segment.kind == "clip" and segment.length is not None:
        off = abs(entry.frames - segment.length)
        if off > TOLERANCE_FRAMES:
            yield f"{entry.frames} frames, `length` says {segment.length}"
    loudness = None if "loudness" in entry.accepted else entry.loudness_lufs
    if loudness is not None and abs(loudness - TARGET_LUFS) > TOLERANCE_LU:
        yield f"{loudness:g} LUFS, expected {TARGET_LUFS:g} within {TOLERANCE_LU:g}"


def _size(segment: SegmentDraft, draft: RundownDraft) -> int | None:
    name = segment.asset or ""
    if missing(draft.folder, name):
        return None  # told already
    try:
        return place_of(draft.folder, name).stat().st_size
    except OSError:
        return None


def _name(image: str, catalog: CatalogDraft, draft: RundownDraft) -> str:
    """A picture's name as the manifest has it: counted from the rundown's folder."""
    return os.path.relpath(Path(place_of(catalog.source.folder, image)), draft.folder)


RULES: Final = (files, required, approved, unaltered)
CATALOG_RULES: Final = (pictures,)
"""Rules whose findings lie in the catalog."""
