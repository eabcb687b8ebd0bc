"""A clip as program frames and their sound, decoded ahead by a thread of its own."""

import asyncio
import logging
from contextlib import closing
from pathlib import Path

import av

from node.clips.ahead import DecodedAhead, DecoderThread
from node.clips.pictures import Pictures, length_frames
from node.clips.tick import ClipTick
from node.clips.track import Track
from node.errors import AssetError
from node.media import Size, samples_per_frame

__all__ = ["ClipPlayer", "ClipTick"]

log = logging.getLogger(__name__)

CLOSE_S = 1.0
"""A decoder thread that does not end within this is left behind; it holds no lock."""


class ClipPlayer:
    """Plays one clip at the program's size and rate.

    `preroll`, then `next` once each tick. Pausing is not calling `next`: what is decoded stays.
    With `loops` the clip starts again at its end without a missed tick, for ever.
    """

    def __init__(
        self, path: Path, *, size: Size, fps: int, gain_db: float = 0.0, loops: bool = False
    ) -> None:
        self._path = path
        self._size = size
        self._fps = fps
        self._gain = 10 ** (gain_db / 20)
        self._loops = loops
        self._ahead = DecodedAhead()
        self._thread: DecoderThread | None = None
        self._position = 0

    @property
    def position(self) -> int:
        """Frames handed out since frame 0, loops included; media time = position / fps."""
        return self._position

    @property
    def is_ready(self) -> bool:
        """Whether `next` can be called tick after tick."""
        return self._ahead.is_ready

    @property
    def has_ended(self) -> bool:
        """Whether no more ticks will come."""
        return self._ahead.has_ended

    @property
    def error(self) -> AssetError | None:
        """Why the clip ended before its end, once it is known."""
        return self._ahead.error

    @property
    def damaged(self) -> int:
        """Pictures and pieces of sound lost so far: damaged, or missing from the file.

        A picture that leans on a lost one counts too: the one before it stays on.
        """
        return self._ahead.damaged

    async def preroll(self, at_frame: int = 0) -> None:
        """Open the clip and decode the first ticks from program frame `at_frame` on.

        Returns at once when the player stands there already. Raises `AssetError` when the file
        is missing, no clip, or has nothing to show from there on.
        """
        if self._thread is None or at_frame != self._position:
            await self.close()
            self._position = at_frame
            ahead = self._ahead = DecodedAhead()
            self._thread = DecoderThread(
                self._path.name, lambda: self._decode(ahead, at_frame), ahead
            )
        await self._thread.ready.wait()
        if self._ahead.has_ended and self._ahead.error is not None:
            raise self._ahead.error

    def next(self) -> ClipTick | None:
        """The next program frame and its sound; None when it is late or the clip has ended.

        Never blocks. A late tick is not lost: it comes at the next call.
        """
        tick = self._ahead.take()
        if tick is not None:
            self._position += 1
        return tick

    async def close(self) -> None:
        """Stop decoding and forget what is decoded; waits `CLOSE_S` at most. May be repeated."""
        self._ahead.close()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        try:
            async with asyncio.timeout(CLOSE_S):
                await thread.ended.wait()
        except TimeoutError:
            log.warning("%s: decoder still busy after %.0f s, left behind", self._path, CLOSE_S)

    def _decode(self, ahead: DecodedAhead, first: int) -> None:
        """Decode ahead until the clip ends. Thread: the decoder's."""
        try:
            if self._loops and first:
                first %= length_frames(self._path, self._fps)
            while self._decode_pass(ahead, first) and self._loops:
                first = 0
        except AssetError as error:
            ahead.error = error
        except (av.FFmpegError, OSError) as error:
            ahead.error = AssetError(f"{self._path}: {error}")
            ahead.error.__cause__ = error

    def _decode_pass(self, ahead: DecodedAhead, first: int) -> bool:
        """Decode from program frame `first` to the end; whether it went well to the end."""
        count = samples_per_frame(self._fps)
        pictures = Pictures(self._path, self._size, self._fps)
        track = Track(self._path, first=first * count, gain=self._gain)
        damaged_before = ahead.damaged
        with closing(track), closing(pictures.shown(first)) as all_shown:
            for shown in all_shown:
                ahead.damaged = damaged_before + pictures.damaged + track.damaged
                for _ in range(shown.first, shown.stop):
                    if not ahead.put(ClipTick(shown.pixels, track.take(count))):
                        return False
        ahead.error = pictures.broke
        return pictures.broke is None
