"""The show: what is on air, what is laid over it and what it may return to, as one frozen value.

One tick is one program frame. How the value changes stands in `course.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from node.media import Pts90k
from node.program.commands import Layout
from node.program.experiments import variant_of
from node.program.gates import Crowd, Judged
from node.program.offers import CardState, Trade
from node.program.rundown import Cue, LocalText, Rundown, Segment

Source = Literal["fine", "late", "lost", "ended", "failed"]
"""How the source on air did in the last tick; lost: no picture for 2 s."""

BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, for the as-played log: `ev` as in domain.md §5.

    `is_open` is a gate's verdict; `n` a count, where there is one; `by` the way in of a command
    (operator, button, cloud), empty for what the rundown does; `k` that of a visitor who scanned
    (qr, tap, link); `name` what was pressed; `ms` how long something took; `day` the date of the
    show that it belongs to, None for that of the moment.
    """

    ev: str
    segment: str
    position: int
    cue: str = ""
    beat: str = ""
    product: str = ""
    why: str = ""
    late_frames: int = 0
    offer: str = ""
    loop: int = 0
    variant: str = ""
    is_open: bool | None = None
    n: int = 0
    by: str = ""
    k: str = ""
    name: str = ""
    ms: float = 0.0
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What the show is told each tick.

    `now` is the wall clock, aware, in the rundown's time zone; `position` the frame of the
    segment on air that its source will give next (media time for a clip).
    """

    tick: int
    now: datetime
    position: int
    source: Source = "fine"


@dataclass(frozen=True, slots=True)
class Airing:
    """One segment on air.

    `number` rises with each entry; `player` is that of the entry that opened the source: a resumed
    clip keeps its open file. `position` counts program frames of the segment; cues up to `cued`
    have fired, those by the clock in `clocked`; climaxes up to `foretold` are announced. `fade` is
    the dissolve of its entry in frames, `faded_from` the segment that it leaves.
    """

    segment: str
    number: int
    player: int
    position: int = 0
    cued: int = -1
    fade: int = 0
    faded_from: str = ""
    entered: int = 0
    clocked: frozenset[str] = frozenset()
    foretold: int = -1


@dataclass(frozen=True, slots=True)
class Shown:
    """A graphic on air until a position of its segment, or until a tick; one of them is -1.

    Of a card: `offer` is the offer whose price it shows, or empty; `is_offer`: it opens one;
    `state` holds since `state_tick`; `is_repriced`: it came again at another price.
    """

    product: str = ""
    text: LocalText | None = None
    cue: str = ""
    since_tick: int = 0
    until: int = -1
    until_tick: int = -1
    offer: str = ""
    is_offer: bool = False
    state: CardState = "in_stock"
    state_tick: int = 0
    is_repriced: bool = False

    def is_over(self, position: int, tick: int) -> bool:
        """Whether its time has passed."""
        return 0 <= self.until <= position or 0 <= self.until_tick <= tick


@dataclass(frozen=True, slots=True)
class Strip:
    """A countdown to the end of an offer's window, in words under the picture."""

    offer: str
    cue: str
    since_tick: int


@dataclass(frozen=True, slots=True)
class Saying:
    """A sentence being spoken, or read where there is no voice, until a tick.

    `cue` is the cue's id or an answer's key; `locale` is spoken (empty: the show's first), in the
    words of `aloud` if there are any. One that `is_firm` is said to its end.
    """

    text: LocalText
    cue: str
    until_tick: int
    since_tick: int = 0
    locale: str = ""
    is_answer: bool = False
    is_firm: bool = False
    aloud: str = ""


@dataclass(frozen=True, slots=True)
class Show:
    """The state of the show at one tick.

    `index` is the place in the loop's play list, `began` the day on which the block began, the
    date of the show; `armed` the segment put next by hand or empty; `held` what `resume` returns
    to; `handed` the live segment whose place its `on_busy` holds; `stand_in` the segment shown in
    place of a lost source, lost or failed since the tick `troubled` (-1: it is not); `gate` the
    last verdict on what comes next; `again` a card that comes back at its `since_tick`; `seller`
    the seller's panel, `seller_told` the last block (day, start in minutes) that showed it; `kept`
    segments as before the rundown was replaced, played to their end, `armed_as` the one that came
    next; `volume` the loudspeaker's in percent; `name_until` when the node's name leaves screens;
    `is_camera_locked` whether the camera's automatics stand still.
    """

    rundown: Rundown
    block: int
    airing: Airing
    loop: int = 0
    index: int = 0
    tick: int = 0
    now: datetime = BEFORE_ALL
    began: date = date.min
    armed: str = ""
    held: Airing | None = None
    returns: bool = False
    handed: Airing | None = None
    is_busy: bool = False
    layout: Layout = "full"
    card: Shown | None = None
    again: Shown | None = None
    strip: Strip | None = None
    lower_third: Shown | None = None
    seller: Shown | None = None
    seller_told: tuple[date, int] | None = None
    saying: Saying | None = None
    listening: bool = False
    stand_in: str = ""
    troubled: int = -1
    gate: Judged | None = None
    crowd: Crowd = field(default_factory=Crowd)
    trade: Trade = field(default_factory=Trade)
    kept: Mapping[str, Segment] = field(default_factory=dict)
    armed_as: Segment | None = None
    volume: int = 100
    name_until: int = 0
    is_camera_locked: bool = False

    @property
    def pts(self) -> Pts90k:
        """When this tick's frame is in the program."""
        return Pts90k(self.tick * 90_000 // self.rundown.fps)

    @property
    def minute(self) -> int:
        """Minute of the local day, 0..1439."""
        return self.now.hour * 60 + self.now.minute

    @property
    def second(self) -> int:
        """Second of the local day, 0..86399."""
        return self.minute * 60 + self.now.second

    @property
    def trouble(self) -> int:
        """Ticks for which the source has been lost or has failed."""
        return self.tick - self.troubled + 1 if self.troubled >= 0 else 0

    @property
    def segment(self) -> Segment:
        """The segment on air."""
        return self.named(self.airing.segment)

    @property
    def base(self) -> Airing:
        """The airing whose turn it is; a handed one's `position` is that of its handing over."""
        return self.handed or self.airing

    @property
    def end(self) -> int:
        """Position at which the segment ends by itself, in frames; 0: it does not."""
        return end_of(self.segment)

    @property
    def is_speaker_on(self) -> bool:
        """Whether the booth's loudspeaker sounds; viewers hear the program in any case."""
        return self.rundown.blocks[self.block].is_speaker_on

    @property
    def variant(self) -> str:
        """The variant that this loop plays, or empty."""
        return _variant(self.rundown, self.block, self.began, self.loop)

    @property
    def play(self) -> tuple[str, ...]:
        """The play list of this loop."""
        return play_of(self.rundown, self.block, self.began, self.loop)

    @property
    def countdown(self) -> str:
        """Id of the offer whose countdown strip is on the picture, or empty.

        An offer's own card shows the countdown itself: the strip follows it.
        """
        if self.strip is None or (self.card is not None and self.card.is_offer):
            return ""
        return self.strip.offer

    @property
    def live(self) -> str:
        """The live segment that `live` means: on air, of this block, of the rundown, or empty."""
        played = [self.airing.segment, *self.rundown.blocks[self.block].play]
        for name in [self.base.segment, *played, *self.rundown.segments]:
            if self.named(name).kind == "live":
                return name
        return ""

    def named(self, name: str) -> Segment:
        """The segment of that name as it is to be played now; the fallback if there is none."""
        found = self.kept.get(name)
        if found is None and self.armed_as is not None and self.armed_as.id == name:
            found = self.armed_as
        found = found or self.rundown.segments.get(name)
        return found or self.rundown.segments[self.rundown.fallback]

    def fact(self, ev: str, cue: Cue | None = None, *, product: str = "", why: str = "") -> Fact:
        """A fact of what is on air now."""
        return Fact(
            ev,
            self.airing.segment,
            self.airing.position,
            cue=cue.id if cue else "",
            beat=cue.beat if cue else "",
            product=product or (cue.product if cue else ""),
            why=why,
            loop=self.loop,
            variant=self.variant,
            day=self.began,
        )


def end_of(segment: Segment) -> int:
    """Position at which a segment ends by itself, in frames; 0: it does not."""
    return segment.length + segment.overrun if segment.kind == "live" else segment.length


def play_of(rundown: Rundown, block: int, began: date, loop: int) -> tuple[str, ...]:
    """The play list of one loop of a block that began on a day."""
    variant = _variant(rundown, block, began, loop)
    one = rundown.blocks[block]
    return rundown.experiments[one.experiment].variants[variant] if variant else one.play


def _variant(rundown: Rundown, block: int, began: date, loop: int) -> str:
    one = rundown.blocks[block]
    experiment = rundown.experiments.get(one.experiment)
    if experiment is None:
        return ""
    return variant_of(experiment, began=began, start=one.start, loop=loop)
