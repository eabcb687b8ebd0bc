"""Cues: which are due by media time or by the clock, and what each one does; pure."""

from collections.abc import Iterator
from dataclasses import replace

from node.program.cards import (
    Change,
    card_up,
    cue_card,
    deaf,
    offer_up,
    strip_up,
    without_card,
)
from node.program.offers import remaining_s
from node.program.order import following
from node.program.rundown import Cue
from node.program.saying import say
from node.program.show import Fact, Show
from node.program.taking import enter, live_position

SOON_S = 15
"""A climax is announced so long before (domain.md R27): time to get ready for a crowd."""
MINUTE_S = 60


def fired(show: Show) -> Change:
    """Fire every cue that is due, once an airing: first by media time, then by the clock."""
    show, soon = _foretold(show)
    facts, number = [*soon], show.airing.number
    position, cued = show.airing.position, show.airing.cued
    due = [cue for cue in show.segment.cues if cued < cue.at <= position]
    for cue in sorted(due, key=lambda cue: cue.at):
        show = replace(show, airing=replace(show.airing, cued=cue.at))
        facts.append(replace(show.fact("cue.fire", cue), late_frames=position - cue.at))
        show, more = _obeyed(show, cue)
        facts.extend(more)
        if show.airing.number != number:
            return show, tuple(facts)
    for cue in list(_due_by_clock(show)):
        show, more = _fired_by_clock(show, cue)
        facts.extend(more)
        if show.airing.number != number:
            break
    return show, tuple(facts)


def _foretold(show: Show) -> tuple[Show, list[Fact]]:
    airing, facts = show.airing, list[Fact]()
    for cue in show.segment.cues:
        is_soon = cue.at - SOON_S * show.rundown.fps <= airing.position < cue.at
        if cue.beat == "climax" and is_soon and cue.at > airing.foretold:
            airing = replace(airing, foretold=cue.at)
            facts.append(show.fact("beat.soon", cue))
    return (replace(show, airing=airing) if facts else show), facts


def _due_by_clock(show: Show) -> Iterator[Cue]:
    """Cues by the clock of the segment whose turn it is, whether or not it is handed over."""
    base = show.base
    for cue in show.named(base.segment).cues:
        if cue.clock >= 0 and cue.id not in base.clocked and _is_time(show, cue):
            yield cue


def _is_time(show: Show, cue: Cue) -> bool:
    """From its minute to the end of its offer's window, on the offer's day; else that minute."""
    if cue.do not in ("offer.start", "countdown"):
        return cue.clock == show.minute
    offer = show.rundown.offers.get(cue.offer)
    if offer is None or offer.on != show.now.date() or not remaining_s(offer, show.now):
        return False
    return cue.clock * MINUTE_S <= show.second


def _fired_by_clock(show: Show, cue: Cue) -> Change:
    base = show.base
    clocked = replace(base, clocked=base.clocked | {cue.id})
    is_handed = show.handed is not None
    show = replace(show, handed=clocked) if is_handed else replace(show, airing=clocked)
    fact = replace(show.fact("cue.fire", cue), offer=cue.offer)
    if is_handed:
        fact = replace(fact, segment=base.segment, position=live_position(show))
    show, more = _obeyed(show, cue)
    return show, (fact, *more)


def _obeyed(show: Show, cue: Cue) -> Change:
    match cue.do:
        case "card.show":
            return card_up(show, cue_card(show, cue), "cue", cue)
        case "card.hide":
            return without_card(show, "cue")
        case "offer.start" | "countdown":
            return _offered(show, cue)
        case "take" | "arm":
            return _gone(show, cue)
        case "mark":
            return show, ()
        case _:
            return _spoken(show, cue)


def _spoken(show: Show, cue: Cue) -> Change:
    """Words and the microphone."""
    match cue.do:
        case "say":
            return say(show, cue)
        case "listen.open" if not show.is_speaker_on:
            return _skipped(show, cue, "the speaker is off")
        case "listen.open":
            return replace(show, listening=True), (show.fact("listen.open", cue),)
        case "listen.close":
            return deaf(show, "cue")
        case _:
            return replace(show, lower_third=cue_card(show, cue)), ()


def _offered(show: Show, cue: Cue) -> Change:
    offer = show.rundown.offers.get(cue.offer)
    if offer is None or not show.trade.is_running(offer, show.now):
        return _skipped(show, cue, "sold out" if offer is not None else f"no offer {cue.offer}")
    return offer_up(show, cue) if cue.do == "offer.start" else (strip_up(show, cue), ())


def _gone(show: Show, cue: Cue) -> Change:
    if cue.segment not in show.rundown.segments:
        return _skipped(show, cue, f"no segment {cue.segment}")
    if cue.do == "take":
        fade = show.segment.out.frames
        return enter(show, cue.segment, "cue", fade=fade)
    then = following(show)
    return (show, ()) if cue.segment == then else _skipped(show, cue, f"next is {then}")


def _skipped(show: Show, cue: Cue, why: str) -> Change:
    return show, (show.fact("cue.skip", cue, why=why),)
