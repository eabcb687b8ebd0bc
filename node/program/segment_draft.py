"""A segment of a rundown file as its author left it, with its gate and cues; nothing judged yet.

A field is None where the file gives none or one of a wrong type; the latter is already a fault of
the table. Texts that have a grammar of their own (transitions, conditions) are kept as they stand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from node.catalog.texts import Text, read_text
from node.findings import Given
from node.program.draft_values import length, minute, position, span_ms
from node.program.timecode import MediaTime
from node.tables import Table

MAX_EPISODE: Final = 9999
LOTTERY: Final = "lottery"
"""A key of cues that is known but not built (not_built.py)."""


@dataclass(frozen=True, slots=True)
class CueDraft:
    """One `[[segment.cue]]`: `clock` in minutes; `for_ms` is None also where it is unreadable."""

    table: Table
    id: str
    at: MediaTime | None
    clock: int | None
    do: str | None
    product: str | None
    offer: str | None
    segment: str | None
    text: Text | None
    for_ms: int | None
    beat: str | None


@dataclass(frozen=True, slots=True)
class GateDraft:
    """`gate`: the conditions as written, under whichever of `any` and `all` there is."""

    table: Table
    key: Literal["any", "all"]
    conditions: tuple[str, ...]
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class SegmentDraft:
    """One `[[segment]]`; `length` and `overrun` in program frames."""

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
    on_busy: str | None
    gate: GateDraft | None
    cues: tuple[CueDraft, ...]

    @property
    def otherwise(self) -> str | None:
        """What plays in this segment's place while its gate is closed."""
        return None if self.gate is None else self.gate.otherwise

    def targets(self) -> Iterator[tuple[str, Given]]:
        """The segments that this one names, each with its place; its cues' are not among them."""
        named = {"next": self.next, "on_lost": self.on_lost, "on_busy": self.on_busy}
        for key, name in named.items():
            if name is not None:
                yield name, self.table.given(key)
        if self.gate is not None and self.gate.otherwise is not None:
            yield self.gate.otherwise, self.gate.table.given("else")


def draft_segment(table: Table, fps: int) -> SegmentDraft:
    """Read all that can be read; wrong types and unknown keys become faults of `table`."""
    id_ = table.string("id")
    draft = SegmentDraft(
        table=table,
        id=id_,
        kind=table.string("kind"),
        asset=table.string("asset"),
        source=table.string("source"),
        length=length(table, "length", fps),
        overrun=length(table, "overrun", fps),
        episode=table.integer("episode", 1, MAX_EPISODE),
        title=read_text(table, "title"),
        text=read_text(table, "text"),
        ai_label=read_text(table, "ai_label"),
        out=table.string("out"),
        next=table.string("next"),
        on_lost=table.string("on_lost"),
        on_busy=table.string("on_busy"),
        gate=_gate(table),
        cues=tuple(
            _cue(inner, f"{id_ or table.place}.{index}")
            for index, inner in enumerate(table.tables("cue"))
        ),
    )
    table.finish()
    return draft


def _gate(segment: Table) -> GateDraft | None:
    table = segment.table("gate")
    if table is None:
        return None
    any_of, all_of = table.strings("any"), table.strings("all")
    draft = GateDraft(
        table=table,
        key="any" if table.has("any") else "all",
        conditions=any_of or all_of or (),
        otherwise=table.string("else"),
    )
    table.finish()
    return draft


def _cue(table: Table, id_: str) -> CueDraft:
    table.has(LOTTERY)
    draft = CueDraft(
        table=table,
        id=id_,
        at=position(table, "at"),
        clock=minute(table, "clock"),
        do=table.string("do"),
        product=table.string("product"),
        offer=table.string("offer"),
        segment=table.string("segment"),
        text=read_text(table, "text"),
        for_ms=span_ms(table, "for"),
        beat=table.string("beat"),
    )
    table.finish()
    return draft
