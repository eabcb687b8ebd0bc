"""What a rehearsed day came to: aired, gates, offers, crowd, and what its author should know."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from node.program.rehearsal import Step
from node.program.rundown import Rundown
from node.program.show import Fact, Show

LOOPS_WANTED = 12
"""Loops a variant needs before a comparison says anything (domain.md, A/B by loop)."""


@dataclass(frozen=True, slots=True)
class Aired:
    """One segment as it aired; `at` is local ISO time, `why` the reason of its start."""

    at: str
    segment: str
    kind: str
    loop: int
    variant: str
    why: str


@dataclass(frozen=True, slots=True)
class GateTold:
    """A verdict of a gate that differed from the one before."""

    at: str
    segment: str
    is_open: bool
    why: str


@dataclass(slots=True)
class OfferTold:
    """An offer: how often its card was shown, what was sold of what there was, how it ended."""

    qty: int
    shown: int = 0
    sold: int = 0
    end: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something the author should know; `code` names the kind, `name` what it is about."""

    code: str
    name: str
    n: int = 0


@dataclass(slots=True)
class Account:
    """Filled by `take` step by step; `close` adds the warnings."""

    rundown: str
    seconds: float = 0.0
    aired: list[Aired] = field(default_factory=list)
    gates: list[GateTold] = field(default_factory=list)
    offers: dict[str, OfferTold] = field(default_factory=dict)
    cards: Counter[str] = field(default_factory=Counter)
    loops: dict[str, int] = field(default_factory=dict)
    scans: int = 0
    presses: int = 0
    busy: int = 0
    camera_losses: int = 0
    cues: int = 0
    late_frames_max: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    warnings: list[Warned] = field(default_factory=list)
    _played: set[tuple[str, int, int, str]] = field(default_factory=set)
    _was_lost: bool = False

    def take(self, step: Step) -> None:
        """Add what one step told."""
        self.seconds = step.seconds
        self.refused.update(step.refused)
        if step.show.stand_in and not self._was_lost:
            self.camera_losses += 1
        self._was_lost = bool(step.show.stand_in)
        for fact in step.facts:
            self._fact(step.show, fact)

    def close(self, rundown: Rundown) -> None:
        """Add the warnings, of a whole day."""
        on_air = {one.segment for one in self.aired}
        opened = {one.segment for one in self.gates if one.is_open}
        for name, segment in rundown.segments.items():
            is_wanted = any(name in block.play for block in rundown.blocks)
            if segment.gate is not None and name not in opened:
                self.warnings.append(Warned("gate_shut", name))
            elif is_wanted and name not in on_air:
                self.warnings.append(Warned("never_aired", name))
        self.warnings += [
            Warned("offer_unseen", id_) for id_, one in self.offers.items() if not one.shown
        ]
        self.warnings += [
            Warned("few_loops", variant, count)
            for variant, count in sorted(self.loops.items())
            if count < LOOPS_WANTED
        ]
        arms = {cue.id for one in rundown.segments.values() for cue in one.cues if cue.do == "arm"}
        self.warnings += [
            Warned("skipped", cue, n)
            for cue, n in sorted(self.skipped.items())
            if cue.split(" ")[0] not in arms  # to arm what may follow is how days are written
        ]

    def _fact(self, show: Show, fact: Fact) -> None:
        at = show.now.isoformat("T", "seconds")
        match fact.ev:
            case "seg.start":
                kind = show.named(fact.segment).kind
                self.aired.append(Aired(at, fact.segment, kind, fact.loop, fact.variant, fact.why))
                self.busy += fact.why == "busy"
                self._loop(show, fact)
            case "gate":
                self.gates.append(GateTold(at, fact.segment, bool(fact.is_open), fact.why))
            case "card.show":
                self.cards[fact.product] += 1
                if fact.why == "offer":
                    self.offers[fact.offer].shown += 1
            case "offer.sold":
                self.offers[fact.offer].sold = fact.n
            case "offer.end":
                self.offers[fact.offer].end = fact.why
            case _:
                self._count(fact)

    def _count(self, fact: Fact) -> None:
        match fact.ev:
            case "scan":
                self.scans += fact.n
            case "button":
                self.presses += fact.n
            case "cue.fire":
                self.cues += 1
                self.late_frames_max = max(self.late_frames_max, fact.late_frames)
            case "cue.skip":
                self.skipped[f"{fact.cue} ({fact.why})"] += 1
            case _:
                pass

    def _loop(self, show: Show, fact: Fact) -> None:
        """Count each loop of an experiment once, whatever was put between."""
        loop = (show.began.isoformat(), show.block, fact.loop, fact.variant)
        if fact.variant and loop not in self._played:
            self._played.add(loop)
            name = f"{show.rundown.blocks[show.block].experiment} {fact.variant}"
            self.loops[name] = self.loops.get(name, 0) + 1


def account_of(rundown: Rundown, steps: Iterable[Step]) -> Account:
    """The account of a whole walk."""
    account = opened(rundown)
    for step in steps:
        account.take(step)
    account.close(rundown)
    return account


def opened(rundown: Rundown) -> Account:
    """An account of nothing yet."""
    offers = {id_: OfferTold(one.qty) for id_, one in rundown.offers.items()}
    return Account(rundown.id, offers=offers)
