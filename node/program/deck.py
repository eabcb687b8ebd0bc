"""The deck: the sources open now (on air, next, held), each pre-rolled before it is taken."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from node.channels import Latest
from node.errors import AssetError, CommandError
from node.media import Frame, Pixels, Samples
from node.program.rundown import Segment
from node.program.show import Airing, Source

log = logging.getLogger(__name__)

LOST_AFTER_S = 2.0
"""A source without a picture for so long is lost: slate (domain.md R9)."""
PREROLL_AFTER_S = 1.0
"""The next source is opened so long after a take, when the take's own work is done."""
OPEN_LIMIT_S = 5.0
"""A take by hand waits at most so long for its source."""


class Tick(Protocol):
    """One program frame of a clip and its share of sound."""

    @property
    def pixels(self) -> Pixels:
        """The picture, program size."""
        ...

    @property
    def samples(self) -> Samples:
        """Sound of one frame, float32 [48000 / fps, 2]."""
        ...


class Player(Protocol):
    """An open clip, fitted to the program (clips/player.py)."""

    @property
    def position(self) -> int:
        """Program frame that `next` gives next."""
        ...

    @property
    def is_ready(self) -> bool:
        """Whether the first frames lie decoded."""
        ...

    @property
    def has_ended(self) -> bool:
        """Whether no more ticks will come."""
        ...

    @property
    def error(self) -> AssetError | None:
        """Why it broke in the middle, or None."""
        ...

    async def preroll(self, at_frame: int = 0) -> None:
        """Open and decode the first frames; raises `AssetError`."""
        ...

    def next(self) -> Tick | None:
        """The next tick, or None when it is not decoded yet; never waits."""
        ...

    async def close(self) -> None:
        """Release the file; may be called twice."""
        ...


OpenClip = Callable[[Segment], Player]
Failed = Callable[[Segment, AssetError], None]
"""Is told of a source that cannot be opened."""


def _nobody_told(_segment: Segment, _error: AssetError) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a source gave in one tick; `samples` is None where it has no sound of its own."""

    source: Source
    pixels: Pixels | None = None
    samples: Samples | None = None
    is_new: bool = False


@dataclass(slots=True)
class _Open:
    """One open clip: its player, the task that pre-rolls it, and ticks since its last picture."""

    segment: str
    player: Player
    opening: asyncio.Task[None]
    error: AssetError | None = None
    starved: int = 0
    picture: Pixels | None = None
    spare: Tick | None = None


class Deck:
    """Opens, pulls and closes sources; belongs to the loop thread.

    A clip is known by the number of the airing that opened it (`Airing.player`), a pre-rolled one
    by its segment. Each tick `follow` says which are wanted and `pull` takes the picture on air.
    """

    def __init__(
        self, *, open_clip: OpenClip, live: Latest[Frame], fps: int, failed: Failed = _nobody_told
    ) -> None:
        self._open_clip, self._failed = open_clip, failed
        self._live = live
        self._fps = fps
        self._on: dict[int, _Open] = {}
        self._next: dict[str, _Open] = {}
        self._asked: set[str] = set()
        self._closing: set[asyncio.Task[None]] = set()
        self._live_shown: Frame | None = None
        self._last = -1

    def follow(self, segment: Segment, airing: Airing, held: Airing | None) -> None:
        """Make the source of an airing the one on air, from the pre-rolled ones if it is there."""
        if segment.kind in ("clip", "agent") and airing.player not in self._on:
            self._asked.discard(segment.id)
            opened = self._next.pop(segment.id, None)
            self._on[airing.player] = opened or self._start(segment, airing.position)
        wanted = {airing.player, held.player if held else airing.player, self._last}
        for number in [number for number in self._on if number not in wanted]:
            self._close(self._on.pop(number))
        self._last = airing.player

    async def settle(self) -> None:
        """Wait until every source now open is pre-rolled or has failed, `OPEN_LIMIT_S` at most."""
        opening = {opened.opening for opened in [*self._on.values(), *self._next.values()]}
        if opening:
            await asyncio.wait(opening, timeout=OPEN_LIMIT_S)

    def expect(self, segments: Iterable[Segment]) -> None:
        """Pre-roll the segments that may come next and close the others."""
        coming = {segment.id: segment for segment in segments if segment.kind in ("clip", "agent")}
        for name in [name for name in self._next if name not in {*coming, *self._asked}]:
            self._close(self._next.pop(name))
        for name, segment in coming.items():
            if name not in self._next:
                self._next[name] = self._start(segment, 0)

    async def ready(self, segment: Segment) -> None:
        """Wait until a segment can be taken; raises `CommandError` if it cannot be opened."""
        if segment.kind == "live" and self._is_live_lost():
            raise CommandError("camera_lost", f"{segment.id}: the camera gives no pictures")
        if segment.kind not in ("clip", "agent"):
            return
        before = self._next.get(segment.id)
        if before is None or before.error is not None:  # the file may be whole again
            if before is not None:
                self._close(before)
            self._next[segment.id] = self._start(segment, 0)
        self._asked.add(segment.id)
        opened = self._next[segment.id]
        done, _ = await asyncio.wait({opened.opening}, timeout=OPEN_LIMIT_S)
        if opened.error is not None or not done:
            self._asked.discard(segment.id)
            why = opened.error or f"not open after {OPEN_LIMIT_S:g} s"
            raise CommandError("not_ready", f"{segment.id}: {why}")

    def position(self, segment: Segment, airing: Airing, tick: int) -> int:
        """The frame of the segment that its source gives next."""
        if segment.kind not in ("clip", "agent"):
            return tick - airing.entered
        opened = self._on.get(airing.player) or self._next.get(segment.id)
        if opened is None or not opened.player.is_ready:
            return airing.position
        return opened.player.position - (opened.spare is not None)

    def pull(self, segment: Segment, airing: Airing) -> Pulled:
        """Take the picture of this tick from the source on air; never waits."""
        if segment.kind == "slate":
            return Pulled("fine")
        if segment.kind == "live":
            return self.pull_live()
        return self._pull_clip(self._on[airing.player])

    def pull_live(self) -> Pulled:
        """The camera's newest picture; `late` when it is the one of the last tick."""
        frame = self._live.peek()
        if frame is None or self._is_live_lost():
            return Pulled("lost")
        is_new = frame is not self._live_shown
        self._live_shown = frame
        return Pulled("fine" if is_new else "late", frame.i420(), is_new=is_new)

    async def close(self) -> None:
        """Close every source."""
        for opened in [*self._on.values(), *self._next.values()]:
            self._close(opened)
        self._on.clear()
        self._next.clear()
        await asyncio.gather(*self._closing)

    def _pull_clip(self, opened: _Open) -> Pulled:
        player = opened.player
        tick = self._next_tick(opened)
        if tick is not None:
            opened.starved, opened.picture = 0, tick.pixels
            return Pulled("fine", tick.pixels, tick.samples, is_new=True)
        opened.starved += 1
        if opened.error is not None or player.error is not None:
            return Pulled("failed", opened.picture)
        if opened.opening.done() and player.has_ended:
            return Pulled("ended", opened.picture)
        is_lost = opened.starved >= LOST_AFTER_S * self._fps
        return Pulled("lost" if is_lost else "late", opened.picture)

    def tail(self, airing: Airing) -> Samples | None:
        """One tick of sound to fade out by, of a clip that was left; it is not used up."""
        opened = self._on.get(airing.player)
        if opened is None:
            return None
        opened.spare = self._next_tick(opened)
        return None if opened.spare is None else opened.spare.samples

    def _next_tick(self, opened: _Open) -> Tick | None:
        if not opened.opening.done() or opened.error is not None:
            return None
        opened.opening.result()  # an unforeseen failure is a bug and ends the process
        spare, opened.spare = opened.spare, None
        return spare or opened.player.next()

    def _is_live_lost(self) -> bool:
        frame = self._live.peek()
        now = asyncio.get_running_loop().time()
        return frame is None or now - frame.captured_s > LOST_AFTER_S

    def _start(self, segment: Segment, at_frame: int) -> _Open:
        player = self._open_clip(segment)
        opened: _Open

        async def opening() -> None:
            try:
                await player.preroll(at_frame)
            except AssetError as error:
                opened.error = error
                log.error("%s: %s", segment.id, error)  # noqa: TRY400  # foreseen: no trace
                self._failed(segment, error)

        task = asyncio.create_task(opening(), name=f"preroll {segment.id}")
        opened = _Open(segment.id, player, task)
        return opened

    def _close(self, opened: _Open) -> None:
        async def closing() -> None:
            opened.opening.cancel()
            await asyncio.gather(opened.opening, return_exceptions=True)
            await opened.player.close()

        task = asyncio.create_task(closing(), name=f"close {opened.segment}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)
