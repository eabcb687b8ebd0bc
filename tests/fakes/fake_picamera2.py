"""picamera2 and libcamera as modules without a camera: what the node's driver leans on, and faults.

Shapes, names and errors are those of picamera2 0.3.38.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace
from typing import Any, BinaryIO

import numpy as np

USUAL_CONTROLS = (
    *("AeEnable", "ExposureTime", "AnalogueGain", "ExposureValue", "AwbEnable", "AwbMode"),
    *("ColourGains", "FrameDurationLimits", "Brightness", "Contrast", "Saturation", "Sharpness"),
    *("NoiseReductionMode", "AeFlickerMode", "AeFlickerPeriod"),
)
FOCUS_CONTROLS = ("AfMode", "AfTrigger", "LensPosition")


def _textured(width: int, height: int, stride: int, number: int) -> "np.ndarray[Any, Any]":
    """I420 with rows of `stride` bytes: Y counts columns, U is 100, V 150; padding is 255."""
    flat = np.full(stride * height * 3 // 2, 255, np.uint8)
    luma = flat[: stride * height].reshape(height, stride)
    luma[:, :width] = (np.arange(width) + number) % 200 + 16
    chroma = flat[stride * height :].reshape(2, height // 2, stride // 2)
    chroma[0, :, : width // 2], chroma[1, :, : width // 2] = 100, 150
    return flat


@dataclass
class FakePi:
    """A Raspberry Pi with cameras; `install` puts it in the place of the libraries.

    `period_s` is between frames; `padding` bytes follow each row; `sizes` are what the ISP can
    make, empty for any. `faults` counts down to what happens to the next openings.
    """

    cameras: list[str] = field(default_factory=lambda: ["imx708"])
    padding: int = 0
    period_s: float = 0.004
    sizes: list[tuple[int, int]] = field(default_factory=list)
    pixel_format: str = "YUV420"
    controls: tuple[str, ...] = USUAL_CONTROLS + FOCUS_CONTROLS
    metadata: dict[str, object] = field(default_factory=lambda: {"LensPosition": 2.5})
    stamp_ns: Callable[[], int] | None = time.monotonic_ns
    opening_error: Exception | None = None
    is_stalled: bool = False
    short_by: int = 0
    hangs_at_close: threading.Event | None = None

    def __post_init__(self) -> None:
        self.opened: set[int] = set()
        self.openings = 0
        self.asked: list[dict[str, object]] = []
        self.set: list[dict[str, object]] = []
        self.tunings: list[object] = []
        self.sensor_hdr: list[bool] = []
        self.pipes: list[BinaryIO] = []
        self.released = 0
        self.captured = 0

    def install(self, monkeypatch: Any) -> "FakePi":
        """Have `import picamera2` and `import libcamera` find this."""
        monkeypatch.setitem(sys.modules, "picamera2", self._picamera2())
        monkeypatch.setitem(sys.modules, "picamera2.devices.imx708", self._imx708())
        monkeypatch.setitem(sys.modules, "libcamera", self._libcamera())
        return self

    def _picamera2(self) -> ModuleType:
        pi, module = self, ModuleType("picamera2")

        class Picamera2(_Camera):
            def __init__(self, camera_num: int = 0, tuning: object = None) -> None:
                super().__init__(pi, camera_num, tuning)

            @staticmethod
            def global_camera_info() -> list[dict[str, object]]:
                return [{"Num": n, "Model": model} for n, model in enumerate(pi.cameras)]

        module.Picamera2 = Picamera2  # type: ignore[attr-defined]
        return module

    def _imx708(self) -> ModuleType:
        pi, module = self, ModuleType("picamera2.devices.imx708")

        class IMX708:
            def __init__(self, number: int) -> None:
                if pi.cameras[number] != "imx708":
                    raise RuntimeError("IMX708: Requested IMX708 camera device not be found")

            def set_sensor_hdr_mode(self, enable: bool) -> None:  # noqa: FBT001
                pi.sensor_hdr.append(enable)

        module.IMX708 = IMX708  # type: ignore[attr-defined]
        return module

    def _libcamera(self) -> ModuleType:
        module = ModuleType("libcamera")
        module.Transform = lambda **flips: ("Transform", flips)  # type: ignore[attr-defined]
        module.ColorSpace = SimpleNamespace(Rec709=lambda: "Rec709")  # type: ignore[attr-defined]
        return module


class _Camera:
    def __init__(self, pi: FakePi, number: int, tuning: object) -> None:
        self._pi, self._number = pi, number
        self.is_open = False
        reading, self.notifyme_w = os.pipe()
        self.notifymeread = os.fdopen(reading, "rb")
        pi.pipes.append(self.notifymeread)
        pi.tunings.append(tuning)
        if pi.opening_error is not None:
            raise RuntimeError("Camera __init__ sequence did not complete.") from pi.opening_error
        if number >= len(pi.cameras):
            raise RuntimeError(f"No camera number {number} found")
        if number in pi.opened:
            cause = RuntimeError("Failed to acquire camera: Device or resource busy")
            raise RuntimeError("Camera __init__ sequence did not complete.") from cause
        pi.opened.add(number)
        pi.openings += 1
        self.is_open = True
        self._config: dict[str, Any] = {}
        self._is_started = False

    @property
    def camera_controls(self) -> dict[str, tuple[int, int, int]]:
        return dict.fromkeys(self._pi.controls, (0, 1, 0))

    def create_video_configuration(self, main: dict[str, object], **others: object) -> Any:
        return {"main": dict(main), **others}

    def configure(self, config: dict[str, Any]) -> None:
        self._check(config["controls"])
        self._pi.asked.append(config)
        width, height = config["main"]["size"]
        if self._pi.sizes and (width, height) not in self._pi.sizes:
            width, height = self._pi.sizes[0]
        stride = width + self._pi.padding
        main = {"format": self._pi.pixel_format, "size": (width, height), "stride": stride}
        self._config = {"main": main}

    def camera_configuration(self) -> dict[str, Any]:
        return self._config

    def start(self) -> None:
        self._is_started = True

    def set_controls(self, controls: dict[str, object]) -> None:
        self._check(controls)
        self._pi.set.append(controls)

    def capture_request(self, *, wait: float) -> "_Request":
        assert self._is_started
        if self._pi.is_stalled:
            time.sleep(wait)
            raise TimeoutError
        if self._number >= len(self._pi.cameras):
            raise RuntimeError("Camera frontend has timed out!")
        time.sleep(self._pi.period_s)
        self._pi.captured += 1
        main = self._config["main"]
        width, height = main["size"]
        return _Request(self._pi, width, height, main["stride"])

    def close(self) -> None:
        if self._pi.hangs_at_close is not None:
            self._pi.hangs_at_close.wait(60)
        self._pi.opened.discard(self._number)
        self.is_open = False
        self.notifymeread.close()
        os.close(self.notifyme_w)

    def _check(self, controls: dict[str, object]) -> None:
        for name in controls:
            if name not in self._pi.controls:
                raise RuntimeError(f"Control {name} is not advertised by libcamera")


class _Request:
    def __init__(self, pi: FakePi, width: int, height: int, stride: int) -> None:
        self._pi = pi
        self._flat = _textured(width, height, stride, pi.captured)
        self._stamp_ns = None if pi.stamp_ns is None else pi.stamp_ns()

    def make_buffer(self, name: str) -> "np.ndarray[Any, Any]":
        assert name == "main"
        return self._flat[: self._flat.size - self._pi.short_by]

    def get_metadata(self) -> dict[str, object]:
        stamp = {} if self._stamp_ns is None else {"SensorTimestamp": self._stamp_ns}
        return {**self._pi.metadata, **stamp}

    def release(self) -> None:
        self._pi.released += 1
