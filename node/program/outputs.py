"""Outputs: what each may carry of the program, now and at each frame; pure but for `Standings`.

An output's *recipe* says which pictures it needs and belongs to its policy, not to the moment:
outputs with one recipe share a rendition, and one that carries all that is drawn shares the
program's own. Whether it is shown a slate or stops at this moment is its *standing*.

Why not one encoder while pixels are equal and a second one only while a card is up: each change
costs an IDR, and the card comes at the climax, when the crowd is largest. A recipe changes only
when a day is edited. What is equal at the moment is still composed once (composition.py).
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from node.program.order import next_place, place_in
from node.program.rundown import Kind, Output, OverlayKind, Rundown
from node.program.show import Show, end_of

Standing = Literal["carried", "slate", "stopped"]
"""How an output stands to what is on air: it carries it, shows the slate alone, sends nothing."""

KINDS: Final[frozenset[Kind]] = frozenset(get_args(Kind))
DRAWN: Final[frozenset[OverlayKind]] = frozenset({"card", "offer", "countdown", "lower_third"})
"""What a policy may leave out of the pixels. The AI label is not among them: it is always drawn.
A code is never drawn: it belongs to the page of the booth's screen, at native size."""
CHANGES_KEPT: Final = 64
"""Coded media trails the program by half a second at most, 15 frames at 30 fps."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a picture may be made of: kinds of segments, others being slate, and what lies over."""

    kinds: frozenset[Kind]
    drawn: frozenset[OverlayKind]


PROGRAM: Final = Recipe(KINDS, DRAWN)
"""Everything: the program's own picture."""


def recipe_of(output: Output) -> Recipe:
    """The recipe of an output. One that stops needs no slate; a card's overlay has the offer's."""
    drawn = output.overlay & DRAWN
    if "card" in drawn:
        drawn |= {"offer"}
    return Recipe(KINDS if output.other == "stop" else output.kinds, drawn)


def kinds_on_air(show: Show, *, is_lost: bool = False) -> frozenset[Kind]:
    """All kinds that are to be seen now: the source's, an inset's, what a dissolve leaves.

    `is_lost` tells that the source gives no picture, so that the slate is seen in its place.
    """
    airing = show.airing
    kinds: set[Kind] = {"slate" if is_lost or show.stand_in else show.segment.kind}
    if show.layout != "full":
        kinds.add("live")
    if airing.faded_from and show.tick - airing.entered < airing.fade:
        kinds.add(show.named(airing.faded_from).kind)
    return frozenset(kinds)


def standing_of(output: Output, kinds: frozenset[Kind]) -> Standing:
    """How an output stands while these kinds are on air."""
    if kinds <= output.kinds:
        return "carried"
    return "stopped" if output.other == "stop" else "slate"


def carrying(show: Show, what: OverlayKind | None = None) -> tuple[str, ...]:
    """Names of the outputs that carry what is on air, sorted: `out` of an as-played event.

    With `what` only those that draw it or send it beside the picture.
    """
    kinds = kinds_on_air(show)
    return tuple(
        sorted(
            name
            for name, one in show.rundown.outputs.items()
            if kinds <= one.kinds and (what is None or what in one.overlay | one.sent)
        )
    )


def back_in_s(show: Show, output: Output) -> float | None:
    """Seconds until an output carries again if nobody intervenes; None where nobody can know."""
    left = show.end - show.airing.position
    if show.stand_in or show.handed is not None or not show.end:
        return None
    play, frames, first = show.play, left, next_place(show).segment
    start = place_in(play, first, show.index)
    for name in (first, *play[start + 1 :], *play[: start + 1]):
        segment = show.named(name)
        if segment.kind in output.kinds:
            return frames / show.rundown.fps
        frames += end_of(segment)
    return None


def back_at(show: Show, output: Output) -> datetime | None:
    """When, by the booth's clock, an output carries again; None where nobody can know."""
    seconds = back_in_s(show, output)
    return None if seconds is None else show.now + timedelta(seconds=seconds)


def reason(show: Show, output: Output, kinds: frozenset[Kind]) -> str:
    """Why an output does not carry what is on air, in English."""
    there = ", ".join(sorted(kinds - output.kinds))
    carried = ", ".join(sorted(output.kinds)) or "nothing"
    at = back_at(show, output)
    then = "" if at is None else f"; it goes on at about {at:%H:%M}"
    return f"{output.id} carries {carried}, not {there}, which is on air{then}"


def _unheard(_before: Mapping[str, Standing]) -> None:
    """Where nobody listens."""


@dataclass(slots=True, eq=False)
class Standings:
    """How the outputs stand at each frame. The mixer notes, those who send look up; loop thread.

    `changed` is called with the standings before, once the new ones are in place: at the frame at
    which they begin and before that frame is handed on.
    """

    outputs: Mapping[str, Output]
    changed: Callable[[Mapping[str, Standing]], None] = _unheard
    show: Show | None = None
    kinds: frozenset[Kind] = frozenset({"slate"})
    _kept: deque[tuple[int, Mapping[str, Standing]]] = field(
        default_factory=lambda: deque(maxlen=CHANGES_KEPT)
    )

    def __post_init__(self) -> None:
        self._kept.append((-1, self._standings()))

    @property
    def now(self) -> Mapping[str, Standing]:
        """The standing of each output, by name."""
        return self._kept[-1][1]

    def at(self, name: str, pts: int) -> Standing:
        """How an output stood at program time `pts`; one that was not there was stopped."""
        for since, standings in reversed(self._kept):
            if since <= pts:
                return standings.get(name, "stopped")
        return "stopped"

    def note(self, show: Show, kinds: frozenset[Kind]) -> None:
        """These kinds are on air at the show's tick."""
        rundown: Rundown = show.rundown
        is_same = kinds == self.kinds and rundown.outputs is self.outputs
        self.show, self.kinds, self.outputs = show, kinds, rundown.outputs
        if is_same:
            return
        before, now = self.now, self._standings()
        if now != before or set(now) != set(before):
            self._kept.append((show.pts, now))
        self.changed(before)

    def reason(self, name: str) -> str:
        """Why an output does not carry what is on air, in English; empty where it does."""
        output = self.outputs.get(name)
        if output is None or self.show is None or self.now.get(name) == "carried":
            return ""
        return reason(self.show, output, self.kinds)

    def back_at(self, name: str) -> str:
        """When an output that does not carry will, `HH:MM` by the booth's clock; may be empty."""
        output = self.outputs.get(name)
        if output is None or self.show is None or self.now.get(name) == "carried":
            return ""
        at = back_at(self.show, output)
        return "" if at is None else f"{at:%H:%M}"

    def _standings(self) -> Mapping[str, Standing]:
        return {name: standing_of(one, self.kinds) for name, one in self.outputs.items()}
