"""The rundown: a booth's day as frozen values, every time already in program frames."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from node.catalog.assets import Approval
from node.catalog.market import MarketRules, rules_of
from node.catalog.persona import TIDAL, Persona
from node.catalog.products import Offer, Seller

LocalText = Mapping[str, str]
"""A text by locale, as in {"zh": "马上回来", "en": "Back in a moment"}."""

Kind = Literal["clip", "live", "agent", "slate"]
Action = Literal[
    "card.show",
    "card.hide",
    "offer.start",
    "countdown",
    "say",
    "lower_third",
    "arm",
    "take",
    "listen.open",
    "listen.close",
    "mark",
]
OverlayKind = Literal["card", "qr", "offer", "countdown", "lower_third", "ai_label"]

MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Transition:
    """How a segment gives way to the next: a cut (0 frames) or a dissolve of `frames`."""

    frames: int = 0


@dataclass(frozen=True, slots=True)
class Cue:
    """A timed action in a segment.

    `id` is segment and index from 0 (`ep1.1`). `at` counts program frames from the segment's
    entry, 0 <= at < length; -1 for a cue by the clock, whose `clock` is then a minute of the day,
    0..1439, else -1. `for_frames` is 0 where the action has no span.
    """

    id: str
    at: int
    do: Action
    clock: int = -1
    product: str = ""
    offer: str = ""
    segment: str = ""
    text: LocalText = field(default_factory=dict)
    for_frames: int = 0
    beat: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition of a gate.

    `scan` and `button` (called `name`) need `count` of them within the last `span_s` seconds;
    `staff` needs one press for each playing; `time` needs the local day to be at `minute` or
    later, 0..1439.
    """

    kind: Literal["scan", "button", "staff", "time"]
    count: int = 0
    span_s: int = 0
    name: str = ""
    minute: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """What must hold for a segment to be played; else the segment `otherwise` is, in its place."""

    conditions: tuple[Condition, ...]
    is_any: bool
    otherwise: str


@dataclass(frozen=True, slots=True)
class Segment:
    """An item of the show. `length` and `overrun` are program frames.

    A slate that only stands in for others has length 0; one that a block plays has its own.

    `asset` is an absolute path, None for live and for a slate of text alone; `approval` is what a
    manifest says of it, None where there is none. `source` names the camera of a live segment.
    `next`, `on_lost` and `on_busy` are segment ids or empty.
    """

    id: str
    kind: Kind
    length: int
    asset: Path | None = None
    approval: Approval | None = None
    source: str = ""
    overrun: int = 0
    episode: int = 0
    title: LocalText = field(default_factory=dict)
    text: LocalText = field(default_factory=dict)
    ai_label: LocalText = field(default_factory=dict)
    out: Transition = Transition()
    next: str = ""
    on_lost: str = ""
    on_busy: str = ""
    gate: Gate | None = None
    cues: tuple[Cue, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """A span of the day, in minutes after midnight; `end` <= `start` means over midnight."""

    start: int
    end: int
    play: tuple[str, ...]
    is_hard: bool = False
    is_speaker_on: bool = True
    experiment: str = ""


@dataclass(frozen=True, slots=True)
class Experiment:
    """An A/B test by loop: variants are orders of the same segments, drawn in shuffled pairs."""

    id: str
    seed: int
    variants: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Output:
    """What one output may carry.

    `overlay` is drawn in the picture, `sent` goes beside it as messages. What is on air and not of
    `kinds` is replaced by the slate, or stops the output.
    """

    id: str
    is_own: bool
    kinds: frozenset[Kind]
    overlay: frozenset[OverlayKind]
    sent: frozenset[str]
    other: Literal["slate", "stop"] = "slate"


@dataclass(frozen=True, slots=True)
class Rundown:
    """A whole day, judged correct. `blocks` cover 24 h and are sorted by `start`.

    `sha256` is the hash of its canonical form (canonical.py), as hexadecimal. `own_rules` are those
    of the market as the merchant changes them; None where nothing is changed. `persona` speaks for
    the booth. Texts by locale have those of `locales` first, in their order. `approvals` are those
    of its pictures, slates' and products'; `signed_by` names the key of a verified manifest.
    """

    id: str
    title: LocalText
    date: date
    market: str
    timezone: ZoneInfo
    locales: tuple[str, ...]
    fps: int
    qr_base: str
    fallback: str
    segments: Mapping[str, Segment]
    blocks: tuple[Block, ...]
    sha256: str
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    offers: Mapping[str, Offer] = field(default_factory=dict)
    seller: Seller | None = None
    own_rules: MarketRules | None = None
    persona: Persona = TIDAL
    approvals: Mapping[Path, Approval] = field(default_factory=dict)
    signed_by: str = ""

    @property
    def rules(self) -> MarketRules:
        """The rules that count in this show."""
        return self.own_rules or rules_of(self.market)

    def block_at(self, minute: int) -> int:
        """Index of the block that covers a minute of the day, 0 <= minute < 1440."""
        for index, block in enumerate(self.blocks):
            span = (block.end - block.start - 1) % MINUTES_A_DAY + 1
            if (minute - block.start) % MINUTES_A_DAY < span:
                return index
        return 0
