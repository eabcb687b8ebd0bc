"""A USB camera or an HDMI grabber, by V4L2."""

import errno
import logging
import math
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av

from node.board.devices import VideoDevice, video_devices
from node.board.videokernel import Kernel, LinuxKernel
from node.capture import v4l2_source
from node.capture.stamps import Stamps
from node.capture.threaded import STALL_S, Ports, ThreadedCamera
from node.capture.v4l2_decoder import Decoder
from node.capture.v4l2_device import Picture, V4l2Device, opened, reason_of
from node.capture.v4l2_modes import Choice, Wish, choose, modes_of
from node.capture.v4l2_source import Source
from node.config_camera import V4l2Config, size_of
from node.decode.fit import Fitter
from node.errors import DeviceError
from node.media import Frame, Pixels, Pts90k, Size

log = logging.getLogger(__name__)

FAST = 1.5
"""A camera whose rate is this many times the program's has pictures left out undecoded."""
OF_THE_SOURCE = frozenset({errno.EIO, errno.EPIPE, errno.ENOLINK})
"""Errors of VIDIOC_STREAMON and VIDIOC_DQBUF that may mean it (the kernel's VIDIOC_QBUF)."""
FIRST_S = 5.0
"""Some cameras take seconds to begin."""
WAIT_S = 0.2
"""So long a wait for a picture keeps `stop` from being heard."""
IDLE_S = 0.005
"""A driver that calls and then has nothing, or only damage, is asked again after so long."""
ASK_S = 2.0
"""So often an analog input is asked whether there is a signal: a call of some ms on I2C."""
RESTART_S = 1.0
"""So long after a restart the same signal is taken for the one that it began with."""
UNREADABLE_S = 5.0
"""Damage for so long is no camera; H.264 has a whole picture each 1 to 4 s."""


def v4l2_camera(
    cfg: V4l2Config,
    *,
    size: Size,
    fps: int,
    kernel: Kernel | None = None,
    devices: Callable[[], Sequence[VideoDevice]] = video_devices,
) -> ThreadedCamera:
    """Frames of a V4L2 camera; it is looked for anew at each opening."""
    return ThreadedCamera(
        f"camera {cfg.device}".rstrip(),
        lambda ports: V4l2Reader(
            cfg, size=size, fps=fps, ports=ports, kernel=kernel or LinuxKernel(), devices=devices
        ),
    )


def survey(
    cfg: V4l2Config,
    *,
    size: Size,
    fps: int,
    kernel: Kernel | None = None,
    devices: Callable[[], Sequence[VideoDevice]] = video_devices,
) -> tuple[str, Choice]:
    """Where a camera is and what would be taken from it; raises `DeviceError`. Takes no picture."""
    path = find_device(cfg.device, devices)
    try:
        with opened(kernel or LinuxKernel(), path) as device:
            source = v4l2_source.source_of(device.ioctl, path)
            return path, _chosen(cfg, Wish(size, fps), device, source)
    except OSError as error:
        raise DeviceError(f"{path}: {reason_of(error)}") from error


class V4l2Reader:
    """Reads one camera; `run` raises `DeviceError` that names it and, where known, the cure."""

    def __init__(
        self,
        cfg: V4l2Config,
        *,
        size: Size,
        fps: int,
        ports: Ports,
        kernel: Kernel,
        devices: Callable[[], Sequence[VideoDevice]],
    ) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._ports = ports
        self._kernel = kernel
        self._devices = devices
        self._stopped = threading.Event()
        self._stamps = Stamps(ports.clock)
        self._last_index = -1
        self._restarted_s = -math.inf
        self._source: Source | None = None
        self._asked_s = 0.0
        self._path = ""

    def stop(self) -> None:
        """End `run` soon. Thread: any."""
        self._stopped.set()

    def run(self) -> None:
        """Read until stopped; raises `DeviceError`."""
        name = f"camera {self._cfg.device}".rstrip()
        try:
            self._path = find_device(self._cfg.device, self._devices)
            with opened(self._kernel, self._path) as device:
                self._read_and_tell(device)
        except OSError as error:
            raise DeviceError(f"{name}: {reason_of(error)}") from error
        except DeviceError as error:
            raise DeviceError(f"{name}: {error}") from error.__cause__

    def _read_and_tell(self, device: V4l2Device) -> None:
        """Read; a driver's error in streaming may be its word for a source that is lost."""
        try:
            self._read_through(device, self._path)
        except OSError as error:
            if error.errno not in OF_THE_SOURCE or not (why := self._why(device)):
                raise
            raise DeviceError(f"{reason_of(error)}{why}") from error

    def _read_through(self, device: V4l2Device, path: str) -> None:
        device.watch_source()  # first: what changes from here on is told
        choice = self._agree(device)
        form = device.set_mode(choice.mode)
        decoder, fitter = Decoder(form), Fitter(self._size, form.sample_aspect)
        self._set_flicker(device, path)
        log.info("camera %s: %s, %s", path, choice.mode, choice.why)
        is_fast = choice.mode.rate >= Fraction(FAST) * self._fps
        whole_s = self._ports.clock()
        with device.streaming():
            for picture in self._pictures(device, newest=decoder.is_each_whole):
                pts, captured_s = self._stamps.place(picture.stamp_ns)
                if is_fast and decoder.is_each_whole and not self._is_due(pts):
                    continue
                pixels = _fitted(decoder.decode(picture), fitter)
                if pixels is not None:
                    self._ports.give(Frame(pts, captured_s, pixels))
                    whole_s = self._ports.clock()
                elif self._ports.clock() - whole_s > UNREADABLE_S:
                    raise DeviceError(f"sends {choice.mode.format} that cannot be read")
                else:
                    self._ports.held()

    def _agree(self, device: V4l2Device) -> Choice:
        """The mode to be read; an HDMI or analog input then goes by what comes in."""
        self._source = v4l2_source.source_of(device.ioctl, self._path)
        v4l2_source.take(device.ioctl, self._source)
        self._asked_s = self._ports.clock()
        return _chosen(self._cfg, Wish(self._size, self._fps), device, self._source)

    def _set_flicker(self, device: V4l2Device, path: str) -> None:
        if self._cfg.flicker == "auto":
            return
        try:
            device.set_flicker(self._cfg.flicker)
        except OSError as error:
            reason = reason_of(error)
            log.warning("camera %s: flicker %s not set: %s", path, self._cfg.flicker, reason)

    def _pictures(self, device: V4l2Device, *, newest: bool) -> Iterator[Picture]:
        """What comes until stopped; raises `DeviceError` when nothing does."""
        silent_since_s, limit_s = self._ports.clock(), FIRST_S
        while not self._stopped.is_set():
            pictures = device.pictures(WAIT_S, newest=newest)
            if device.has_new_source():
                self._judge_source(device)
                self._restart(device)
            elif self._is_to_be_asked():
                self._asked_s = self._ports.clock()
                v4l2_source.judge_input(device.ioctl)
            if pictures:
                silent_since_s, limit_s = self._ports.clock(), STALL_S
            elif self._ports.clock() - silent_since_s > limit_s:
                raise DeviceError(f"no picture for {limit_s:.0f} s{self._why(device)}")
            else:
                self._stopped.wait(IDLE_S)
            yield from pictures

    def _judge_source(self, device: V4l2Device) -> None:
        """Raises `DeviceError` for another signal, or none: other buffers are needed then."""
        now = v4l2_source.source_of(device.ioctl, self._path)
        if self._source is None or not now.is_like(self._source):
            raise DeviceError(f"its source has changed: {now}")

    def _restart(self, device: V4l2Device) -> None:
        """After a break in the same signal; not again and again for a driver that tells of that."""
        if self._ports.clock() - self._restarted_s > RESTART_S:
            device.restart()
            self._restarted_s = self._ports.clock()

    def _is_to_be_asked(self) -> bool:
        """Analog grabbers go on with snow or blue, and few of them tell of a loss by themselves."""
        is_analog = self._source is not None and self._source.is_analog
        return is_analog and self._ports.clock() - self._asked_s > ASK_S

    def _why(self, device: V4l2Device) -> str:
        """What the driver knows of the silence, to follow what is told of it."""
        try:
            trouble = v4l2_source.source_of(device.ioctl, self._path).trouble
        except DeviceError as error:
            return f": {error}"
        return f": {trouble}" if trouble else ""

    def _is_due(self, pts: Pts90k) -> bool:
        index = pts * self._fps // 90_000
        is_due = index > self._last_index
        if is_due:
            self._last_index = index
        return is_due


def _fitted(frames: list[av.VideoFrame], fitter: Fitter) -> Pixels | None:
    """The last of them as a program picture; None where there is none that can be read."""
    try:
        return fitter.fit(frames[-1]) if frames else None
    except av.FFmpegError:
        return None


def _chosen(cfg: V4l2Config, wish: Wish, device: V4l2Device, source: Source) -> Choice:
    name = None if cfg.pixel_format == "auto" else cfg.pixel_format
    mode_size = Size(*size_of(cfg.mode_size)) if cfg.mode_size else None
    wish = replace(wish, format=name, mode_size=mode_size)
    return choose(modes_of(device.ioctl, device.queue, wish, source.signal), wish)


def find_device(wanted: str, devices: Callable[[], Sequence[VideoDevice]]) -> str:
    """The path of a camera by path, udev link, part of its name, or empty for the first.

    Raises `DeviceError` that lists the cameras there are.
    """
    if wanted.startswith("/"):
        if not Path(wanted).exists():
            raise DeviceError(f"not there{_list_of(devices)}")
        return wanted
    cameras = [one for one in devices() if one.is_camera]
    for one in cameras:
        if wanted.casefold() in one.name.casefold():
            return one.path
    raise DeviceError(f"no camera of that name{_list_of(devices)}")


def _list_of(devices: Callable[[], Sequence[VideoDevice]]) -> str:
    found: list[str] = []
    with suppress(OSError):
        found = [f"{one.path} ({one.name})" for one in devices() if one.is_camera]
    return f"; found: {', '.join(found)}" if found else "; no other camera found"
