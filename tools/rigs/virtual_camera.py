"""Has picamera2 run on libcamera's virtual camera: also a plugin of pytest (`-p`).

The virtual pipeline differs from a Raspberry Pi's in what is mended here, in picamera2 0.3.38 and
libcamera 0.7.2: nothing of it belongs to the node. Always run it under a limit of time.
"""

# ruff: noqa: ANN401  # other libraries' classes are mended, which have no types

import importlib
import sys
import threading
import time
from collections import deque
from types import ModuleType, SimpleNamespace
from typing import Any

FPS = 30


class Pace:
    """Releases one queued request a period: the virtual pipeline knows no frame rate.

    `stall` holds them back, as a sensor that has stopped does.
    """

    def __init__(self, fps: int) -> None:
        self.fps = fps
        self._waiting: deque[tuple[Any, Any]] = deque()
        self._changed = threading.Condition()
        self._is_stalled = False

    def begin(self, libcamera: Any) -> None:
        """Put this between picamera2 and libcamera."""
        queue, stop = libcamera.Camera.queue_request, libcamera.Camera.stop

        def queue_request(camera: Any, request: Any) -> None:
            with self._changed:
                self._waiting.append((camera, request))
                self._changed.notify()

        def stop_all(camera: Any) -> None:
            with self._changed:
                self._waiting.clear()
            stop(camera)

        libcamera.Camera.queue_request, libcamera.Camera.stop = queue_request, stop_all
        threading.Thread(target=self._run, args=(queue,), daemon=True).start()

    def stall(self, *, is_stalled: bool) -> None:
        """Hold every request back, or no longer."""
        with self._changed:
            self._is_stalled = is_stalled
            self._changed.notify()

    def _run(self, queue: Any) -> None:
        due_s = time.monotonic()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting and not self._is_stalled)
            due_s = max(due_s + 1 / self.fps, time.monotonic())
            time.sleep(max(0.0, due_s - time.monotonic()))
            with self._changed:
                if self._waiting:
                    queue(*self._waiting.popleft())


PACE = Pace(FPS)


def patch() -> None:
    """Mend both libraries; once a process."""
    if "kms" not in sys.modules:  # picamera2 imports a display's library without need
        kms = ModuleType("kms")
        kms.PixelFormats = _AnyName()  # type: ignore[attr-defined]  # a stub has what we give it
        sys.modules["kms"] = kms
    libcamera = importlib.import_module("libcamera")
    picamera2 = importlib.import_module("picamera2")
    picamera2.Picamera2._get_raw_modes = _raw_modes  # noqa: SLF001  # that is what is mended
    allocator: Any = importlib.import_module("picamera2.allocators.dmaallocator")
    allocator.libcamera = SimpleNamespace(FrameBuffer=_two_planes(libcamera))
    PACE.begin(libcamera)


def pytest_configure() -> None:
    """As a plugin: before any test."""
    patch()


class _AnyName:
    def __getattr__(self, name: str) -> str:
        return name


def _raw_modes(camera: Any) -> list[dict[str, Any]]:
    """The virtual camera has no raw stream; the modes of its video stand in."""
    roles = importlib.import_module("libcamera").StreamRole
    formats = camera.camera.generate_configuration([roles.VideoRecording]).at(0).formats
    return [
        {"format": str(one), "size": (size.width, size.height)}
        for one in formats.pixel_formats
        for size in formats.sizes(one)
    ]


def _two_planes(libcamera: Any) -> Any:
    """FrameBuffer with NV12 as two planes: picamera2 makes one, the pipeline looks for the second.

    The plane that was given is kept: the number of its descriptor is the allocator's key.
    """

    def frame_buffer(planes: list[Any]) -> Any:
        luma, chroma = planes[0], libcamera.FrameBuffer.Plane()
        rows = luma.length * 2 // 3
        chroma.fd, chroma.offset, chroma.length = luma.fd, rows, luma.length - rows
        luma.length = rows
        return libcamera.FrameBuffer([luma, chroma])

    frame_buffer.Plane = libcamera.FrameBuffer.Plane  # type: ignore[attr-defined]  # as the class has it
    return frame_buffer
