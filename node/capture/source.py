"""What a camera is to the node, the choice of its driver, and the component that keeps it going."""

from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Protocol, Self, assert_never

from node.capture.faulty import FaultSwitch
from node.channels import Fanout, Latest
from node.config import CameraConfig, PatternConfig, UrlConfig
from node.config_camera import ArgusConfig, PiCameraConfig, V4l2Config
from node.errors import DeviceError
from node.media import AudioChunk, Frame, Size


class FrameSource(Protocol):
    """An open camera: program-size frames at about the program's rate, `pts` rising strictly.

    Entering opens it, leaving releases it. Opening or iterating raises `DeviceError` when the
    camera is not there, sends nothing for 2 s, ends, or is unplugged.
    """

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def __aiter__(self) -> AsyncIterator[Frame]: ...


def open_camera(
    cfg: CameraConfig,
    *,
    size: Size,
    fps: int,
    sound: Fanout[AudioChunk] | None = None,
    is_locked: Callable[[], bool] = lambda: False,
) -> FrameSource:
    """The driver for a camera, not yet open; its sound, where it has any, goes to `sound`.

    While `is_locked` says so, a camera that `can_lock` keeps exposure, white balance and focus; it
    is asked from any thread.
    """
    match cfg:
        case PatternConfig():
            from node.capture.pattern import PatternCamera  # noqa: PLC0415  # loads Pillow

            return PatternCamera(cfg, size=size, fps=fps, sound=sound)
        case UrlConfig():
            from node.capture.url import url_camera  # noqa: PLC0415  # loads FFmpeg

            return url_camera(cfg, size=size, fps=fps, sound=sound)
        case PiCameraConfig():
            from node.capture.picamera import pi_camera  # noqa: PLC0415  # loads FFmpeg

            return pi_camera(cfg, size=size, fps=fps, is_locked=is_locked)
        case V4l2Config():
            from node.capture.v4l2 import v4l2_camera  # noqa: PLC0415  # loads FFmpeg

            return v4l2_camera(cfg, size=size, fps=fps)
        case ArgusConfig():
            from node.capture.argus import argus_camera  # noqa: PLC0415  # where there is one

            return argus_camera(cfg, size=size, fps=fps)
        case _:
            assert_never(cfg)


def can_lock(cfg: CameraConfig | None) -> bool:
    """Whether a camera can keep its exposure, white balance and focus on command."""
    return isinstance(cfg, PiCameraConfig)


def is_drawn(cfg: CameraConfig) -> bool:
    """Whether a camera's picture is drawn, not taken."""
    match cfg:
        case PatternConfig() | UrlConfig(format="lavfi"):
            return True
        case ArgusConfig(source=source):
            return source.startswith("videotestsrc")
        case _:
            return False


class Camera:
    """Keeps the newest frame of the configured camera in `out`, and nothing when it is lost."""

    name = "camera"

    def __init__(
        self,
        cfg: CameraConfig,
        *,
        size: Size,
        fps: int,
        out: Latest[Frame],
        sound: Fanout[AudioChunk],
        switch: FaultSwitch | None = None,
        is_locked: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._out = out
        self._sound = sound
        self._switch = switch
        self._is_locked = is_locked

    async def run(self, ready: Callable[[], None]) -> None:
        """Deliver frames until cancelled; raises `DeviceError` when the camera is lost."""
        source = open_camera(
            self._cfg, size=self._size, fps=self._fps, sound=self._sound, is_locked=self._is_locked
        )
        if self._switch is not None:
            source = self._switch.over(source)
        try:
            async with source as camera:
                has_frame = False
                async for frame in camera:
                    self._out.put(frame)
                    if not has_frame:
                        has_frame = True
                        ready()
            raise DeviceError("camera: delivers no more")
        finally:
            self._out.clear()
