"""The course of the show: what each tick and each command make of it; pure, time is a parameter.

`at` and `after` return the next value and the facts that made it. Nothing here waits, draws or
knows a device.
"""

from dataclasses import replace

from node.errors import CommandError
from node.program.commands import (
    Arm,
    Command,
    HideCard,
    Resume,
    SetLayout,
    ShowCard,
    Skip,
    Take,
    TakeLive,
)
from node.program.rundown import Cue, Segment
from node.program.show import Airing, Fact, Moment, Show, Shown, Source

LOST_FOR_S = 5
"""A lost source's stand-in is shown so long before the show moves on (domain.md, `on_lost`)."""
FAILED_FOR_S = 2
"""The same for a clip that cannot be read: its alarm must be seen, the day must go on."""


def at(show: Show, moment: Moment) -> tuple[Show, tuple[Fact, ...]]:
    """The show at the next tick, and what happened on the way."""
    show = replace(show, tick=moment.tick, minute=moment.minute)
    show = _moved(show, moment)
    show, ends = _ended(show, moment.source)
    show, downs = _taken_down(show)
    show, cued = _cued(show)
    return show, (*ends, *downs, *cued)


def after(show: Show, command: Command, tick: int) -> tuple[Show, tuple[Fact, ...]]:
    """The show after a command that takes effect at `tick`, which is yet to come.

    Raises `CommandError` if it cannot be obeyed now.
    """
    show = replace(show, tick=tick)
    match command:
        case Take(segment=name):
            return _take(show, name)
        case TakeLive():
            return _take_live(show)
        case Resume():
            return _resume(show, "operator")
        case Skip(segment=name):
            return _next(show, "operator") if name == show.airing.segment else (show, ())
        case Arm(segment=name):
            _known(show, name)
            return replace(show, armed=name), ()
        case ShowCard() | HideCard() | SetLayout():
            return _dressed(show, command)


def following(show: Show) -> str:
    """Id of the segment that comes next if nobody intervenes."""
    if show.armed:
        return show.armed
    if show.returns and show.held is not None:
        return show.held.segment
    return _after_this(show)[0]


def card_cue_at(segment: Segment, position: int, cued: int) -> Cue | None:
    """The cue whose card covers a position and has fired already, or None."""
    covering: Cue | None = None
    for cue in sorted(segment.cues, key=lambda cue: cue.at):
        if cue.at > cued:
            break
        if cue.do == "card.hide":
            covering = None
        elif cue.do == "card.show":
            covering = cue if position < cue.at + cue.for_frames else None
    return covering


def _dressed(show: Show, command: ShowCard | HideCard | SetLayout) -> tuple[Show, tuple[Fact, ...]]:
    match command:
        case ShowCard(product=product, for_s=for_s):
            until = show.tick + round(for_s * show.rundown.fps)
            shown = Shown(product=product, since_tick=show.tick, until_tick=until)
            down, facts = _without_card(show, "replaced")
            again = _fact(show, "card.show", product=product, why="operator")
            return replace(down, card=shown), (*facts, again)
        case HideCard():
            return _without_card(show, "operator")
        case SetLayout(layout=layout):
            if layout != "full" and show.segment.kind not in ("clip", "agent"):
                raise CommandError("no_second_source", f"{show.segment.kind} has no clip to share")
            return replace(show, layout=layout), ()


def _moved(show: Show, moment: Moment) -> Show:
    """Take over the position, and count the trouble."""
    show = replace(show, airing=replace(show.airing, position=moment.position))
    if moment.source in ("lost", "failed"):
        stand_in = show.segment.on_lost or show.rundown.fallback
        return replace(show, trouble=show.trouble + 1, stand_in=stand_in)
    return replace(show, trouble=0, stand_in="") if moment.source == "fine" else show


def _ended(show: Show, source: Source) -> tuple[Show, tuple[Fact, ...]]:
    """Go on when the segment is over, its source is gone for good, or a hard block ends."""
    fps = show.rundown.fps
    if source == "ended" or 0 < show.end <= show.airing.position:
        return _next(show, "end")
    if source == "lost" and show.trouble >= LOST_FOR_S * fps:
        return _next(show, "lost")
    if source == "failed" and show.trouble >= FAILED_FOR_S * fps:
        return _next(show, "damaged")
    block = show.rundown.block_at(show.minute)
    is_over = block != show.block
    if is_over and (show.rundown.blocks[show.block].is_hard or show.end == 0):
        return _next(show, "block")
    return show, ()


def _next(show: Show, why: str) -> tuple[Show, tuple[Fact, ...]]:
    if not show.armed and show.returns and show.held is not None:
        return _resume(show, why)
    name, block, index, loop = _after_this(show)
    if show.armed:
        return _enter(_placed(show, show.armed), show.armed, why, fade=show.segment.out.frames)
    show = replace(show, block=block, index=index, loop=loop)
    return _enter(show, name, why, fade=show.segment.out.frames)


def _after_this(show: Show) -> tuple[str, int, int, int]:
    """What follows: segment, block, index, loop."""
    rundown, block = show.rundown, show.rundown.block_at(show.minute)
    if block != show.block:
        return rundown.blocks[block].play[0], block, 0, 0
    play = rundown.blocks[block].play
    wanted = show.segment.next
    index = show.index + 1
    if wanted:
        index = _place(play, wanted, show.index)
        if index < 0:  # outside the play list: the loop goes on behind this place
            return wanted, block, show.index, show.loop
    is_round = index >= len(play) or (bool(wanted) and index <= show.index)
    index %= len(play)
    return play[index], block, index, show.loop + is_round


def _enter(show: Show, name: str, why: str, fade: int) -> tuple[Show, tuple[Fact, ...]]:
    number = show.airing.number + 1
    airing = Airing(name, number, number, fade=fade, entered=show.tick)
    left, facts = _left(show, why)
    show = replace(left, airing=airing, armed="", held=None, returns=False)
    return show, (*facts, _fact(show, "seg.start", why=why))


def _left(show: Show, why: str) -> tuple[Show, tuple[Fact, ...]]:
    """What is on the picture belongs to its segment and goes with it."""
    show, facts = _without_card(show, "segment")
    show = replace(show, lower_third=None, stand_in="", trouble=0, layout="full")
    return show, (*facts, _fact(show, "seg.end", why=why))


def _take(show: Show, name: str) -> tuple[Show, tuple[Fact, ...]]:
    _known(show, name)
    if name == show.airing.segment:
        return show, ()
    if show.rundown.segments[name].kind == "live":
        return _interrupt(show, name)
    held = _keep(show)
    show, facts = _enter(_placed(show, name), name, "operator", fade=show.segment.out.frames)
    return replace(show, held=held), facts


def _take_live(show: Show) -> tuple[Show, tuple[Fact, ...]]:
    name = show.live
    if not name:
        raise CommandError("no_live_segment", "the rundown has no live segment")
    return (show, ()) if name == show.airing.segment else _interrupt(show, name)


def _interrupt(show: Show, name: str) -> tuple[Show, tuple[Fact, ...]]:
    """Cut to the camera; whatever ran goes on from the same frame when the camera leaves."""
    held = _keep(show)
    show, facts = _enter(show, name, "operator", fade=0)
    return replace(show, held=held, returns=held is not None), facts


def _keep(show: Show) -> Airing | None:
    if show.segment.kind not in ("clip", "agent"):
        return show.held
    return replace(show.airing, position=show.airing.position + 1)


def _resume(show: Show, why: str) -> tuple[Show, tuple[Fact, ...]]:
    if show.held is None:
        raise CommandError("nothing_held", "nothing was interrupted, so nothing can resume")
    left, facts = _left(show, why)
    airing = replace(show.held, number=show.airing.number + 1, fade=0, entered=show.tick)
    show = replace(left, airing=airing, held=None, returns=False)
    cue = card_cue_at(show.segment, airing.position, airing.cued)
    start = _fact(show, "seg.start", why="resume")
    if cue is None:
        return show, (*facts, start)
    shown = replace(_shown(show, cue), until=cue.at + cue.for_frames)
    again = _cue_fact(show, "card.show", cue, "resume")
    return replace(show, card=shown), (*facts, start, again)


def _taken_down(show: Show) -> tuple[Show, tuple[Fact, ...]]:
    position = show.airing.position
    if show.lower_third is not None and show.lower_third.is_over(position, show.tick):
        show = replace(show, lower_third=None)
    if show.card is not None and show.card.is_over(position, show.tick):
        return _without_card(show, "time")
    return show, ()


def _cued(show: Show) -> tuple[Show, tuple[Fact, ...]]:
    """Fire every cue that the position has reached, once, in the order of their times."""
    facts = list[Fact]()
    number, cued, position = show.airing.number, show.airing.cued, show.airing.position
    due = [cue for cue in show.segment.cues if cued < cue.at <= position]
    for cue in sorted(due, key=lambda cue: cue.at):
        show = replace(show, airing=replace(show.airing, cued=cue.at))
        late = position - cue.at
        facts.append(replace(_cue_fact(show, "cue.fire", cue, ""), late_frames=late))
        show, more = _obey(show, cue)
        facts.extend(more)
        if show.airing.number != number:
            break
    return show, tuple(facts)


def _obey(show: Show, cue: Cue) -> tuple[Show, tuple[Fact, ...]]:  # noqa: PLR0911
    match cue.do:
        case "card.show":
            shown = replace(_shown(show, cue), until=cue.at + cue.for_frames)
            down, facts = _without_card(show, "replaced")
            return replace(down, card=shown), (*facts, _cue_fact(show, "card.show", cue, "cue"))
        case "card.hide":
            return _without_card(show, "cue")
        case "lower_third":
            shown = replace(_shown(show, cue), until=cue.at + cue.for_frames)
            return replace(show, lower_third=shown), ()
        case "take":
            fade = show.segment.out.frames
            return _enter(_placed(show, cue.segment), cue.segment, "cue", fade=fade)
        case "arm":
            then = following(show)
            if cue.segment != then:
                return show, (_cue_fact(show, "cue.skip", cue, f"next is {then}"),)
            return show, ()
        case "mark":
            return show, ()


def _shown(show: Show, cue: Cue) -> Shown:
    return Shown(product=cue.product, text=cue.text, cue=cue.id, since_tick=show.tick)


def _without_card(show: Show, why: str) -> tuple[Show, tuple[Fact, ...]]:
    if show.card is None:
        return show, ()
    fact = _fact(show, "card.hide", product=show.card.product, cue=show.card.cue, why=why)
    return replace(show, card=None), (fact,)


def _known(show: Show, name: str) -> None:
    if name not in show.rundown.segments:
        raise CommandError("unknown_segment", f"no segment is called {name!r}")


def _cue_fact(show: Show, ev: str, cue: Cue, why: str) -> Fact:
    return _fact(show, ev, cue=cue.id, beat=cue.beat, product=cue.product, why=why)


def _fact(
    show: Show, ev: str, *, cue: str = "", beat: str = "", product: str = "", why: str = ""
) -> Fact:
    return Fact(ev, show.airing.segment, show.airing.position, cue, beat, product, why)


def _place(play: tuple[str, ...], name: str, index: int) -> int:
    """The place of a segment in a play list, sought from behind `index`; -1 if it is not there."""
    order = [*range(index + 1, len(play)), *range(min(index + 1, len(play)))]
    return next((place for place in order if play[place] == name), -1)


def _placed(show: Show, name: str) -> Show:
    """The show with its place moved to a segment, if the block plays it."""
    place = _place(show.rundown.blocks[show.block].play, name, show.index)
    return replace(show, index=place) if place >= 0 else show
