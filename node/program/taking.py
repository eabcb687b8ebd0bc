"""How segments come on air and leave it: entered, interrupted, resumed, handed over; pure."""

from collections.abc import Mapping
from dataclasses import replace

from node.errors import CommandError
from node.program.cards import Change, card_up, cue_card, deaf, without_card
from node.program.order import is_returning, judged, next_place, placed
from node.program.rundown import Cue, Segment
from node.program.saying import left_behind
from node.program.show import Airing, Fact, Show


def go_on(show: Show, why: str) -> Change:
    """To what was armed, else back to what was interrupted, else to what comes next.

    A hard block that is over takes what was interrupted in it with it.
    """
    fade = show.segment.out.frames
    if show.armed:
        return enter(show, show.armed, why, fade=fade)
    if is_returning(show):
        return resume(show, why)
    show, verdicts = judged(show)
    place = next_place(show)
    left, ends = leave(show, why)  # what ends belongs to the loop and the show that end
    moved = replace(left, block=place.block, index=place.index, loop=place.loop, began=place.began)
    turns = turned(left, moved)
    entered, starts = _begin(moved, place.segment, why, fade=fade, held=None)
    return entered, (*verdicts, *ends, *turns, *starts)


def enter(show: Show, name: str, why: str, *, fade: int, held: Airing | None = None) -> Change:
    """Leave what is on air and begin a segment at its place of the day.

    `held` is what `resume` then returns to.
    """
    left, ends = leave(show, why)
    moved = placed(left, name)
    entered, starts = _begin(moved, name, why, fade=fade, held=held)
    return entered, (*ends, *turned(left, moved), *starts)


def leave(show: Show, why: str) -> Change:
    """What is on the picture belongs to its segment and goes with it.

    A countdown stays, and an answer to a visitor is said to its end.
    """
    show, cards = without_card(show, "segment")
    show, says = left_behind(show)
    show, ears = deaf(show, "segment")
    left = replace(show, stand_in="", troubled=-1, layout="full")
    return left, (*cards, *says, *ears, show.fact("seg.end", why=why))


def turned(before: Show, after: Show) -> tuple[Fact, ...]:
    """One show stops and the next starts where the day on air has changed (domain.md, show)."""
    if before.began == after.began:
        return ()
    return before.fact("show.stop", why="day"), after.fact("show.start", why="day")


def take(show: Show, name: str) -> Change:
    """Put a segment on air by hand."""
    known(show, name)
    if name == show.airing.segment:
        return show, ()
    if show.named(name).kind == "live":
        return take_live(show, name)
    held = _keep(show)
    fade = show.segment.out.frames
    return enter(show, name, "operator", fade=fade, held=held)


def take_live(show: Show, name: str) -> Change:
    """Cut to the camera; whatever ran goes on from the same frame when the camera leaves.

    Whoever asks for the camera no longer is busy: a segment handed over comes back.
    """
    if not name:
        raise CommandError("no_live_segment", "the rundown has no live segment")
    show = replace(show, is_busy=False)
    if name == show.airing.segment:
        return show, ()
    if show.handed is not None and show.handed.segment == name:
        return take_back(show, "operator")
    held = _keep(show)
    left, ends = leave(show, "operator")  # an interruption: the place in the loop stays
    show, starts = _begin(left, name, "operator", fade=0, held=held)
    return replace(show, returns=held is not None), (*ends, *starts)


def resume(show: Show, why: str) -> Change:
    """Return to what was interrupted, at its next frame."""
    if show.held is None:
        raise CommandError("nothing_held", "nothing was interrupted, so nothing can resume")
    held = show.held
    left, ends = leave(show, why)
    airing = replace(held, number=show.airing.number + 1, fade=0, entered=show.tick)
    kept = _keeping(left, held.segment)
    show = replace(left, airing=airing, held=None, returns=False, handed=None, kept=kept)
    shown, starts = _shown_again(show, "resume")
    return shown, (*ends, *starts)


def hand_over(show: Show, why: str) -> Change:
    """Let a live segment's `on_busy` stand in for it; the live clock goes on."""
    live, live_airing = show.named(show.base.segment), show.base
    left, ends = leave(show, why)
    number = show.airing.number + 1
    airing = Airing(live.on_busy, number, number, entered=show.tick)
    show = replace(left, airing=airing, handed=live_airing)
    return show, (*ends, show.fact("seg.start", why=why))


def take_back(show: Show, why: str) -> Change:
    """End the stand-in: the live segment is where its clock is; what it missed is said."""
    handed = show.handed
    if handed is None:
        return show, ()
    left, ends = leave(show, why)
    position = live_position(show)
    number = show.airing.number + 1
    missed = [cue for cue in show.named(handed.segment).cues if handed.cued < cue.at < position]
    airing = replace(
        handed, number=number, position=position, cued=max(handed.cued, position - 1), fade=0
    )
    show = replace(left, airing=airing, handed=None)
    skips = tuple(show.fact("cue.skip", cue, why="handed over") for cue in missed)
    shown, starts = _shown_again(show, why)
    return shown, (*ends, *skips, *starts)


def live_position(show: Show) -> int:
    """Where the live segment's clock is while it is handed over, in frames."""
    return show.tick - show.base.entered


def card_cue_at(segment: Segment, position: int, cued: int) -> Cue | None:
    """The cue whose card covers a position and has fired already, or None."""
    covering: Cue | None = None
    for cue in sorted(segment.cues, key=lambda cue: cue.at):
        if cue.at > cued:
            break
        if cue.do == "card.hide" and cue.at >= 0:
            covering = None
        elif cue.do == "card.show" and cue.at >= 0:
            covering = cue if position < cue.at + cue.for_frames else None
    return covering


def known(show: Show, name: str) -> None:
    """Refuse the name of a segment that the rundown does not have."""
    if name not in show.rundown.segments and name not in show.kept:
        raise CommandError("unknown_segment", f"no segment is called {name!r}")


def _shown_again(show: Show, why: str) -> Change:
    """Begin again where it was: passed cues stay silent, a card that covers the place is back."""
    airing = show.airing
    start = show.fact("seg.start", why=why)
    cue = card_cue_at(show.segment, airing.position, airing.cued)
    if cue is None:
        return show, (start,)
    show, facts = card_up(show, cue_card(show, cue), "resume", cue)
    return show, (start, *facts)


def _begin(show: Show, name: str, why: str, *, fade: int, held: Airing | None) -> Change:
    number = show.airing.number + 1
    faded_from = show.airing.segment if fade else ""
    airing = Airing(name, number, number, fade=fade, faded_from=faded_from, entered=show.tick)
    crowd = show.crowd
    if name in crowd.staff:
        crowd = replace(crowd, staff=crowd.staff - {name})
    kept = _keeping(show, held.segment if held else "")
    if show.armed_as is not None and show.armed_as.id == name:
        kept = {**kept, name: show.armed_as}
    show = replace(
        show,
        airing=airing,
        armed="",
        armed_as=None,
        held=held,
        returns=False,
        handed=None,
        gate=None,
        crowd=crowd,
        kept=kept,
    )
    return show, (show.fact("seg.start", why=why),)


def _keeping(show: Show, name: str) -> Mapping[str, Segment]:
    """Of the segments kept from an older rundown, the one that is still to be played on."""
    return {name: show.kept[name]} if name in show.kept else {}


def _keep(show: Show) -> Airing | None:
    if show.segment.kind not in ("clip", "agent") or show.handed is not None:
        return show.held
    airing = show.airing
    is_aired = show.tick > 0 and airing.entered != show.tick  # else its first frame is yet to come
    return replace(airing, position=airing.position + is_aired)
