"""A stage: plays a show as mixer and deck would, on a wall clock that the test sets."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from node.program import course
from node.program.commands import Command, SpeechCommand
from node.program.order import began_on
from node.program.rundown import Rundown
from node.program.show import Airing, Fact, Moment, Show, Source


@dataclass
class Stage:
    """Clips give a frame a tick, unless `sources` says otherwise.

    The wall clock begins at `clock` and goes on with the ticks; `minute` sets it to a minute of
    the rundown's first day.
    """

    show: Show
    clock: datetime
    facts: list[Fact] = field(default_factory=list)
    positions: dict[int, int] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    tick: int = 0
    clock_tick: int = 0
    last: tuple[int, Source] = (-1, "fine")

    @property
    def now(self) -> datetime:
        """The wall clock of this tick, in the rundown's time zone."""
        gone_s = (self.tick - self.clock_tick) / self.show.rundown.fps
        utc = self.clock.astimezone(UTC) + timedelta(seconds=gone_s)
        return utc.astimezone(self.show.rundown.timezone)

    def set_clock(self, clock: datetime) -> None:
        """Set the wall clock, forwards or back."""
        self.clock, self.clock_tick = clock, self.tick

    @property
    def minute(self) -> int:
        """Minute of the local day."""
        return self.now.hour * 60 + self.now.minute

    @minute.setter
    def minute(self, minute: int) -> None:
        self.set_clock(clock(self.show.rundown, minute))

    def go(self, ticks: int) -> None:
        """So many ticks."""
        for _ in range(ticks):
            self.step()

    def step(self) -> None:
        """One tick."""
        airing = self.show.airing
        kind = self.show.segment.kind
        position = (
            self.positions.setdefault(airing.player, airing.position)
            if kind in ("clip", "agent")
            else self.tick - airing.entered
        )
        source = self.last[1] if self.last[0] == airing.number else "fine"
        moment = Moment(self.tick, self.now, position, source)
        self.show, facts = course.at(self.show, moment)
        self.facts += facts
        now = self.show.airing
        given = self.sources.get(now.segment, "fine")
        if given == "fine":
            self.positions[now.player] = self.positions.get(now.player, now.position) + 1
        self.last = (now.number, given)
        self.tick += 1

    def do(self, command: Command | SpeechCommand) -> None:
        """Have a command applied before the next tick."""
        self.show, facts = course.after(self.show, command, self.tick)
        self.facts += facts

    def edit(self, rundown: Rundown) -> None:
        """Another rundown from the next tick on."""
        self.show, facts = course.replaced(self.show, rundown)
        self.facts += facts

    def seen(self, ev: str) -> list[Fact]:
        """The facts of one kind so far."""
        return [fact for fact in self.facts if fact.ev == ev]


def clock(day: Rundown, minute: int, second: int = 0) -> datetime:
    """A moment of a rundown's first day."""
    first = day.date
    return datetime(
        first.year, first.month, first.day, minute // 60, minute % 60, second, tzinfo=day.timezone
    )


def stage(day: Rundown, minute: int = 600, second: int = 0) -> Stage:
    """A stage on which the block of a minute begins."""
    now, block = clock(day, minute, second), day.block_at(minute)
    show = Show(day, block, Airing("", 0, 0), now=now, began=began_on(day.blocks[block], now))
    return Stage(replace(show, airing=Airing(show.play[0], 0, 0)), now)


def order(facts: Iterable[Fact]) -> list[str]:
    """The segments that began, in order."""
    return [fact.segment for fact in facts if fact.ev == "seg.start"]
