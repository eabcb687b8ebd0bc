"""The course of the show: what each tick and each command make of it; pure, time is a parameter.

`at` and `after` return the next value and the facts that made it. Nothing here waits, draws or
knows a device.
"""

from dataclasses import replace

from node.errors import CommandError
from node.program import gates
from node.program.cards import Change, card_up, deaf, kept_true, without_card
from node.program.commands import (
    Answer,
    Arm,
    Busy,
    Command,
    CutSaying,
    HideCard,
    Identify,
    LockCamera,
    Pressed,
    Resume,
    Say,
    SayLasts,
    Scanned,
    SetLayout,
    SetStock,
    SetVolume,
    ShowCard,
    Skip,
    Sold,
    SpeechCommand,
    StaffOpen,
    Take,
    TakeLive,
)
from node.program.cues import fired
from node.program.editing import edited
from node.program.order import block_now, following, is_cut, judged
from node.program.rundown import Rundown
from node.program.saying import said
from node.program.seller import seller_told
from node.program.show import Fact, Moment, Show, Shown, Source, end_of
from node.program.taking import (
    card_cue_at,
    go_on,
    hand_over,
    known,
    live_position,
    resume,
    take,
    take_back,
    take_live,
    turned,
)

__all__ = ["after", "at", "card_cue_at", "following", "replaced"]

LOST_FOR_S = 5
"""A lost source's stand-in is shown so long before the show moves on (domain.md, `on_lost`)."""
FAILED_FOR_S = 2
"""The same for a clip that cannot be read: its alarm must be seen, the day must go on."""


def at(show: Show, moment: Moment) -> Change:
    """The show at the next tick, and what happened on the way."""
    show = _moved(show, moment)
    facts = list[Fact]()
    show, ends = _ended(show, moment.source)
    facts.extend(ends)
    for step in (_relieved, judged, kept_true, fired, seller_told):
        show, more = step(show)
        facts.extend(more)
    return show, tuple(facts)


def after(show: Show, command: Command | SpeechCommand, tick: int) -> Change:
    """The show after a command that takes effect at `tick`, which is yet to come.

    Raises `CommandError` if it cannot be obeyed now.
    """
    show = replace(show, tick=tick)
    match command:
        case ShowCard() | HideCard() | SetLayout() | Say() | Answer() | SayLasts() | CutSaying():
            return _dressed(show, command)
        case Scanned() | Pressed() | StaffOpen():
            return _counted(show, command)
        case SetStock() | Sold():
            return _traded(show, command)
        case Busy(is_busy=is_busy):
            return _busied(show, is_busy=is_busy)
        case SetVolume() | Identify() | LockCamera():
            return _at_booth(show, command), ()
        case _:
            return _placed_by_hand(show, command)


def replaced(show: Show, rundown: Rundown) -> Change:
    """The show with another rundown in place of its own (editing.py), and what that is told as."""
    after = edited(show, rundown)
    return after, (*turned(show, after), after.fact("rundown.edit"))


def _placed_by_hand(show: Show, command: Take | TakeLive | Resume | Skip | Arm) -> Change:
    match command:
        case Take(segment=name):
            return take(show, name)
        case TakeLive():
            return take_live(show, show.live)
        case Resume():
            return resume(show, "operator")
        case Skip(segment=name):
            is_on = name in (show.airing.segment, show.base.segment)
            return go_on(show, "operator") if is_on else (show, ())
        case Arm(segment=name):
            known(show, name)
            return replace(show, armed=name), ()


def _dressed(
    show: Show, command: ShowCard | HideCard | SetLayout | Say | Answer | SayLasts | CutSaying
) -> Change:
    match command:
        case ShowCard(product=product, for_s=for_s, why=why):
            shown = Shown(
                product=product,
                since_tick=show.tick,
                until_tick=show.tick + round(for_s * show.rundown.fps),
                is_repriced=why == "price_changed",
            )
            return card_up(show, shown, why)
        case HideCard(why=why):
            return without_card(show, why)
        case SetLayout(layout=layout):
            if layout != "full" and show.segment.kind not in ("clip", "agent"):
                raise CommandError("no_second_source", f"{show.segment.kind} has no clip to share")
            return replace(show, layout=layout), ()
        case _:
            return said(show, command)


def _at_booth(show: Show, command: SetVolume | Identify | LockCamera) -> Show:
    """What its loudspeaker, screens and camera do beside the program: no fact of the show."""
    match command:
        case SetVolume(percent=percent):
            return replace(show, volume=percent)
        case Identify(for_s=for_s):
            return replace(show, name_until=show.tick + for_s * show.rundown.fps)
        case LockCamera(is_locked=is_locked):
            return replace(show, is_camera_locked=is_locked)


def _counted(show: Show, command: Scanned | Pressed | StaffOpen) -> Change:
    """What the crowd did, for the gates; a time still to come counts as now."""
    keep_s, crowd, now_s = gates.longest_s(show.rundown), show.crowd, int(show.now.timestamp())
    match command:
        case Scanned(product=product, at=at_s, cue=cue, loop=loop, k=k, day=day):
            when = min(int(at_s), now_s) if at_s > 0 else now_s
            crowd = crowd.scanned(when, 1, keep_s)
            fact = replace(show.fact("scan", product=product), cue=cue, k=k, n=1)
            fact = replace(fact, loop=loop if loop >= 0 else fact.loop, day=day or fact.day)
        case Pressed(button=button, count=count):
            crowd = crowd.pressed(button, now_s, count, keep_s)
            fact = replace(show.fact("button"), name=button, n=count)
        case _:
            return _opened_by_staff(show, command.segment)
    return replace(show, crowd=crowd), (fact,)


def _opened_by_staff(show: Show, name: str) -> Change:
    known(show, name)
    if show.named(name).gate is None:
        raise CommandError("no_gate", f"{name} has no gate to open")
    crowd = replace(show.crowd, staff=show.crowd.staff | {name})
    return replace(show, crowd=crowd), (replace(show.fact("button"), name="staff", n=1),)


def _traded(show: Show, command: SetStock | Sold) -> Change:
    trade = show.trade
    match command:
        case SetStock(product=product, stock=count):
            return replace(show, trade=trade.stocked(product, count, show.now)), ()
        case Sold(offer=id_, count=count):
            offer = show.rundown.offers.get(id_)
            if offer is None:
                raise CommandError("unknown_offer", f"no offer is called {id_!r}")
            before = trade.sold.get(id_, 0)
            if count <= before:
                return show, ()
            fact = show.fact("offer.sold", product=offer.product)
            why = "more than there were" if count > offer.qty else ""
            sold = replace(trade, sold={**trade.sold, id_: count})
            return replace(show, trade=sold), (replace(fact, offer=id_, n=count, why=why),)


def _busied(show: Show, *, is_busy: bool) -> Change:
    show = replace(show, is_busy=is_busy)
    return _relieved(show) if is_busy else take_back(show, "back")


def _relieved(show: Show) -> Change:
    """Hand a live segment over whose host is busy; a stand-in that ends begins again.

    A block without a speaker hears nobody: its microphone closes with it.
    """
    facts: tuple[Fact, ...] = ()
    if show.listening and not show.is_speaker_on:
        show, facts = deaf(show, "the speaker is off")
    segment = show.segment
    is_wanted = show.is_busy and show.handed is None and segment.kind == "live"
    if is_wanted and segment.on_busy in show.rundown.segments:
        show, more = hand_over(show, "busy")
        facts = (*facts, *more)
    return show, facts


def _moved(show: Show, moment: Moment) -> Show:
    """Take over time and position, and note since when there is trouble."""
    troubled, stand_in = show.troubled, show.stand_in
    if moment.source in ("lost", "failed"):
        stand_in = show.segment.on_lost or show.rundown.fallback
        troubled = troubled if troubled >= 0 else moment.tick
    elif moment.source == "fine":
        troubled, stand_in = -1, ""
    return replace(
        show,
        tick=moment.tick,
        now=moment.now,
        airing=replace(show.airing, position=moment.position),
        troubled=troubled,
        stand_in=stand_in,
    )


def _ended(show: Show, source: Source) -> Change:
    """Go on when the segment is over, its source is gone for good, or a block ends."""
    end = end_of(show.named(show.base.segment))
    if show.handed is not None:
        if 0 < end <= live_position(show):
            return go_on(show, "end")
        if source == "ended" or 0 < show.end <= show.airing.position:
            return go_on(show, "end") if is_cut(show) else hand_over(show, "end")
    elif why := _why_over(show, source):
        return go_on(show, why)
    is_short = end == 0 or show.rundown.blocks[show.block].is_hard
    if is_short and block_now(show) != (show.block, show.began):
        return go_on(show, "block")
    return show, ()


def _why_over(show: Show, source: Source) -> str:
    fps = show.rundown.fps
    if source == "ended" or 0 < show.end <= show.airing.position:
        return "end"
    if source == "lost" and show.trouble >= LOST_FOR_S * fps:
        return "lost"
    if source == "failed" and show.trouble >= FAILED_FOR_S * fps:
        return "damaged"
    return ""
