"""What may never be on air, whatever happens: the rules of a day, held against each of its steps.

Judges anew what the show decided: from the facts told and the wall clock, not by the show's own
sums.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from node.program.commands import Pressed, Scanned, SetStock, Sold, StaffOpen
from node.program.course import FAILED_FOR_S, LOST_FOR_S
from node.program.offers import remaining_s
from node.program.order import block_now
from node.program.rehearsal import Step
from node.program.rundown import Condition, Gate
from node.program.show import Fact, Show
from node.program.visitors import Restart, Visit

BY_ITSELF = frozenset({"end", "lost", "damaged", "block", "busy"})
"""Reasons for which the course itself brings a segment on air: it asks the gate before."""
UNTOUCHED = (Visit, Scanned, Pressed, StaffOpen, SetStock, Sold)
"""What changes no segment: only the crowd and the shop."""
FLASH_FRAMES = 3
"""A segment shorter than that, which nobody asked for, is a flash."""
FLASH_S = 1
"""The same for one that the end of its block cuts off."""


class LawBrokenError(AssertionError):
    """A step of a day at which something was that may not be."""


@dataclass(slots=True)
class Law:
    """Give it every step of a rehearsal in order; it raises `LawBrokenError` at the first wrong.

    `ups` counts the cards shown, `entries` the segments, so that a test can tell that it saw some.
    """

    entries: int = 0
    ups: int = 0
    _before: Show | None = None
    _at_s: float = -1.0
    _scans: list[tuple[datetime, int]] = field(default_factory=list)
    _presses: list[tuple[datetime, str, int]] = field(default_factory=list)
    _staff: set[str] = field(default_factory=set)
    _started: Counter[tuple[str, date]] = field(default_factory=Counter)
    _fired: set[tuple[int, str]] = field(default_factory=set)
    _sold: dict[str, int] = field(default_factory=dict)
    _is_up: bool = False
    _is_touched: bool = False

    def see(self, step: Step) -> None:
        """Judge a step."""
        show = step.show
        is_touched = not all(isinstance(one.what, UNTOUCHED) for one in step.due)
        self._is_touched = self._is_touched or is_touched
        is_new = any(isinstance(one.what, Restart) for one in step.due)
        if is_new:
            self._before = None
            self._fired.clear()
        try:
            for fact in step.facts:
                self._fact(show, fact)
            if is_new:  # the card that a restarted node begins with is no fact of the log
                self._is_up = show.card is not None
            self._picture(show)
            self._card(show)
            self._deadline(show)
            self._place(show, step)
        except AssertionError as error:
            raise LawBrokenError(
                f"at {step.seconds:.3f} s, {show.now.isoformat()}, {show.airing}: {error}"
            ) from error
        self._before, self._at_s = show, step.seconds
        if any(fact.ev == "seg.start" for fact in step.facts):
            self._is_touched = is_touched

    def _picture(self, show: Show) -> None:
        """Never black: what is on air is there to be drawn, and no dead source stays on.

        The assistant that stands in for a busy host speaks on before a slate.
        """
        segment, fps = show.segment, show.rundown.fps
        assert segment.kind == "live" or segment.asset is not None, "nothing to be drawn"
        assert show.rundown.segments[show.rundown.fallback].kind == "slate", "no slate"
        if show.stand_in:
            assert show.named(show.stand_in).asset is not None, "nothing stands in"
        patience_s = LOST_FOR_S if segment.kind == "live" else FAILED_FOR_S
        is_dead = show.trouble > patience_s * fps + 1 and show.handed is None
        assert not is_dead, f"{show.trouble} frames of a dead source"
        end = show.end
        assert show.airing.position >= 0, "before its start"
        assert not end or show.airing.position <= end, f"behind its end {end}"
        assert segment.kind != "agent" or segment.ai_label, "no AI label"
        assert not show.listening or show.rundown.blocks[show.block].is_speaker_on, "listens"

    def _card(self, show: Show) -> None:
        """Never two cards, never one whose price or stock is another."""
        assert self._is_up == (show.card is not None), "the log tells of another card"
        if show.card is None:
            return
        card = show.card
        assert not card.is_over(show.airing.position, show.tick), "a card behind its time"
        running = {
            one.id
            for one in show.rundown.offers.values()
            if one.product == card.product and self._holds(show, one.id)
        }
        assert (card.offer in running) if card.offer else not running, (
            f"the price of {card.offer or 'no offer'} where {sorted(running)} run"
        )
        stock = show.trade.stock.get(card.product)
        is_out = stock is not None and stock.now <= 0
        assert (card.state == "sold_out") == is_out, f"{card.state} with {stock}"

    def _deadline(self, show: Show) -> None:
        """Never a false deadline: a countdown is that of an offer that holds now."""
        if show.strip is not None:
            assert self._holds(show, show.strip.offer), f"a countdown to {show.strip.offer}"
        for one in show.rundown.offers.values():
            left = show.trade.left(one)
            assert 0 <= left <= one.qty, f"{left} left of {one.qty}"
            assert left <= max(0, one.qty - self._sold.get(one.id, 0)), f"{left} left: too many"

    def _holds(self, show: Show, offer: str) -> bool:
        one = show.rundown.offers.get(offer)
        if one is None or one.on != show.now.date() or remaining_s(one, show.now) <= 0:
            return False
        stock = show.trade.stock.get(one.product)
        return self._sold.get(offer, 0) < one.qty and (stock is None or stock.now > 0)

    def _place(self, show: Show, step: Step) -> None:
        """The place lies in the play list; a hard block ends on time; else nobody sees a flash."""
        assert 0 <= show.index < len(show.play), f"place {show.index} of {show.play}"
        before = self._before
        if before is None:
            return
        assert step.seconds > self._at_s, "time stands still"
        starts = [fact for fact in step.facts if fact.ev == "seg.start"]
        ends = [fact for fact in step.facts if fact.ev == "seg.end"]
        assert len(starts) == len(ends), f"{len(starts)} starts, {len(ends)} ends"
        is_other = show.airing.number != before.airing.number
        assert is_other == bool(starts), "another segment without a word"
        is_cut = {fact.why for fact in starts} == {"block"}
        if is_other and not self._is_touched:
            aired = show.tick - before.airing.entered
            least = FLASH_S * show.rundown.fps if is_cut else FLASH_FRAMES
            assert aired >= least, f"a flash of {aired} frames of {before.airing.segment}"
        is_hard = show.rundown.blocks[show.block].is_hard
        is_late = is_hard and block_now(show) != (show.block, show.began)
        assert not is_late or self._is_touched, "behind the hard end of its block"

    def _fact(self, show: Show, fact: Fact) -> None:
        match fact.ev:
            case "card.show":
                assert not self._is_up or not self._before, f"{fact.product}: two cards at once"
                self._is_up, self.ups = True, self.ups + 1
            case "card.hide":
                assert self._is_up or not self._before, f"{fact.product}: no card to take down"
                self._is_up = False
            case "scan":
                self._scans.append((show.now, fact.n))
            case "button" if fact.name == "staff":
                pass
            case "button":
                self._presses.append((show.now, fact.name, fact.n))
            case "offer.sold":
                assert fact.n > self._sold.get(fact.offer, 0), "sold less than before"
                self._sold[fact.offer] = fact.n
            case _:
                self._course(show, fact)

    def _course(self, show: Show, fact: Fact) -> None:
        match fact.ev:
            case "offer.start":
                self._started[fact.offer, show.now.date()] += 1
                assert self._started[fact.offer, show.now.date()] == 1, f"{fact.offer} twice"
                assert self._holds(show, fact.offer), f"{fact.offer} begins when it does not hold"
                cue = next(c for s in show.rundown.segments.values() for c in s.cues
                           if c.offer == fact.offer)  # fmt: skip
                assert cue.clock >= 0, f"{fact.offer} begins on media time"
            case "cue.fire":
                key = (show.airing.player, fact.cue)
                assert fact.late_frames == 0, f"{fact.cue}: {fact.late_frames} frames late"
                assert fact.offer or key not in self._fired, f"{fact.cue} fires twice"
                self._fired.add(key)
            case "gate":
                gate = show.named(fact.segment).gate
                assert gate is not None, f"{fact.segment} has no gate"
            case "seg.start":
                self.entries += 1
                self._entry(show, fact)
            case _:
                pass

    def _entry(self, show: Show, fact: Fact) -> None:
        """A gated segment comes by itself only where its gate is open by what was counted."""
        before = self._before
        if before is None or fact.why not in BY_ITSELF:
            return
        gate = show.named(fact.segment).gate
        is_asked = before.armed == fact.segment or before.returns
        if gate is None or is_asked or show.handed is not None:
            return
        assert self._is_open(gate, fact.segment, show.now, before), f"{fact.segment}: gate is shut"

    def _is_open(self, gate: Gate, segment: str, now: datetime, before: Show) -> bool:
        holds = [self._met(one, segment, now, before) for one in gate.conditions]
        return any(holds) if gate.is_any else all(holds)

    def _met(self, one: Condition, segment: str, now: datetime, before: Show) -> bool:
        if one.kind == "staff":
            return segment in before.crowd.staff
        if one.kind == "time":  # a block may begin by a second early
            moments = now, now + timedelta(seconds=FLASH_S)
            return any(at.hour * 60 + at.minute >= one.minute for at in moments)
        counted = self._scans if one.kind == "scan" else [
            (at, n) for at, name, n in self._presses if name == one.name
        ]  # fmt: skip
        since = now.timestamp() - one.span_s - 1  # a count belongs to its whole second
        return sum(n for at, n in counted if at.timestamp() > since) >= one.count
