"""A camera on a Raspberry Pi's ribbon cable, by picamera2 and libcamera.

picamera2 delivers from two threads of its own, which nobody restarts when they die: every call that
waits for them here has a limit, and a camera that misses it is closed and opened anew.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import av
from av.video.reformatter import Colorspace

from node.capture import pi_controls
from node.capture.pi_library import FAULTS, PiCamera, PiLibrary, load
from node.capture.planar import Layout, i420_of, layout_of
from node.capture.stamps import Stamps
from node.capture.threaded import STALL_S, Ports, ThreadedCamera
from node.config_camera import PiCameraConfig, size_of
from node.decode.fit import Fitter
from node.errors import DeviceError
from node.media import Frame, Pixels, Size

log = logging.getLogger(__name__)

FIRST_S = 5.0
"""A sensor takes up to a second until its first picture."""
LOADED_S = 25.0
"""To load picamera2 from an SD card, on the smallest of boards (an estimate; once a start)."""
BUFFERS = 4
"""One is read here, one is the newest, two are the camera's."""
SETTLE_FRAMES = 30
"""A camera that was just started is locked after so many: its algorithms have to look first."""


def pi_camera(
    cfg: PiCameraConfig, *, size: Size, fps: int, is_locked: Callable[[], bool]
) -> ThreadedCamera:
    """Frames of a Raspberry Pi's camera.

    While `is_locked` says so exposure, white balance and focus stay as they are; it is asked at
    each frame, from the reader's thread.
    """
    return ThreadedCamera(
        f"camera {cfg.number}",
        lambda ports: PiReader(cfg, size=size, fps=fps, ports=ports, is_locked=is_locked),
        first_s=LOADED_S + FIRST_S,
    )


class PiReader:
    """Reads one camera; `run` raises `DeviceError` that names it and, where known, the cure."""

    def __init__(
        self,
        cfg: PiCameraConfig,
        *,
        size: Size,
        fps: int,
        ports: Ports,
        is_locked: Callable[[], bool],
    ) -> None:
        self._cfg = cfg
        self._size = size
        self._fps = fps
        self._ports = ports
        self._is_locked = is_locked
        self._was_locked = False
        self._limit_s = FIRST_S
        self._stopped = threading.Event()
        self._stamps = Stamps(ports.clock)
        self._fitter = Fitter(size)

    def stop(self) -> None:
        """End `run` with its next frame. Thread: any."""
        self._stopped.set()

    def run(self) -> None:
        """Read until stopped; raises `DeviceError`."""
        name = f"camera {self._cfg.number}"
        try:
            library = load()
            with self._wide_sensor(library), self._opened(library) as camera:
                self._read(camera, self._begun(camera, library))
        except TimeoutError:
            raise DeviceError(f"{name}: no frame for {self._limit_s:.0f} s") from None
        except FAULTS as error:
            raise DeviceError(f"{name}: {_root_of(error)}") from error
        except DeviceError as error:
            raise DeviceError(f"{name}: {error}") from error.__cause__

    @contextmanager
    def _opened(self, library: PiLibrary) -> Iterator[PiCamera]:
        try:
            camera = library.open(self._cfg.number, self._cfg.tuning_file)
        except FAULTS as error:
            raise DeviceError(_trouble(error, self._cfg, library)) from error
        try:
            yield camera
        finally:
            with suppress(*FAULTS):  # it is lost anyway; the next opening says what is wrong
                camera.close()

    @contextmanager
    def _wide_sensor(self, library: PiLibrary) -> Iterator[None]:
        """Switches the sensor's own HDR, which must be done before the camera is opened."""
        if self._cfg.controls.hdr != "sensor":
            yield
            return
        try:
            sensor = library.sensor_hdr(self._cfg.number)
            sensor.set_sensor_hdr_mode(True)
        except (*FAULTS, ImportError) as error:
            log.warning("camera %d: no HDR of the sensor: %s", self._cfg.number, error)
            yield
            return
        try:
            yield
        finally:
            with suppress(*FAULTS):
                sensor.set_sensor_hdr_mode(False)

    def _begun(self, camera: PiCamera, library: PiLibrary) -> Layout:
        """Configure and start; how the pictures will lie."""
        cfg, have = self._cfg, camera.camera_controls
        is_upside_down = cfg.rotation != 0
        wanted = pi_controls.first_controls(cfg.controls, self._fps)
        if missing := pi_controls.lacking(cfg.controls, self._fps, have):
            log.warning("camera %d has no %s: set to no effect", cfg.number, ", ".join(missing))
        config = camera.create_video_configuration(
            {"size": (self._size.width, self._size.height), "format": "YUV420"},
            raw=None,
            transform=library.transform(
                hflip=cfg.hflip != is_upside_down, vflip=cfg.vflip != is_upside_down
            ),
            colour_space=library.bt709(),
            buffer_count=BUFFERS,
            controls={name: value for name, value in wanted.items() if name in have},
            sensor={"output_size": size_of(cfg.sensor_size)} if cfg.sensor_size else {},
        )
        camera.configure(config)
        layout = _layout(camera.camera_configuration()["main"])
        log.info(
            "camera %d: %s %s, rows of %d bytes",
            cfg.number, layout.format, layout.size, layout.stride,
        )  # fmt: skip
        camera.start()
        return layout

    def _read(self, camera: PiCamera, layout: Layout) -> None:
        self._limit_s, count = FIRST_S, 0
        while not self._stopped.is_set():
            request = camera.capture_request(wait=self._limit_s)
            self._limit_s = STALL_S
            try:
                buffer, seen = request.make_buffer("main"), request.get_metadata()
            finally:
                request.release()
            stamp = seen.get("SensorTimestamp")
            pts, captured_s = self._stamps.place(stamp if isinstance(stamp, int) else None)
            self._ports.give(Frame(pts, captured_s, self._fitted(i420_of(buffer, layout))))
            count += 1
            if count >= SETTLE_FRAMES:
                self._follow_lock(camera, seen)

    def _fitted(self, pixels: Pixels) -> Pixels:
        if pixels.shape == (self._size.height * 3 // 2, self._size.width):
            return pixels
        picture = av.VideoFrame.from_ndarray(pixels, "yuv420p")
        picture.colorspace = Colorspace.ITU709
        return self._fitter.fit(picture)

    def _follow_lock(self, camera: PiCamera, seen: Mapping[str, object]) -> None:
        is_locked = self._is_locked()
        if is_locked == self._was_locked:
            return
        self._was_locked, have = is_locked, camera.camera_controls
        wanted = (
            pi_controls.held_controls(seen)
            if is_locked
            else pi_controls.automatic_controls(self._cfg.controls)
        )
        camera.set_controls({name: value for name, value in wanted.items() if name in have})
        log.info("camera %d: %s", self._cfg.number, "locked" if is_locked else "unlocked")


def _layout(main: Mapping[str, object]) -> Layout:
    match main:
        case {"format": str(name), "size": (int(width), int(height)), "stride": int(stride)}:
            return layout_of(name, width, height, stride)
        case _:
            raise DeviceError(f"says nothing of its pictures' form: {main}")


def _trouble(error: Exception, cfg: PiCameraConfig, library: PiLibrary) -> str:
    """Why a camera could not be opened, with what to do about it."""
    try:
        found = [f"{one.get('Num')} {one.get('Model')}" for one in library.cameras()]
    except FAULTS:
        found = []
    if not found:
        return (
            "no camera found: is its cable in the right way round, does config.txt name its overlay"
            f" (rpicam-hello --list-cameras)? {_root_of(error)}"
        )
    if cfg.number >= len(found):
        return f"no such camera, found: {', '.join(found)}"
    reason = _root_of(error)
    if "acquire" in reason.lower() or "busy" in reason.lower():
        return f"in use by another program, or by a capture that hangs: {reason}"
    return reason


def _root_of(error: BaseException) -> str:
    """What the first of a chain of errors says: picamera2 wraps them in others without words."""
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error) or type(error).__name__
