"""H.264 by a V4L2 memory-to-memory encoder: Raspberry Pi up to 4, CM4, Zero 2 W; a `VideoCodec`."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from node.board import videodev2 as v4l2
from node.board.videokernel import Kernel, LinuxKernel, formats_of
from node.encode.foreign import ForeignUnits
from node.encode.m2m import CAPTURE, OUTPUT, M2mDevice
from node.encode.x264 import level_for
from node.errors import DeviceError
from node.media import AccessUnit, Frame, Rendition

log = logging.getLogger(__name__)

NINE_HOURS: Final = 1 << 20
"""Pictures between the driver's own IDRs: 9.7 h at 30/s. Not the largest number, which the
firmware may multiply, and not 0, which drivers read in different ways."""
LOWEST_KBPS: Final = 150
"""Below it the Raspberry Pi's encoder skips pictures, and below 100 it hangs (rpicam-apps #664)."""
HIGHEST_KBPS: Final = 20_000
"""Above 25 000 the driver cuts silently (rpicam-apps #688)."""
SMALLEST_PX: Final = 32
"""MIN_W and MIN_H of bcm2835-codec."""
PATIENCE_FRAMES: Final = 2
"""So long a picture is waited for. The Raspberry Pi's encoder drops a picture without a word when
it overshot the bit rate (raspberrypi/linux #6680)."""
KEPT_BACK_MAX: Final = 2
"""A driver that keeps more pictures back than these is no longer live, or hangs."""
FIRST_PATIENCE_S: Final = 1.0
"""The first picture starts the firmware's encoder."""
STALLED_S: Final = 1.5
"""Waited for so long in all, without a picture, and the driver hangs."""


class V4l2M2m:
    """One hardware encoder; opened at the first picture or by `open`. Thread: one at a time, any.

    Headers are not repeated by the driver, although it could: that leaks its buffers after some
    20 000 pictures (raspberrypi/linux #4520). They are kept and put before each IDR here.
    """

    def __init__(
        self,
        rendition: Rendition,
        *,
        path: str,
        why: str,
        kernel: Kernel | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = f"v4l2m2m/{path}"
        self.why = why
        self._rendition = rendition
        self._path = path
        self._kernel = kernel or LinuxKernel()
        self._now = now
        self._kbps = rendition.bitrate_kbps
        self._device: M2mDevice | None = None
        self._units = ForeignUnits(self.name)
        self._silent_s = 0.0
        self._kept_back = 0
        self._is_prompt = False
        self._is_first = True

    @property
    def lost(self) -> int:
        """Pictures that the driver dropped since it was opened."""
        return self._units.lost

    def open(self) -> None:
        """Open the device now; the first picture else does.

        Raises:
            DeviceError: absent, busy, forbidden, or unable; a size that it cannot take.
        """
        if self._device is None:
            self._device = self._opened()

    def encode(self, frame: Frame, force_idr: bool) -> list[AccessUnit]:  # noqa: FBT001  # the protocol's
        """Encode one picture; mostly its own unit at once, none where the driver dropped it.

        Raises:
            DeviceError: the driver refuses, hangs, or returns what is no baseline H.264.
        """
        if frame.size != self._rendition.size:
            raise DeviceError(
                f"{self.name}: got a picture of {frame.size}, expected {self._rendition.size}"
            )
        self.open()
        assert self._device is not None  # noqa: S101  # opened above
        if force_idr:
            self._device.control(v4l2.V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 0, "force an IDR")
        stamp_us = frame.pts * 100 // 9
        if self._device.put_picture(frame.i420(), stamp_us):
            self._units.expect(stamp_us, frame)
        return self._collect(self._device)

    def set_bitrate(self, kbps: int) -> None:
        """Change the bit rate, in kbit/s, kept within 150..20 000, from the next picture on."""
        self._kbps = kbps
        if self._device is not None:
            self._set_bitrate(self._device)

    def ease(self) -> bool:
        """Nothing to save: the processor does not encode."""
        return False

    def restore(self) -> None:
        """Nothing was saved."""

    def close(self) -> None:
        """Give the device back; the next picture opens it anew."""
        device, self._device = self._device, None
        self._units = ForeignUnits(self.name)
        if device is not None:
            device.close()

    def _opened(self) -> M2mDevice:
        size, fps = self._rendition.size, self._rendition.fps
        if size.width % 2 or size.height % 2 or min(size.width, size.height) < SMALLEST_PX:
            raise DeviceError(f"{self.name}: {size}: sides must be even, and 32 at least")
        device = M2mDevice(self._kernel, self._path)
        try:
            device.set_formats(size, v4l2.V4L2_PIX_FMT_H264)
            with _wished():
                device.set_frame_rate(fps)
            self._set_controls(device, level_for(size, fps))
            device.start()
        except DeviceError:
            device.close()
            raise
        self._silent_s, self._kept_back = 0.0, 0
        self._is_first, self._is_prompt = True, False
        return device

    def _set_controls(self, device: M2mDevice, level: int) -> None:
        self._set_bitrate(device)
        device.control(
            v4l2.V4L2_CID_MPEG_VIDEO_H264_PROFILE,
            v4l2.V4L2_MPEG_VIDEO_H264_PROFILE_CONSTRAINED_BASELINE,
            "constrained baseline",
        )
        wishes = (
            (v4l2.V4L2_CID_MPEG_VIDEO_H264_LEVEL, v4l2.H264_LEVELS[level], "level"),
            (v4l2.V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, NINE_HOURS, "IDRs on demand alone"),
            (v4l2.V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 0, "headers once"),
            (
                v4l2.V4L2_CID_MPEG_VIDEO_HEADER_MODE,
                v4l2.V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME,
                "headers with the first picture",
            ),
            (
                v4l2.V4L2_CID_MPEG_VIDEO_BITRATE_MODE,
                v4l2.V4L2_MPEG_VIDEO_BITRATE_MODE_CBR,
                "constant bit rate",
            ),
            (v4l2.V4L2_CID_MPEG_VIDEO_B_FRAMES, 0, "no B-frames"),
        )
        for number, value, name in wishes:
            with _wished():
                device.control(number, value, name)

    def _set_bitrate(self, device: M2mDevice) -> None:
        bits = min(max(self._kbps, LOWEST_KBPS), HIGHEST_KBPS) * 1000
        device.control(v4l2.V4L2_CID_MPEG_VIDEO_BITRATE, bits, "bit rate")

    def _collect(self, device: M2mDevice) -> list[AccessUnit]:
        """What is ready, waiting a while for the last picture's.

        A driver that keeps pictures back until others follow is found out when patience ends at its
        beginning, and is not waited for longer than it needs; one that has once answered at once
        is waited for each time.
        """
        began_s = self._now()
        patience_s = PATIENCE_FRAMES / self._rendition.fps
        deadline = began_s + (FIRST_PATIENCE_S if self._is_first else patience_s)
        units: list[AccessUnit] = []
        while True:
            while (came := device.take_unit()) is not None:
                self._is_first = False
                unit = self._units.take(*came)
                units += [unit] if unit is not None else []
            left_s = deadline - self._now()
            if self._units.awaited <= self._kept_back or left_s <= 0:
                break
            device.wait(left_s)
        self._is_prompt |= not self._units.awaited
        self._kept_back = 0 if self._is_prompt else min(self._units.awaited, KEPT_BACK_MAX)
        self._silent_s = 0.0 if units else self._silent_s + self._now() - began_s
        if self._silent_s > STALLED_S:
            raise DeviceError(f"{self.name}: no picture came back in {STALLED_S:g} s of waiting")
        return units


@contextmanager
def _wished() -> Iterator[None]:
    """What a driver need not know: what matters of it shows in the stream, and is checked there."""
    try:
        yield
    except DeviceError as error:
        log.info("encoder: %s: not taken", error)


def find_encoder(kernel: Kernel) -> tuple[str, list[str]]:
    """The first device that turns I420 into H.264, and why others were passed over.

    The path is empty where there is none; devices that are no memory-to-memory ones are not named.
    """
    refusals: list[str] = []
    for path in kernel.paths():
        try:
            device = M2mDevice(kernel, path)
        except DeviceError as error:
            refusals.append(str(error))
            continue
        try:
            bits = _capabilities(device)
            if not bits & v4l2.V4L2_CAP_VIDEO_M2M_MPLANE:
                if bits & v4l2.V4L2_CAP_VIDEO_M2M and _has_h264_in_one_piece(device):
                    refusals.append(f"v4l2m2m: {path}: an encoder of single-planar queues alone")
                continue
            if _turns_i420_into_h264(device):
                return path, refusals
            refusals.append(f"v4l2m2m: {path}: does not turn I420 into H.264")
        finally:
            device.close()
    return "", refusals


def _turns_i420_into_h264(device: M2mDevice) -> bool:
    """Whether its driver lists both; raw formats are those of the coded one that is set."""
    if v4l2.V4L2_PIX_FMT_H264 not in formats_of(device.ioctl, CAPTURE):
        return False
    if v4l2.V4L2_PIX_FMT_YUV420 in formats_of(device.ioctl, OUTPUT):
        return True
    with suppress(DeviceError):
        device.set_coded(v4l2.V4L2_PIX_FMT_H264)
    return v4l2.V4L2_PIX_FMT_YUV420 in formats_of(device.ioctl, OUTPUT)


def _has_h264_in_one_piece(device: M2mDevice) -> bool:
    """Whether it codes H.264 by the older queues, which are not spoken here."""
    return v4l2.V4L2_PIX_FMT_H264 in formats_of(device.ioctl, v4l2.V4L2_BUF_TYPE_VIDEO_CAPTURE)


def _capabilities(device: M2mDevice) -> int:
    """V4L2_CAP_*, a set; none of what is no video device."""
    said = bytearray(v4l2.CAPABILITY.size)
    try:
        device.ioctl(v4l2.VIDIOC_QUERYCAP, said)
    except OSError:
        return 0
    return v4l2.capabilities_of(said)
