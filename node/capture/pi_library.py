"""As much of picamera2 and libcamera as the node uses, and where to get them.

They are packages of the system, bound to its Python; nothing of them is loaded before `load`.
"""

import importlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol, cast

from node.errors import DeviceError
from node.media import Pixels

CURE = (
    "apt-get install python3-picamera2, and an environment made with "
    "python3 -m venv --system-site-packages"
)
FAULTS = (RuntimeError, OSError, ValueError, LookupError, TypeError, AttributeError)
"""What picamera2 and libcamera's bindings raise; TypeError for a control of the wrong kind,
AttributeError of a camera that is only half there. None of it may end the show."""
CURE_NUMPY = "its parts were built for another numpy: pip install --no-deps simplejpeg"


class Request(Protocol):
    """A completed picture, the camera's until it is released."""

    def make_buffer(self, name: str) -> Pixels:
        """A copy of a stream's buffer: uint8 [bytes], rows padded."""

    def get_metadata(self) -> Mapping[str, object]:
        """What sensor and algorithms say of it."""

    def release(self) -> None:
        """Give its buffer back; raises nothing if the camera was stopped meanwhile."""


class PiCamera(Protocol):
    """An open camera (picamera2.Picamera2)."""

    @property
    def camera_controls(self) -> Mapping[str, object]:
        """What can be set, by name."""

    def create_video_configuration(
        self,
        main: Mapping[str, object],
        *,
        raw: None,
        transform: object,
        colour_space: object,
        buffer_count: int,
        controls: Mapping[str, object],
        sensor: Mapping[str, object],
    ) -> dict[str, object]:
        """A configuration to be handed to `configure`."""

    def configure(self, config: Mapping[str, object]) -> None:
        """Set sizes and formats, which may come out differently."""

    def camera_configuration(self) -> Mapping[str, Mapping[str, object]]:
        """How they came out: "main" has "format", "size" and "stride"."""

    def start(self) -> None:
        """Begin to deliver."""

    def set_controls(self, controls: Mapping[str, object]) -> None:
        """Set what the next request carries; raises `RuntimeError` for what it has not."""

    def capture_request(self, *, wait: float) -> Request:
        """The next picture; raises `TimeoutError` after so many seconds (since 0.3.20)."""

    def close(self) -> None:
        """Stop and release."""


class SensorHdr(Protocol):
    """The wide range of the Camera Module 3's sensor (picamera2.devices.imx708.IMX708)."""

    def set_sensor_hdr_mode(self, enable: bool) -> None:  # noqa: FBT001  # as picamera2 has it
        """Switch it; the camera must be opened afterwards."""


class PiLibrary:
    """picamera2 and libcamera, loaded."""

    def __init__(self) -> None:
        self._picamera2 = importlib.import_module("picamera2")
        self._libcamera = importlib.import_module("libcamera")

    def cameras(self) -> Sequence[Mapping[str, object]]:
        """What is plugged in: "Num" and "Model" of each."""
        return cast(
            "Sequence[Mapping[str, object]]", self._picamera2.Picamera2.global_camera_info()
        )

    def open(self, number: int, tuning_file: str) -> PiCamera:
        """A camera by its number; a tuning by its path, empty for the usual one.

        picamera2 leaves a pipe open when it fails (0.3.38), so that a camera which is tried for
        hours would use up all descriptors.
        """
        camera_class = self._picamera2.Picamera2
        camera = camera_class.__new__(camera_class)
        try:
            camera.__init__(number, tuning=tuning_file or None)
        except BaseException:
            _leave(camera)
            raise
        return cast("PiCamera", camera)

    def transform(self, *, hflip: bool, vflip: bool) -> object:
        """A mirrored picture, as libcamera says it."""
        return self._libcamera.Transform(hflip=int(hflip), vflip=int(vflip))

    def bt709(self) -> object:
        """BT.709 in limited range, as libcamera says it."""
        return self._libcamera.ColorSpace.Rec709()

    def sensor_hdr(self, number: int) -> SensorHdr:
        """The sensor's own switch; raises `RuntimeError` where it has none."""
        module = importlib.import_module("picamera2.devices.imx708")
        return cast("SensorHdr", module.IMX708(number))


def _leave(camera: Any) -> None:  # noqa: ANN401  # a library's object that is only half there
    """Close what a failed opening left."""
    if getattr(camera, "is_open", False):
        with suppress(AttributeError, RuntimeError):  # it was not far enough for its own way
            camera.close()
    elif hasattr(camera, "notifyme_w"):
        camera.notifymeread.close()
        os.close(camera.notifyme_w)


def load() -> PiLibrary:
    """The libraries; raises `DeviceError` that says how to get them. Slow at the first time."""
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:WARN")  # else six lines at each opening
    try:
        return PiLibrary()
    except ImportError as error:
        raise DeviceError(f"picamera2 cannot be loaded ({error}): {CURE}") from error
    except ValueError as error:  # numpy.dtype size changed (picamera2 issue 1211)
        raise DeviceError(f"picamera2 cannot be loaded ({error}): {CURE_NUMPY}") from error
