"""A whole day without pictures, on a virtual clock: the same course as on air, what it would do."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from node.errors import CommandError
from node.program import course
from node.program.commands import Command
from node.program.horizon import quiet_ticks
from node.program.rundown import Rundown
from node.program.schedule import opening, saved_of
from node.program.show import Airing, Fact, Moment, Show, Source
from node.program.visitors import ClockSet, Happening, Restart, Visit, commands_of

LOST_AFTER_S = 2.0
"""A camera without a picture for so long counts as lost, as it does on air."""


@dataclass(frozen=True, slots=True)
class Step:
    """A moment at which something happened; `seconds` since the rehearsal began.

    `due` is what the script had for it, `refused` why commands among it were not obeyed.
    """

    seconds: float
    show: Show
    facts: tuple[Fact, ...]
    refused: tuple[str, ...] = ()
    due: tuple[Happening, ...] = ()


class Rehearsal:
    """Walks a day from moment to moment at which something may happen.

    `start` is aware. `stocks` are the catalog's. With `is_every_tick` no tick is left out: slow,
    and the measure of the leaps.
    """

    def __init__(
        self,
        rundown: Rundown,
        *,
        start: datetime,
        script: Sequence[Happening] = (),
        stocks: Mapping[str, int] | None = None,
        is_every_tick: bool = False,
    ) -> None:
        self._fps = rundown.fps
        self._start = start.astimezone(UTC)
        self._script = _by_tick(script, rundown.fps)
        self._stocks = stocks
        self._is_every_tick = is_every_tick
        self._is_lost = self._is_damaged = False
        self._show = opening(rundown, start, None, stocks=stocks)
        self._zero = 0
        self._at_tick = 0

    def walk(self, span_s: float) -> Iterator[Step]:
        """Every moment of the span that the course was asked for."""
        end, coming, tick = round(span_s * self._fps), 0, 0
        while tick < end:
            due = list[Happening]()
            while coming < len(self._script) and self._script[coming][0] <= tick:
                due.append(self._script[coming][1])
                coming += 1
            step = self._step(tick, due)
            yield step
            # one change may bring another in the tick behind it
            is_near = self._is_every_tick or bool(step.facts)
            ahead = 1 if is_near else quiet_ticks(self._show)
            until = self._script[coming][0] if coming < len(self._script) else end
            # a command is judged by the show of the tick before it
            tick = min(tick + ahead, max(until - 1, tick + 1), end)

    def _step(self, tick: int, due: Sequence[Happening]) -> Step:
        facts, refused, before = list[Fact](), list[str](), self._show.airing
        for happening in due:
            for command in self._commands(happening, tick):
                try:
                    self._show, more = course.after(self._show, command, tick - self._zero)
                    facts.extend(more)
                except CommandError as error:
                    refused.append(str(error))
            if isinstance(happening.what, Restart):
                before = self._show.airing
            if isinstance(happening.what, Rundown):
                self._show, more = course.replaced(self._show, happening.what)
                facts.extend(more)
        self._show, more = course.at(self._show, self._moment(tick, before))
        facts.extend(more)
        self._at_tick = tick
        return Step(tick / self._fps, self._show, tuple(facts), tuple(refused), tuple(due))

    def _commands(self, happening: Happening, tick: int) -> Iterator[Command]:
        match happening.what:
            case "camera lost" | "camera back" as fate:
                self._is_lost = fate == "camera lost"
            case "clips damaged" | "clips whole" as fate:
                self._is_damaged = fate == "clips damaged"
            case ClockSet(by_s=by_s):
                self._start += timedelta(seconds=by_s)
            case Restart(away_s=away_s):
                self._restart(away_s, tick)
            case Rundown():
                return  # an edit is no command
            case Visit() as visit:
                yield from commands_of(visit, self._show)
            case command:
                yield command

    def _restart(self, away_s: float, tick: int) -> None:
        """Open the show anew, as a node does that was away; its ticks count from here."""
        saved = saved_of(self._show, self._now(tick).timestamp())
        self._start += timedelta(seconds=away_s)
        self._zero = self._at_tick = tick
        self._show = opening(self._show.rundown, self._now(tick), saved, stocks=self._stocks)

    def _moment(self, tick: int, before: Airing) -> Moment:
        airing, kind = self._show.airing, self._show.segment.kind
        is_same = airing.number == before.number
        source: Source = "fine"
        if is_same and self._is_lost and kind == "live":
            source = "lost"
        if is_same and self._is_damaged and kind in ("clip", "agent"):
            source = "failed"
        is_moving = is_same and source != "failed"
        position = airing.position + (tick - self._at_tick if is_moving else 0)
        now = self._now(tick).astimezone(self._show.rundown.timezone)
        return Moment(tick - self._zero, now, position, source)

    def _now(self, tick: int) -> datetime:
        return self._start + timedelta(seconds=tick / self._fps)


def _by_tick(script: Sequence[Happening], fps: int) -> list[tuple[int, Happening]]:
    """The script in ticks; a camera counts as lost only when it has given nothing for a while."""
    ticks = list[tuple[int, Happening]]()
    back_s = [one.at_s for one in script if one.what == "camera back"]
    for one in script:
        at_s = one.at_s
        if one.what == "camera lost":
            at_s += LOST_AFTER_S
            if any(one.at_s < back <= at_s for back in back_s):
                continue
        ticks.append((max(0, round(at_s * fps)), one))
    return sorted(ticks, key=lambda pair: pair[0])
