"""A rundown file as its author left it: typed where it can be, nothing judged yet.

A field is None where the file gives none or one of a wrong type; the latter is already a fault of
the table. Texts that have a grammar of their own (times, transitions) are kept as they stand.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from node.catalog.texts import Text, read_text
from node.findings import Finding, Given
from node.program.not_built import (
    HEAD,
    SEGMENT,
    refuse_unbuilt,
    refuse_unbuilt_block,
    refuse_unbuilt_cue,
    refuse_unbuilt_outputs,
)
from node.program.timecode import MediaTime, frames, parse_span, parse_time
from node.tables import Source, Table, minute_of_day

MAX_EPISODE: Final = 9999
RATES: Final = (25, 30)
USUAL_FPS: Final = 30


@dataclass(frozen=True, slots=True)
class CueDraft:
    """One `[[segment.cue]]`. `at` is parsed; `for_ms` is None also where it cannot be read."""

    table: Table
    id: str
    at: MediaTime | None
    do: str | None
    product: str | None
    segment: str | None
    text: Text | None
    for_ms: int | None
    beat: str | None


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """One `[[segment]]`; `length` and `overrun` in program frames.

    `unbuilt_targets` are segments named by keys that are refused as not built.
    """

    table: Table
    id: str | None
    kind: str | None
    asset: str | None
    source: str | None
    length: int | None
    overrun: int | None
    episode: int | None
    title: Text | None
    text: Text | None
    ai_label: Text | None
    out: str | None
    next: str | None
    on_lost: str | None
    unbuilt_targets: tuple[str, ...]
    cues: tuple[CueDraft, ...]

    @property
    def targets(self) -> dict[str, str]:
        """The segments that this one names, by key."""
        named = {"next": self.next, "on_lost": self.on_lost}
        return {key: id_ for key, id_ in named.items() if id_ is not None}


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """One `[[block]]`; `start` and `end` in minutes after midnight."""

    table: Table
    start: int | None
    end: int | None
    play: tuple[str, ...]
    is_hard: bool


@dataclass(frozen=True, slots=True)
class RundownDraft:
    """The whole file at the frame rate that counts.

    `product_ids` are those of the catalog, None where it could not be read. `segments` holds all,
    `by_id` the first of each id.
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
    product_ids: frozenset[str] | None = None

    @property
    def folder(self) -> Path:
        """Where the assets lie."""
        return self.source.folder


def draft_rundown(table: Table, source: Source, *, fps: int | None) -> RundownDraft:
    """Read all that can be read; wrong types and unknown keys become faults of `table`.

    Without `fps`, the node's, the file's own counts, and 30 where that is no number.
    """
    own_fps = table.given("fps").value
    rate = fps or (own_fps if type(own_fps) is int and own_fps in RATES else USUAL_FPS)
    segments = tuple(_segment(inner, rate) for inner in table.tables("segment"))
    by_id: dict[str, SegmentDraft] = {}
    for segment in segments:
        if segment.id is not None:
            by_id.setdefault(segment.id, segment)
    refuse_unbuilt(table, HEAD)
    refuse_unbuilt_outputs(table)
    keys = ("format", "id", "market", "timezone", "catalog", "qr_base", "fallback")
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
    )
    table.finish()
    return draft


def _segment(table: Table, fps: int) -> SegmentDraft:
    id_ = table.string("id")
    refuse_unbuilt(table, SEGMENT)
    draft = SegmentDraft(
        table=table,
        id=id_,
        kind=table.string("kind"),
        asset=table.string("asset"),
        source=table.string("source"),
        length=_length(table, "length", fps),
        overrun=_length(table, "overrun", fps),
        episode=table.integer("episode", 1, MAX_EPISODE),
        title=read_text(table, "title"),
        text=read_text(table, "text"),
        ai_label=read_text(table, "ai_label"),
        out=table.string("out"),
        next=table.string("next"),
        on_lost=table.string("on_lost"),
        unbuilt_targets=_unbuilt_targets(table),
        cues=tuple(
            _cue(inner, f"{id_ or table.place}.{index}")
            for index, inner in enumerate(table.tables("cue"))
        ),
    )
    table.finish()
    return draft


def _unbuilt_targets(table: Table) -> tuple[str, ...]:
    gate = table.entries.get("gate")
    named = (table.entries.get("on_busy"), gate.get("else") if isinstance(gate, dict) else None)
    return tuple(name for name in named if isinstance(name, str))


def _cue(table: Table, id_: str) -> CueDraft:
    refuse_unbuilt_cue(table)
    draft = CueDraft(
        table=table,
        id=id_,
        at=_at(table),
        do=table.string("do"),
        product=table.string("product"),
        segment=table.string("segment"),
        text=read_text(table, "text"),
        for_ms=_span(table),
        beat=table.string("beat"),
    )
    table.finish()
    return draft


def _block(table: Table) -> BlockDraft:
    refuse_unbuilt_block(table)
    draft = BlockDraft(
        table=table,
        start=_minute(table, "from"),
        end=_minute(table, "to"),
        play=table.strings("play") or (),
        is_hard=table.flag("hard") or False,
    )
    table.finish()
    return draft


def _at(table: Table) -> MediaTime | None:
    given = table.given("at")
    time = parse_time(given.value) if isinstance(given.value, str) else None
    if given.value is not None and time is None:
        table.faults.append(_unreadable(given, 'a time in quotes, MM:SS.s, as in "02:31.4"'))
    return time


def _span(table: Table) -> int | None:
    given = table.given("for")
    millis = parse_span(given.value) if isinstance(given.value, str) else None
    if given.value is not None and not millis:
        table.faults.append(_unreadable(given, 'a span in quotes with its unit, as in "40s"'))
    return millis


def _length(table: Table, key: str, fps: int) -> int | None:
    given = table.given(key)
    time = parse_time(given.value) if isinstance(given.value, str) else None
    count = frames(time.millis, fps) if time is not None and not time.is_from_end else 0
    if given.value is not None and count == 0:
        table.faults.append(_unreadable(given, 'a length in quotes, MM:SS.s, as in "03:12.0"'))
    return count or None


def _minute(table: Table, key: str) -> int | None:
    given = table.given(key)
    # The end of the day is its beginning to the clock, but reads better as 24:00.
    value = "00:00" if key == "to" and given.value == "24:00" else given.value
    minute = minute_of_day(value) if isinstance(value, str) else None
    if given.value is not None and minute is None:
        table.faults.append(_unreadable(given, 'a time of day in quotes, HH:MM, as in "09:30"'))
    return minute


def _unreadable(given: Given, expected: str) -> Finding:
    return given.finding("E18", f"expected {expected}")
