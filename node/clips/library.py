"""The clips of a rundown: each measured once, then opened with the gain that levels it."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import partial
from pathlib import Path

from node.board.leisure import Leisure
from node.catalog.approval import refusal
from node.catalog.assets import Approval
from node.catalog.hashes import HashBook
from node.catalog.inspection import spans_text
from node.clips.importing import ClipFacts, examine
from node.clips.inspecting import Inspections
from node.clips.player import ClipPlayer
from node.clips.tick import ClipTick
from node.errors import AssetError
from node.media import Size

log = logging.getLogger(__name__)

REMEMBERED_S = 0.05
"""What is known of a clip already takes less to look up; only measuring is told."""


class ClipFault:
    """A switch that does to the clip on air what a damaged file does. For the demo and tests."""

    def __init__(self) -> None:
        self._is_killed = False

    @property
    def is_killed(self) -> bool:
        """Whether clips are broken now."""
        return self._is_killed

    def kill(self) -> None:
        """Break every open clip."""
        self._is_killed = True

    def heal(self) -> None:
        """Let clips play again."""
        self._is_killed = False


class _ClosedError(Exception):
    """The library is closed: what was begun need not be ended."""


class Library:
    """Optional component `import`: measures all clips, one after the other, in its own thread.

    `open` may be called before a clip is measured: its pre-roll then waits for that one, and
    that one is measured in haste. Else all is done at `leisure`.
    """

    name = "import"

    def __init__(
        self, clips: Iterable[Path], *, size: Size, fps: int, target_lufs: float, cache: Path,
        hashes: HashBook, inspections: Inspections, today: Callable[[], date],
        leisure: Leisure | None = None,
    ) -> None:  # fmt: skip
        self._clips = tuple(dict.fromkeys(clips))
        self._followed = asyncio.Event()
        self._refused: dict[Path, str] = {}
        self._size, self._fps = size, fps
        self._target_lufs, self._cache = target_lufs, cache
        self._hashes, self._today = hashes, today
        self._inspections = inspections
        self._leisure = leisure or Leisure()
        self._is_closed = False
        self._awaited = 0
        self._pool = ThreadPoolExecutor(1, "import")
        self._looking = ThreadPoolExecutor(1, "inspect")
        self._admitting = ThreadPoolExecutor(1, "approval")
        self._facts: dict[Path, Future[ClipFacts]] = {}
        self.fault = ClipFault()

    async def run(self, ready: Callable[[], None]) -> None:
        """Measure what has not been measured, then look all through, then rest.

        The same with what another day brings.
        """
        loop, done = asyncio.get_running_loop(), set[Path]()
        while True:
            self._followed.clear()
            fresh = [path for path in self._clips if path not in done]
            await self._measure(fresh)
            ready()
            for path in fresh:
                await loop.run_in_executor(self._looking, self._look_through, path)
            done.update(fresh)
            await self._followed.wait()

    def follow(self, clips: Iterable[Path]) -> None:
        """Measure and look through the clips of another day too."""
        self._clips = tuple(dict.fromkeys(clips))
        self._followed.set()

    @property
    def refused(self) -> Mapping[Path, str]:
        """The clips that were not allowed to play when they were last wanted, and why."""
        return self._refused

    def open(self, path: Path, *, loops: bool, approval: Approval | None = None) -> "LevelledClip":
        """A player of a clip, not yet open; it opens only as long as the `approval` holds."""
        return LevelledClip(self, path, loops=loops, approval=approval)

    async def admit(self, path: Path, approval: Approval) -> None:
        """Look whether a file may play now; raises `AssetError` with the reason."""
        judge = partial(refusal, approval, path, today=self._today(), hashes=self._hashes)
        why = await asyncio.get_running_loop().run_in_executor(self._admitting, judge)
        self._refused.pop(path, None)
        if why:
            self._refused[path] = why
            raise AssetError(f"{path.name}: {why}")

    async def facts(self, path: Path, *, is_awaited: bool = False) -> ClipFacts:
        """What is known of a clip; measures it if need be. Raises `AssetError`.

        It is hurried where a source waits, `is_awaited`: of a day that begins with clips of a
        second, each next one is needed at once.
        """
        future = self._facts.get(path)
        if future is None or (future.done() and future.exception() is not None):  # mended since?
            future = self._pool.submit(self._examine, path)
            self._facts[path] = future
        self._awaited += is_awaited
        try:  # others wait for the same: who gives up must not cancel it
            return await asyncio.shield(asyncio.wrap_future(future))
        finally:
            self._awaited -= is_awaited

    def player(self, path: Path, facts: ClipFacts, *, loops: bool) -> ClipPlayer:
        """The player of a measured clip."""
        return ClipPlayer(path, size=self._size, fps=self._fps, gain_db=facts.gain_db, loops=loops)

    def close(self) -> None:
        """Stop measuring after the clip at hand."""
        self._is_closed = True
        for pool in (self._pool, self._looking, self._admitting):
            pool.shutdown(wait=False, cancel_futures=True)

    async def _measure(self, clips: Sequence[Path]) -> None:
        loop = asyncio.get_running_loop()
        for number, path in enumerate(clips, 1):
            began_s = loop.time()
            try:
                facts = await self.facts(path)
            except AssetError as error:
                log.error("%s", error)  # noqa: TRY400  # foreseen: no trace
                continue
            if loop.time() - began_s > REMEMBERED_S:
                of = f"{number} of {len(clips)}"
                log.info("clip %s measured: %s, gain %+.1f dB", of, path.name, facts.gain_db)
            for warning in facts.warnings:
                log.warning("%s: %s", path.name, warning)

    def _look_through(self, path: Path) -> None:
        """Find what is black or silent. Thread: the one that looks."""
        with suppress(_ClosedError):
            found = self._inspections.inspect(path, self._go_on)
            for what, spans in (("black", found.black), ("silent", found.silent)):
                if spans:
                    log.warning("%s: %s %s", path.name, what, spans_text(spans))

    def _go_on(self, _part: float) -> None:
        """Rest; end when nobody waits. Thread: the one that looks."""
        if self._is_closed:
            raise _ClosedError
        self._leisure.rest()

    def _examine(self, path: Path) -> ClipFacts:
        """Measure a clip. Thread: the library's."""
        return examine(
            path,
            size=self._size,
            fps=self._fps,
            target_lufs=self._target_lufs,
            cache=self._cache,
            progress=self._measured,
        )

    def _measured(self, _part: float) -> None:
        """Thread: the library's."""
        if self._awaited:
            self._leisure.breathe()
        else:
            self._leisure.rest()


class LevelledClip:
    """A clip player that knows its gain only when it is opened."""

    def __init__(
        self, library: Library, path: Path, *, loops: bool, approval: Approval | None
    ) -> None:
        self._library, self._path, self._loops = library, path, loops
        self._approval = approval
        self._player: ClipPlayer | None = None

    @property
    def position(self) -> int:
        """Program frame that `next` gives next."""
        return 0 if self._player is None else self._player.position

    @property
    def is_ready(self) -> bool:
        """Whether the first frames lie decoded."""
        return self._player is not None and self._player.is_ready

    @property
    def has_ended(self) -> bool:
        """Whether no more ticks will come."""
        return self._player is not None and self._player.has_ended

    @property
    def error(self) -> AssetError | None:
        """Why it broke in the middle."""
        if self._library.fault.is_killed:
            return AssetError(f"{self._path.name}: broken by the fault bar")
        return None if self._player is None else self._player.error

    async def preroll(self, at_frame: int = 0) -> None:
        """Judge, measure if need be, open, decode the first frames; raises `AssetError`."""
        if self._approval is not None:
            await self._library.admit(self._path, self._approval)
        facts = await self._library.facts(self._path, is_awaited=True)
        if self._player is None:
            self._player = self._library.player(self._path, facts, loops=self._loops)
        await self._player.preroll(at_frame)

    def next(self) -> ClipTick | None:
        """The next tick, or None when it is late."""
        if self._player is None or self._library.fault.is_killed:
            return None
        return self._player.next()

    async def close(self) -> None:
        """Release the file."""
        if self._player is not None:
            await self._player.close()
