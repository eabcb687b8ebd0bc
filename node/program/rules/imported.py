"""Rules for what import finds in clips: refused where a manifest approves them, else only shown.

A clip that nobody approved is fitted, levelled and played as it is (W50). One under a manifest was
measured when it was approved: what differs from the booth's standard was let pass by name, or the
file is not fit for air (E50).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

from node.catalog.assets import Accepted, AssetEntry, missing, place_of
from node.catalog.inspection import Inspection, spans_text
from node.findings import Finding
from node.program.draft import RundownDraft
from node.program.rules.asset import TARGET_LUFS, TOLERANCE_FRAMES, TOLERANCE_LU, with_asset
from node.program.segment_draft import SegmentDraft

MOVING: Final = frozenset({"clip", "agent"})
NEAR_RATE: Final = 0.01
"""29.97 and 30 pictures a second look alike: one picture is repeated each 33 s."""

Fault = tuple[Accepted | Literal["length"], str]


def imported(draft: RundownDraft) -> Iterator[Finding]:
    """E50, W50: clips can be played, and have length, rate, sound and picture throughout."""
    manifest = draft.beside.manifest
    for segment, path in _moving(draft):
        found = draft.beside.checks.inspected(path)
        if found is not None:
            entry = None if manifest is None else manifest.entry(segment.asset or "")
            yield from _judged(segment, found, entry, draft.fps)


def clips(draft: RundownDraft) -> Iterator[Path]:
    """The files of moving pictures that are there."""
    return (path for _, path in _moving(draft))


def _moving(draft: RundownDraft) -> Iterator[tuple[SegmentDraft, Path]]:
    if not draft.beside.has_files:
        return
    for segment in with_asset(draft):
        name = segment.asset or ""
        if segment.kind in MOVING and not missing(draft.folder, name):
            yield segment, place_of(draft.folder, name)


def _judged(
    segment: SegmentDraft, found: Inspection, entry: AssetEntry | None, fps: int
) -> Iterator[Finding]:
    given = segment.table.given("asset")
    if found.fault:
        yield given.finding("E50", found.fault)
        return
    if entry is None:
        reasons = [*_shown(segment, found, fps), *found.remarks]
        yield from (given.finding("W50", reason) for reason in reasons)
        return
    for name, reason in _faults(segment, found, entry, fps):
        if name not in entry.accepted:
            yield given.finding("E50", reason)


def _shown(segment: SegmentDraft, found: Inspection, fps: int) -> Iterator[str]:
    if abs(found.fps - fps) > fps * NEAR_RATE:
        yield f"{found.fps:g} pictures a second, shown at {fps}: motion is less even"
    length = segment.length if segment.kind == "clip" else None
    if length is not None and found.frames < length - TOLERANCE_FRAMES:
        yield f"{found.frames} frames, `length` says {length}: ends early"
    yield from (reason for _, reason in _gaps(found, segment.kind))


def _faults(
    segment: SegmentDraft, found: Inspection, entry: AssetEntry, fps: int
) -> Iterator[Fault]:
    approved = entry.frames if entry.fps == fps else None
    if approved is not None and abs(found.frames - approved) > TOLERANCE_FRAMES:
        yield "length", f"{found.frames} frames found, the manifest says {approved}"
    is_told = entry.fps not in {None, fps}  # by the manifest's own figure (asset.py)
    faults = standard_faults(found, segment.kind, fps)
    yield from (fault for fault in faults if not (is_told and fault[0] == "fps"))


def standard_faults(
    found: Inspection, kind: str | None, fps: int
) -> Iterator[tuple[Accepted, str]]:
    """What keeps a clip of a segment of `kind` from the booth's standard, by name."""
    if abs(found.fps - fps) > fps * NEAR_RATE:
        yield "fps", f"{found.fps:g} pictures a second, the node has {fps}: encode it anew"
    loudness = found.loudness_lufs
    if loudness is not None and abs(loudness - TARGET_LUFS) > TOLERANCE_LU:
        yield "loudness", f"{loudness:.1f} LUFS found, expected {TARGET_LUFS:g}"
    yield from _gaps(found, kind)


def _gaps(found: Inspection, kind: str | None) -> Iterator[tuple[Accepted, str]]:
    if found.black:
        yield "black", f"black {spans_text(found.black)}"
    if found.silent and kind == "clip":  # an assistant's idle picture may say nothing
        yield "silence", f"silent {spans_text(found.silent)}"


RULES: Final = (imported,)
