"""Builds the frozen rundown from a draft that was judged correct."""

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

from node.catalog.assets import Approval, place_of
from node.catalog.products import Catalog
from node.catalog.texts import Text
from node.program.conditions import parse_condition
from node.program.draft import BlockDraft, RundownDraft
from node.program.rules.cue import LOWER_THIRD_S, entry_of
from node.program.rules.output import outputs_of
from node.program.rules.segment import transition_of
from node.program.rundown import (
    Action,
    Block,
    Cue,
    Experiment,
    Gate,
    Kind,
    Rundown,
    Segment,
    Transition,
)
from node.program.segment_draft import CueDraft, GateDraft, SegmentDraft
from node.program.timecode import frames


def built(draft: RundownDraft, catalog: Catalog) -> Rundown:
    """The day of `draft`, in which no rule found an error; its hash is yet to be told."""
    match draft:
        case RundownDraft(
            title=Text() as title,
            date=date() as first_day,
            texts={"id": str(id_), "market": str(market), "timezone": str(zone)},
        ):
            return Rundown(
                id=id_,
                title=title.told(draft.locales),
                date=first_day,
                market=market,
                timezone=ZoneInfo(zone),
                locales=draft.locales,
                fps=draft.fps,
                qr_base=draft.texts["qr_base"] or "",
                fallback=draft.texts["fallback"] or "",
                segments={id_: _segment(one, draft) for id_, one in draft.by_id.items()},
                blocks=tuple(sorted(map(_block, draft.blocks), key=lambda block: block.start)),
                sha256="",
                experiments=_experiments(draft),
                outputs=outputs_of(draft),
                offers=catalog.offers,
                seller=catalog.seller,
                own_rules=draft.beside.own_rules,
                persona=draft.beside.persona,
                approvals=dict(_approvals(draft, catalog)),
                signed_by=draft.beside.manifest.signature.kid if draft.beside.manifest else "",
            )
        case _:
            raise AssertionError("a rundown judged correct lacks a field of its head")


def _segment(draft: SegmentDraft, rundown: RundownDraft) -> Segment:
    return Segment(
        id=draft.id or "",
        kind=cast("Kind", draft.kind),  # one of KINDS, or E53
        length=draft.length or 0,
        asset=place_of(rundown.source.folder, draft.asset) if draft.asset else None,
        approval=_approval(draft, rundown),
        source=draft.source or "",
        overrun=draft.overrun or 0,
        episode=draft.episode or 0,
        title=_told(draft.title, rundown.locales),
        text=_told(draft.text, rundown.locales),
        ai_label=_told(draft.ai_label, rundown.locales),
        out=transition_of(draft.out or "cut", rundown.fps) or Transition(),
        next=draft.next or "",
        on_lost=draft.on_lost or "",
        on_busy=draft.on_busy or "",
        gate=_gate(draft.gate),
        cues=tuple(
            sorted((_cue(cue, draft, rundown) for cue in draft.cues), key=lambda cue: cue.at)
        ),
    )


def _approval(draft: SegmentDraft, rundown: RundownDraft) -> Approval | None:
    manifest = rundown.beside.manifest
    entry = manifest.entry(draft.asset) if manifest is not None and draft.asset else None
    return None if entry is None else entry.approval


def _approvals(draft: RundownDraft, catalog: Catalog) -> Iterator[tuple[Path, Approval]]:
    manifest = draft.beside.manifest
    if manifest is None:
        return
    slates = (one.asset for one in draft.by_id.values() if one.kind == "slate" and one.asset)
    images = (one.image for one in catalog.products.values() if one.image is not None)
    for path in (*(place_of(draft.folder, name) for name in slates), *images):
        entry = manifest.entry(os.path.relpath(path, draft.folder))
        if entry is not None:
            yield path, entry.approval


def _gate(draft: GateDraft | None) -> Gate | None:
    if draft is None:
        return None
    read = (parse_condition(text) for text in draft.conditions)
    conditions = tuple(condition for condition in read if condition is not None)
    return Gate(conditions, is_any=draft.key == "any", otherwise=draft.otherwise or "")


def _cue(draft: CueDraft, segment: SegmentDraft, rundown: RundownDraft) -> Cue:
    fps = rundown.fps
    default_ms = LOWER_THIRD_S * 1000 if draft.do == "lower_third" else 0
    is_by_clock = draft.clock is not None
    return Cue(
        id=draft.id,
        at=-1 if is_by_clock else entry_of(segment, draft, fps) or 0,
        do=cast("Action", draft.do),  # one of NEEDS, or E10
        clock=-1 if draft.clock is None else draft.clock,
        product=draft.product or "",
        offer=draft.offer or "",
        segment=draft.segment or "",
        text=_told(draft.text, rundown.locales),
        for_frames=frames(draft.for_ms or default_ms, fps),
        beat=draft.beat or "",
    )


def _block(draft: BlockDraft) -> Block:
    match draft:
        case BlockDraft(start=int(start), end=int(end)):
            return Block(
                start,
                end,
                draft.play,
                is_hard=draft.is_hard,
                is_speaker_on=draft.speaker != "off",
                experiment=draft.experiment or "",
            )
        case _:
            raise AssertionError("a block judged correct lacks a time")


def _experiments(draft: RundownDraft) -> dict[str, Experiment]:
    return {
        id_: Experiment(id_, one.seed or 0, dict(one.variants))
        for id_, one in draft.experiments.items()
    }


def _told(text: Text | None, locales: tuple[str, ...]) -> dict[str, str]:
    return {} if text is None else text.told(locales)
