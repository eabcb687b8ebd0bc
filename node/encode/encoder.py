"""The video encoder: program frames in, access units out, an IDR for whoever needs one."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from node.channels import Fanout, Reader, State
from node.config import EncoderConfig
from node.encode import probe
from node.encode.codec import Relief, Sparing, VideoCodec
from node.encode.speed import CodecSpeed, timed
from node.encode.x264 import X264
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Rendition

log = logging.getLogger(__name__)
T = TypeVar("T")

IDR_INTERVAL_S: Final = 0.5
"""Between forced IDRs, whoever asks (an IDR weighs 10 to 40 pictures)."""
STALL_S: Final = 2.0
"""A picture that takes longer means that the codec hangs."""
OPENING_S: Final = 30.0
"""What a codec gets to be found, tried and opened: the slowest, GStreamer's, has 10 s to begin."""
FORGIVEN_S: Final = 60.0
"""A second failure within this is fatal."""
REPORT_WINDOW_S: Final = 1.0
BEHIND_FRAMES: Final = 6
"""So many pictures waiting (0.2 s at 30 fps): a codec that is too slow spends less on each picture;
one that is not soon works off what came at once."""
EASE_INTERVAL_S: Final = 5.0
"""What an easing gets to show its effect before the next."""
CLOSING_S: Final = 1.0
"""A codec that failed gets so long to give its device back before another is opened."""
LOWER_BITRATE: Final = 0.6

SPARED: Final = {
    Relief.NONE: "",
    Relief.CHEAPER_PICTURES: "cheapest pictures",
    Relief.LOWER_BITRATE: "cheapest pictures, lower bit rate",
    Relief.FEWER_PICTURES: "cheapest pictures, lower bit rate, every second one",
}


@dataclass(frozen=True, slots=True)
class EncoderReport:
    """What the encoder did since start; `bitrate_kbps` over the last second.

    `stands_in`: libx264 encodes in place of one that failed twice; `why` tells which, and how.
    """

    name: str
    why: str
    bitrate_kbps: int
    frames: int
    missed: int
    idr_requested: int
    idr_forced: int
    stands_in: bool = False


class VideoEncoder:
    """Encodes every frame of `source` and puts its access unit on `out`; an essential part.

    `make` opens the codec (default: what `probe` chooses); it and the codec run in one thread of
    their own. Where the board's own encoder, chosen by "auto" or by the configuration, is not there
    or fails for good, libx264 takes over until the node starts anew. `sparing` is how much to spare
    the machine, and may change at any time.
    """

    name = "video encoder"

    def __init__(
        self,
        cfg: EncoderConfig,
        rendition: Rendition,
        *,
        source: Fanout[Frame],
        out: Fanout[AccessUnit],
        cache: Path | None = None,
        make: Callable[[], VideoCodec] | None = None,
        stand_in: Callable[[str], VideoCodec] | None = None,
        sparing: State[Sparing] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._make = make or (lambda: probe.choose(cfg, rendition, cache=cache))
        self._stand_in = stand_in
        if make is None and cfg.kind != "libx264":
            self._stand_in = lambda why: probe.software(cfg, rendition, why, cache=cache)
        self._sparing = sparing or State(Sparing())
        self._spared = Relief.NONE
        self._stands_in = False
        self._source = source
        self._out = out
        self._codec_name = "opening"
        self._why = ""
        self._kbps = rendition.bitrate_kbps
        self._is_kbps_new = False
        self._reader: Reader[Frame] | None = None
        self._is_idr_wanted = False
        self._idr_forced_at = float("-inf")
        self._failed_at = float("-inf")
        self._eased_at = float("-inf")
        self._clock, self._speed = clock, CodecSpeed(rendition.fps)
        self._frames = 0
        self._idr_requested = 0
        self._idr_forced = 0
        self._recent: deque[tuple[float, int]] = deque()

    async def run(self, ready: Callable[[], None]) -> None:
        """Encode until cancelled.

        Raises:
            DeviceError: the codec cannot be opened, or failed twice within a minute and there is no
                other to take over.
        """
        with self._source.subscribe() as reader:
            self._reader = reader
            while True:
                await self._run_codec(reader, ready)

    def request_idr(self) -> None:
        """Ask that a picture soon be an IDR: the next one, or 0.5 s after the last forced one."""
        self._idr_requested += 1
        self._is_idr_wanted = True

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s, from the next picture on."""
        self._kbps, self._is_kbps_new = kbps, True

    @property
    def report(self) -> EncoderReport:
        """Counts since start, and the bit rate of the last second."""
        self._forget(asyncio.get_running_loop().time())
        return EncoderReport(
            name=self._codec_name,
            why=self._words(),
            bitrate_kbps=round(sum(size for _, size in self._recent) * 8 / 1000 / REPORT_WINDOW_S),
            frames=self._frames,
            missed=self._reader.dropped if self._reader is not None else 0,
            idr_requested=self._idr_requested,
            idr_forced=self._idr_forced,
            stands_in=self._stands_in,
        )

    def _words(self) -> str:
        """Why this codec, and what is saved on it."""
        if self._spared is Relief.NONE:
            return self._why
        return f"{self._why}; {SPARED[self._spared]}: {self._sparing.value.why}"

    async def _run_codec(self, reader: Reader[Frame], ready: Callable[[], None]) -> None:
        """Use one codec, in one thread, until it fails; returns once, raises the second time."""
        loop = asyncio.get_running_loop()
        thread = ThreadPoolExecutor(1, thread_name_prefix="video-encoder")
        codec: VideoCodec | None = None
        try:
            codec = await self._opened(thread)
            self._begin(codec)
            ready()
            await self._encode_all(codec, reader, thread)
        except DeviceError as error:
            self._forgive(error, loop.time())
            if codec is not None:
                closing = loop.run_in_executor(thread, codec.close)
                await asyncio.wait([closing], timeout=CLOSING_S)
                codec = None
        finally:
            if codec is not None:
                thread.submit(codec.close)
            # A thread that hangs inside the codec cannot be stopped, only left behind.
            thread.shutdown(wait=False)

    async def _opened(self, thread: ThreadPoolExecutor) -> VideoCodec:
        opening = thread.submit(self._make)
        try:
            async with asyncio.timeout(OPENING_S):
                return await asyncio.shield(asyncio.wrap_future(opening))
        except TimeoutError as error:
            thread.submit(lambda: opening.result().close())  # or it keeps the device for good
            raise DeviceError(f"encoder: not opened within {OPENING_S:g} s") from error

    def _begin(self, codec: VideoCodec) -> None:
        self._codec_name, self._why = codec.name, codec.why
        self._spared = Relief.NONE
        self._speed.begin_anew()
        if isinstance(codec, X264):  # nothing could take over from it
            self._stand_in = None
        log.info("encoder: %s, %s", codec.name, codec.why)

    def _forgive(self, error: DeviceError, now: float) -> None:
        """Let it be tried once more, or by another codec; else raise what went wrong."""
        if now - self._failed_at >= FORGIVEN_S:
            self._failed_at = now
            log.warning("%s; opening it anew", error)
            return
        if self._stand_in is None:
            raise error
        self._make, self._stand_in = partial(self._stand_in, str(error)), None
        self._failed_at = float("-inf")
        self._stands_in = True
        log.error("%s: for the second time; libx264 takes over until the next start", error)

    async def _encode_all(
        self, codec: VideoCodec, reader: Reader[Frame], thread: ThreadPoolExecutor
    ) -> None:
        loop = asyncio.get_running_loop()
        is_first = True
        is_left_out = False
        async for frame in reader:
            if is_first and self._frames:
                self._is_kbps_new = True
            is_left_out = self._sparing.value.relief is Relief.FEWER_PICTURES and not is_left_out
            if is_left_out:
                continue
            await self._adjust(codec, thread)
            encode = partial(codec.encode, frame, self._is_idr_due(loop.time()))
            work = loop.run_in_executor(thread, timed, encode, self._clock)
            units, took_s = await _answer_of(work, f"{codec.name}: frame {frame.pts}")
            is_first = False
            self._speed.note(took_s)
            self._pass_on(units, loop.time())
            self._ease_if_behind(codec, reader, loop.time())

    async def _adjust(self, codec: VideoCodec, thread: ThreadPoolExecutor) -> None:
        """Tell the codec of a new bit rate and of how much to spare, before the next picture."""
        loop = asyncio.get_running_loop()
        relief = self._sparing.value.relief
        if relief is not self._spared:
            work = loop.run_in_executor(thread, _spare, codec, relief)
            await _answer_of(work, codec.name)
            self._speed.begin_anew()
            self._codec_name, self._why = codec.name, codec.why
            lower = Relief.LOWER_BITRATE
            self._is_kbps_new |= (relief >= lower) is not (self._spared >= lower)
            self._spared = relief
        if self._is_kbps_new:
            self._is_kbps_new = False
            share = LOWER_BITRATE if relief >= Relief.LOWER_BITRATE else 1
            kbps = round(self._kbps * share)
            await _answer_of(loop.run_in_executor(thread, codec.set_bitrate, kbps), codec.name)

    def _ease_if_behind(self, codec: VideoCodec, reader: Reader[Frame], now: float) -> None:
        if reader.waiting < BEHIND_FRAMES or now - self._eased_at < EASE_INTERVAL_S:
            return
        if not self._speed.is_too_slow:
            return
        self._eased_at = now
        if codec.ease():
            self._codec_name, self._why = codec.name, codec.why
            words = "encoder: %d pictures behind, %.0f ms each; %s"
            log.warning(words, reader.waiting, 1000 * self._speed.usual_s, codec.name)
            self._speed.begin_anew()

    def _is_idr_due(self, now: float) -> bool:
        if not self._is_idr_wanted or now - self._idr_forced_at < IDR_INTERVAL_S:
            return False
        self._is_idr_wanted = False
        self._idr_forced_at = now
        self._idr_forced += 1
        return True

    def _pass_on(self, units: list[AccessUnit], now: float) -> None:
        self._frames += 1
        for unit in units:
            self._recent.append((now, len(unit.payload)))
            self._out.put(unit)
        self._forget(now)

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0][0] < now - REPORT_WINDOW_S:
            self._recent.popleft()


async def _answer_of(work: asyncio.Future[T], what: str) -> T:
    """What the codec answers; raises `DeviceError` if it hangs, not if the loop heard it late."""
    try:
        await asyncio.wait([work], timeout=STALL_S)
    finally:
        work.cancel()
    if work.cancelled():
        raise DeviceError(f"{what}: no answer within {STALL_S:g} s")
    return work.result()


def _spare(codec: VideoCodec, relief: Relief) -> None:
    """Thread: the codec's."""
    if relief is Relief.NONE:
        codec.restore()
        return
    while codec.ease():
        pass
