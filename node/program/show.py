"""The show: what is on air, what is laid over it and what it may return to, as one frozen value.

One tick is one program frame. How the value changes stands in `course.py`.
"""

from dataclasses import dataclass
from typing import Literal

from node.program.commands import Layout
from node.program.rundown import LocalText, Rundown, Segment

Source = Literal["fine", "late", "lost", "ended", "failed"]
"""How the source on air did in the last tick; lost: no picture for 2 s."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened, for the as-played log: `ev` as in domain.md §5."""

    ev: str
    segment: str
    position: int
    cue: str = ""
    beat: str = ""
    product: str = ""
    why: str = ""
    late_frames: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """What the show is told each tick.

    `minute` is of the local day, 0..1439; `position` the frame of the segment on air that its
    source will give next (media time for a clip).
    """

    tick: int
    minute: int
    position: int
    source: Source = "fine"


@dataclass(frozen=True, slots=True)
class Airing:
    """One segment on air.

    `number` rises with each entry; `player` is the number of the entry that opened the source, so
    that a resumed clip keeps its open file. `position` counts program frames of the segment;
    cues up to `cued` have fired. `fade` is the dissolve of its entry in frames.
    """

    segment: str
    number: int
    player: int
    position: int = 0
    cued: int = -1
    fade: int = 0
    entered: int = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """A graphic on air until a position of its segment, or until a tick; one of them is -1."""

    product: str = ""
    text: LocalText | None = None
    cue: str = ""
    since_tick: int = 0
    until: int = -1
    until_tick: int = -1

    def is_over(self, position: int, tick: int) -> bool:
        """Whether its time has passed."""
        return 0 <= self.until <= position or 0 <= self.until_tick <= tick


@dataclass(frozen=True, slots=True)
class Show:
    """The state of the show at one tick.

    `index` is the place in the block's play list; `armed` the segment put next by hand or empty;
    `held` what `resume` returns to; `stand_in` the segment shown in place of a lost source;
    `trouble` counts ticks for which the source has been lost or has failed.
    """

    rundown: Rundown
    block: int
    airing: Airing
    loop: int = 0
    index: int = 0
    tick: int = 0
    minute: int = 0
    armed: str = ""
    held: Airing | None = None
    returns: bool = False
    layout: Layout = "full"
    card: Shown | None = None
    lower_third: Shown | None = None
    stand_in: str = ""
    trouble: int = 0

    @property
    def segment(self) -> Segment:
        """The segment on air."""
        return self.rundown.segments[self.airing.segment]

    @property
    def end(self) -> int:
        """Position at which the segment ends by itself, in frames; 0: it does not."""
        segment = self.segment
        return segment.length + segment.overrun if segment.kind == "live" else segment.length

    @property
    def live(self) -> str:
        """The live segment that `live` means: on air, of this block, of the rundown, or empty."""
        played = [self.airing.segment, *self.rundown.blocks[self.block].play]
        for name in [*played, *self.rundown.segments]:
            if self.rundown.segments[name].kind == "live":
                return name
        return ""
