"""Rules for files: each is there, and is the one that the manifest of assets approves."""

from collections.abc import Iterator
from typing import Final

from node.catalog.assets import AssetEntry, missing, place_of
from node.findings import Finding
from node.program.draft import RundownDraft
from node.program.segment_draft import SegmentDraft

TARGET_LUFS: Final = -16.0
TOLERANCE_LU: Final = 1.0
TOLERANCE_FRAMES: Final = 1


def files(draft: RundownDraft) -> Iterator[Finding]:
    """E50: each asset is a file with content in the rundown's folder."""
    if not draft.beside.has_files:
        return
    for segment in _with_asset(draft):
        reason = missing(draft.folder, segment.asset or "")
        if reason:
            yield segment.table.given("asset").finding("E50", reason)


def approved(draft: RundownDraft) -> Iterator[Finding]:
    """E50: each asset is in the manifest, of the size, rate, length and loudness it says."""
    if draft.beside.manifest is None:
        return
    for segment in _with_asset(draft):
        entry = draft.beside.manifest.entry(segment.asset or "")
        if entry is None:
            yield segment.table.given("asset").finding("E50", "not in the manifest of assets")
            continue
        for reason in _differences(segment, entry, draft):
            yield segment.table.given("asset").finding("E50", reason)


def _with_asset(draft: RundownDraft) -> Iterator[SegmentDraft]:
    return (one for one in draft.segments if one.asset is not None and one.kind != "live")


def _differences(segment: SegmentDraft, entry: AssetEntry, draft: RundownDraft) -> Iterator[str]:
    if draft.beside.has_files and (size := _size(segment, draft)) not in {None, entry.size}:
        yield f"{size} bytes, the manifest says {entry.size}: not the file that was approved"
    if entry.fps is not None and entry.fps != draft.fps:
        yield f"{entry.fps:g} pictures a second, the node has {draft.fps}: encode it anew"
    elif entry.frames is not None and segment.kind == "clip" and segment.length is not None:
        off = abs(entry.frames - segment.length)
        if off > TOLERANCE_FRAMES:
            yield f"{entry.frames} frames, `length` says {segment.length}"
    loudness = entry.loudness_lufs
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


RULES: Final = (files, approved)
