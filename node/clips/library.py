"""The clips of a rundown: each measured once, then opened with the gain that levels it."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from node.clips.importing import ClipFacts, examine
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


class Library:
    """Optional component `import`: measures all clips, one after the other, in its own thread.

    `open` may be called before a clip is measured: its pre-roll then waits for that one.
    """

    name = "import"

    def __init__(
        self, clips: Iterable[Path], *, size: Size, fps: int, target_lufs: float, cache: Path
    ) -> None:
        self._clips = tuple(dict.fromkeys(clips))
        self._size, self._fps = size, fps
        self._target_lufs, self._cache = target_lufs, cache
        self._pool = ThreadPoolExecutor(1, "import")
        self._facts: dict[Path, Future[ClipFacts]] = {}
        self.fault = ClipFault()

    async def run(self, ready: Callable[[], None]) -> None:
        """Measure what has not been measured, then rest."""
        loop = asyncio.get_running_loop()
        for number, path in enumerate(self._clips, 1):
            began_s = loop.time()
            try:
                facts = await self.facts(path)
            except AssetError as error:
                log.error("%s", error)  # noqa: TRY400  # foreseen: no trace
                continue
            if loop.time() - began_s > REMEMBERED_S:
                of = f"{number} of {len(self._clips)}"
                log.info("clip %s measured: %s, gain %+.1f dB", of, path.name, facts.gain_db)
            for warning in facts.warnings:
                log.warning("%s: %s", path.name, warning)
        ready()
        await asyncio.Event().wait()

    def open(self, path: Path, *, loops: bool) -> "LevelledClip":
        """A player of a clip, not yet open."""
        return LevelledClip(self, path, loops=loops)

    async def facts(self, path: Path) -> ClipFacts:
        """What is known of a clip; measures it if need be. Raises `AssetError`."""
        future = self._facts.get(path)
        if future is None or (future.done() and future.exception() is not None):  # mended since?
            future = self._pool.submit(self._examine, path)
            self._facts[path] = future
        return await asyncio.wrap_future(future)

    def player(self, path: Path, facts: ClipFacts, *, loops: bool) -> ClipPlayer:
        """The player of a measured clip."""
        return ClipPlayer(path, size=self._size, fps=self._fps, gain_db=facts.gain_db, loops=loops)

    def close(self) -> None:
        """Stop measuring after the clip at hand."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _examine(self, path: Path) -> ClipFacts:
        """Measure a clip. Thread: the library's."""
        return examine(
            path,
            size=self._size,
            fps=self._fps,
            target_lufs=self._target_lufs,
            cache=self._cache,
        )


class LevelledClip:
    """A clip player that knows its gain only when it is opened."""

    def __init__(self, library: Library, path: Path, *, loops: bool) -> None:
        self._library, self._path, self._loops = library, path, loops
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
        """Measure if need be, open, decode the first frames; raises `AssetError`."""
        facts = await self._library.facts(self._path)
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
