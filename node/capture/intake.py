"""The reading side of a URL camera: opens, decodes, fits, paces, and says clearly what went wrong.

Thread: all but `stop` belongs to the reader's thread.
"""

import re
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.codec.context import ThreadType
from av.container import InputContainer

from node.config import UrlConfig
from node.decode.fit import Fitter
from node.decode.progressive import Deinterlacer
from node.decode.recovery import Recovery
from node.decode.sound import Resampler
from node.errors import DeviceError
from node.media import SAMPLE_RATE_HZ, AudioChunk, Frame, Pts90k, Size

if TYPE_CHECKING:
    from av.stream import Stream

OPEN_S, READ_S = 5.0, 2.0
"""FFmpeg gives up after so long without an answer, or without a packet."""
FAST = 1.5
"""A source whose rate is this many times the program's has frames left out before scaling."""
BEHIND_S = 1.0
"""A paced file that is so far behind or ahead of the clock starts counting anew."""
LOW_DELAY = {"fflags": "nobuffer", "flags": "low_delay"}


class Intake:
    """Reads one camera until `stop`; `run` raises `DeviceError` when it is lost.

    `clock` is `loop.time`; `give` and `hear` take frames and sound, from this thread. `held` is
    told of each picture that leans on a lost one: it is not given, yet the camera is there.
    """

    def __init__(
        self,
        cfg: UrlConfig,
        *,
        size: Size,
        fps: int,
        clock: Callable[[], float],
        give: Callable[[Frame], None],
        hear: Callable[[AudioChunk], None],
        held: Callable[[], None] = lambda: None,
    ) -> None:
        self._held = held
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._clock = clock
        self._give = give
        self._hear = hear
        self._stopped = threading.Event()
        self._timeline = SourceTimeline(fps)
        self._is_paced = False
        self._began_s: float | None = None
        self._last_index = -1
        self._early: deque[AudioChunk] = deque()

    def stop(self) -> None:
        """End `run` soon. Thread: any."""
        self._stopped.set()

    def run(self) -> None:
        """Read, again from the start with `loop`; raises `DeviceError` naming the masked URL."""
        name = f"camera {masked(self._cfg.url)}"
        while not self._stopped.is_set():
            given = self._timeline.count
            try:
                self._read_through()
            except av.ExitError:
                raise DeviceError(f"{name}: no data for {READ_S:.0f} s") from None
            except (av.FFmpegError, OSError, ValueError) as error:
                # not chained: the text of an FFmpeg error may hold the URL with its password
                raise DeviceError(f"{name}: {_reason(error)}") from None
            if not self._stopped.is_set() and not self._cfg.loop:
                raise DeviceError(f"{name}: has ended")
            if self._timeline.count == given and not self._stopped.is_set():
                raise DeviceError(f"{name}: has no picture")

    def _read_through(self) -> None:
        with self._open() as container:
            if not container.streams.video:
                raise ValueError("has no picture")
            picture = container.streams.video[0]
            picture.thread_type = ThreadType.SLICE
            self._is_paced = container.duration is not None or container.format.name == "lavfi"
            self._timeline.begin(picture)
            self._decode(container, picture)

    def _open(self) -> InputContainer:
        options = {**low_latency(self._cfg.url, self._size, self._fps), **self._cfg.options}
        source_format = self._cfg.format or _guessed_format(self._cfg.url)
        return av.open(
            self._cfg.url, "r", format=source_format, options=options, timeout=(OPEN_S, READ_S),
            metadata_errors="replace",
        )  # fmt: skip

    def _decode(self, container: InputContainer, picture: av.VideoStream) -> None:
        fitter = Fitter(self._size, picture.sample_aspect_ratio)
        deinterlacer, resampler, recovery = Deinterlacer(), Resampler(), Recovery()
        sound = container.streams.audio[0] if container.streams.audio else None
        streams = [picture] if sound is None else [picture, sound]
        for packet in container.demux(*streams):
            if self._stopped.is_set():
                return
            is_picture = packet.stream == picture
            for decoded in _frames(packet, recovery if is_picture else None):
                if isinstance(decoded, av.AudioFrame):
                    self._pass_sound(resampler, decoded)
                elif isinstance(decoded, av.VideoFrame) and recovery.is_whole(decoded):
                    for frame in deinterlacer.feed(decoded):
                        self._pass_picture(fitter, frame)
                else:
                    self._held()

    def _pass_picture(self, fitter: Fitter, frame: av.VideoFrame) -> None:
        pts = self._timeline.pts(frame)
        if self._timeline.is_fast:
            index = pts * self._fps // 90_000
            if index <= self._last_index:
                return
            self._last_index = index
        if self._is_paced:
            self._wait(pts / 90_000)
        captured_s = self._clock()
        self._give(Frame(pts, captured_s, fitter.fit(frame)))
        while self._early and self._early[0].pts_48k <= pts * SAMPLE_RATE_HZ // 90_000:
            self._hear(self._early.popleft())

    def _pass_sound(self, resampler: Resampler, frame: av.AudioFrame) -> None:
        for first, samples in resampler.feed(frame):
            chunk = AudioChunk(self._timeline.pts_48k(first), self._clock(), samples)
            if self._is_paced:
                self._early.append(chunk)
            else:
                self._hear(chunk)

    def _wait(self, time_s: float) -> None:
        """Until a moment of the source's time has come; not when `stop` was called."""
        now_s = self._clock()
        if self._began_s is None or abs(self._began_s + time_s - now_s) > BEHIND_S:
            self._began_s = now_s - time_s
        self._stopped.wait(max(0.0, self._began_s + time_s - now_s))


class SourceTimeline:
    """A source's timestamps as `pts` from 0 that rise strictly, through restarts and jumps back."""

    def __init__(self, fps: int) -> None:
        self._fps = fps
        self._tick = 90_000 // fps
        self._shift: int | None = None
        self._last = -1
        self.count = 0
        self.is_fast = False

    def begin(self, picture: av.VideoStream) -> None:
        """A stream was opened; its times follow those of the one before."""
        self._shift = None
        rate = picture.average_rate or picture.guessed_rate
        self.is_fast = rate is not None and rate >= FAST * self._fps
        if rate:
            self._tick = max(1, round(90_000 / rate))

    def pts(self, frame: av.VideoFrame) -> Pts90k:
        """The place of a picture; one without a timestamp follows its predecessor."""
        follows = 0 if self._last < 0 else self._last + self._tick
        if frame.pts is None or frame.time_base is None:
            place = follows
        else:
            stamp = round(frame.pts * frame.time_base * 90_000)
            if self._shift is None or stamp + self._shift <= self._last:
                self._shift = follows - stamp
            place = stamp + self._shift
        self._last = place
        self.count += 1
        return Pts90k(place)

    def pts_48k(self, first: int) -> int:
        """The place of a sample that the resampler numbered `first`."""
        return first + (self._shift or 0) * SAMPLE_RATE_HZ // 90_000


def masked(url: str) -> str:
    """A URL fit for logs: without user, password and query."""
    return re.sub(r"\?.*$", "?...", re.sub(r"//.*@", "//***@", url))


def low_latency(url: str, size: Size, fps: int) -> dict[str, str]:
    """FFmpeg's options that keep a live source's delay small, by the URL's scheme."""
    scheme = url.partition("://")[0] if "://" in url else ""
    match scheme:
        case "rtsp" | "rtsps":
            return {**LOW_DELAY, "rtsp_transport": "tcp"}
        case "udp" | "rtp" | "srt" | "tcp" | "rtmp":
            return {**LOW_DELAY, "analyzeduration": "1000000"}
        case "" if url.startswith("/dev/video"):
            return {**LOW_DELAY, "framerate": str(fps), "video_size": str(size)}
        case _:
            return {}


def _guessed_format(url: str) -> str | None:
    return "v4l2" if url.startswith("/dev/video") and Path(url).is_char_device() else None


def _frames(packet: "av.Packet[Stream]", recovery: Recovery | None) -> list[object]:
    """What a packet decodes to, nothing when it is damaged; `recovery` is told if it leads one."""
    is_lost = packet.is_corrupt
    decoded: list[object] = []
    try:
        decoded = list(packet.decode())
    except av.FFmpegError:
        is_lost = True
    if is_lost and recovery is not None:
        recovery.lost(packet.pts)
    return decoded


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, av.FFmpegError) else str(error)
    return (text or type(error).__name__).lower()
