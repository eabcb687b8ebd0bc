"""H.264 by libx264: constrained baseline, no B-frames, an IDR only when it is asked for."""

from fractions import Fraction
from typing import Final

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from node.encode import annexb
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Pts90k, Rendition, Size

TIME_BASE: Final = Fraction(1, 90_000)
BT709: Final = 1
"""The value of BT.709 for primaries, transfer and matrix alike (H.264 tables E-3 to E-5)."""
LIMITED_RANGE: Final = 1
INFINITE_GOP: Final = 1_000_000_000
VBV_S: Final = 0.25
"""Buffer in seconds of the ceiling: it bounds a forced IDR (measured: 60 -> 44 kB at half)."""
LIVE_RANGE: Final = 3
"""Below a third of the ceiling a VBV that cannot be changed lets an IDR grow too heavy."""

PRESETS: Final = ("ultrafast", "superfast", "veryfast", "faster")
"""Fastest first. Slower ones bring little without B-frames and CABAC."""

# Level by macroblocks a second and macroblocks a picture (H.264 table A-1).
LEVELS: Final = (
    (30, 40_500, 1_620),
    (31, 108_000, 3_600),
    (32, 216_000, 5_120),
    (40, 245_760, 8_192),
    (42, 522_240, 8_704),
)


def level_for(size: Size, fps: int) -> int:
    """The smallest level that carries the picture: 31 for 720p30, 40 for 1080p30.

    Raises:
        DeviceError: no level that browsers decode carries it.
    """
    blocks = -(-size.width // 16) * -(-size.height // 16)
    for level, rate, picture in LEVELS:
        if blocks <= picture and blocks * fps <= rate:
            return level
    raise DeviceError(f"libx264: {size} at {fps} fps is more than H.264 level 4.2 carries")


class X264:
    """One libx264 encoder; a `VideoCodec`. Thread: one at a time, any."""

    def __init__(self, rendition: Rendition, *, preset: str, threads: int, why: str) -> None:
        self.name = f"libx264/{preset}"
        self.why = why
        self._rendition = rendition
        self._preset = preset
        self._chosen = ("", "")
        self._threads = threads
        self._ceiling_kbps = self._kbps = rendition.bitrate_kbps
        self._codec: VideoCodecContext | None = None
        self._captured_s: dict[int, float] = {}

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001  # the protocol's
        """Encode one picture; its unit comes out at once, with the picture's own `pts`.

        Raises:
            DeviceError: libx264 refuses; the codec is unusable then.
        """
        if frame.size != self._rendition.size:
            raise DeviceError(
                f"{self.name}: got a picture of {frame.size}, expected {self._rendition.size}"
            )
        codec = self._opened()
        picture = av.VideoFrame.from_numpy_buffer(frame.i420(), format="yuv420p")
        picture.pts = frame.pts
        picture.time_base = TIME_BASE
        if force_idr:
            picture.pict_type = PictureType.I
        self._captured_s[frame.pts] = frame.captured_s
        try:
            packets = codec.encode(picture)
        except (FFmpegError, ValueError) as error:
            raise DeviceError(f"{self.name}: frame {frame.pts}: {error}") from error
        return [self._unit(packet) for packet in packets]

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s.

        Between a third of the ceiling and the ceiling it takes effect within about 30 frames and
        without an IDR; beyond, the codec is opened anew at the next picture, which is an IDR.
        """
        self._kbps = kbps
        if not self._ceiling_kbps / LIVE_RANGE <= kbps <= self._ceiling_kbps:
            self._ceiling_kbps = kbps
            self.close()
        elif self._codec is not None:
            self._codec.bit_rate = kbps * 1000

    def ease(self) -> bool:
        """Go on with the next faster preset, from the next picture (an IDR) on; False at the end.

        A cheaper picture beats a missing one when something else needs the machine.
        """
        place = PRESETS.index(self._preset) if self._preset in PRESETS else 0
        if place == 0:
            return False
        if not self._chosen[0]:
            self._chosen = (self._preset, self.why)
        preset, why = self._chosen
        self.why = f"{why}; eased from {preset}: the machine had no time for it"
        self._preset = PRESETS[place - 1]
        self.name = f"libx264/{self._preset}"
        self.close()
        return True

    def restore(self) -> None:
        """Go back to the preset that was chosen, from the next picture (an IDR) on."""
        if self._chosen[0]:
            (self._preset, self.why), self._chosen = self._chosen, ("", "")
            self.name = f"libx264/{self._preset}"
            self.close()

    def close(self) -> None:
        """Release the codec; the next picture opens it anew."""
        self._codec = None
        self._captured_s.clear()

    def _opened(self) -> VideoCodecContext:
        if self._codec is None:
            try:
                self._codec = self._open()
            except (FFmpegError, ValueError) as error:
                raise DeviceError(f"{self.name}: cannot be opened: {error}") from error
        return self._codec

    def _open(self) -> VideoCodecContext:
        size, fps, ceiling = self._rendition.size, self._rendition.fps, self._ceiling_kbps * 1000
        if size.width % 2 or size.height % 2:
            raise DeviceError(f"{self.name}: {size}: sides must be even")
        codec = av.CodecContext.create("libx264", "w")
        codec.width, codec.height, codec.pix_fmt = size.width, size.height, "yuv420p"
        codec.time_base, codec.framerate = TIME_BASE, Fraction(fps)
        codec.gop_size = INFINITE_GOP
        codec.thread_count = self._threads
        codec.color_primaries = codec.color_trc = codec.colorspace = BT709
        codec.color_range = LIMITED_RANGE
        codec.bit_rate = ceiling  # begun at its ceiling, libx264 stays at constant bit rate
        codec.options = {
            "preset": self._preset,
            "tune": "zerolatency",
            "profile": "baseline",
            "level": str(level_for(size, fps)),
            "forced-idr": "1",
            "maxrate": str(ceiling),
            "bufsize": str(int(ceiling * VBV_S)),
            "x264-params": "scenecut=0:repeat-headers=1",
        }
        codec.open()
        codec.bit_rate = self._kbps * 1000
        return codec

    def _unit(self, packet: "av.Packet[av.VideoStream]") -> AccessUnit:
        if packet.pts is None:
            raise DeviceError(f"{self.name}: a coded picture without a time stamp")
        payload = bytes(packet)
        return AccessUnit(
            pts=Pts90k(packet.pts),
            captured_s=self._captured_s.pop(packet.pts),
            is_idr=annexb.is_idr(payload),
            payload=payload,
        )
