"""The doctor's eyes for the camera: the configured one, by its own driver, and those plugged in."""

import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from node.board.devices import video_devices
from node.cli.verdict import Verdict
from node.config import Config, PatternConfig, UrlConfig
from node.config_camera import ArgusConfig, PiCameraConfig, V4l2Config
from node.errors import DeviceError
from node.media import Size

SOURCE = "nvarguscamerasrc"
INSPECT_S = 20.0
"""GStreamer reads every plug-in when it starts for the first time."""


class _NotInstalledError(DeviceError):
    """The software by which a camera is reached is not here."""


def camera(config: Config, root: Path = Path("/")) -> Verdict:
    """The configured camera, and those plugged in; it is not opened for pictures.

    What a board's own software is missing for is told apart from a camera that is: the
    configuration may be another board's.
    """
    cameras = [f"{one.path} ({one.name})" for one in video_devices(root) if one.is_camera]
    if find_spec("libcamera") is not None:
        cameras.append("libcamera")
    facts = {"found": ", ".join(cameras) or "-"}
    match config.camera:
        case UrlConfig(url=url):
            is_there = not url.startswith("/") or (root / url.lstrip("/")).exists()
            code = "configured" if is_there else "missing"
            return Verdict("camera", "ok" if is_there else "fail", code, {"url": url, **facts})
        case PiCameraConfig() as pi:
            return _judged(facts, "pi_broken", partial(_pi, pi))
        case V4l2Config() as usb:
            return _judged(facts, "v4l2_broken", partial(_v4l2, usb, config))
        case ArgusConfig() as jetson:
            return _judged(facts, "argus_broken", partial(_argus, jetson))
        case PatternConfig() | None if cameras:
            return Verdict("camera", "ok", "simulated", facts)
        case _:
            return Verdict("camera", "absent", "none")


def _judged(facts: dict[str, str], broken: str, look: Callable[[], str]) -> Verdict:
    try:
        return Verdict("camera", "ok", "driver", {"what": look(), **facts})
    except _NotInstalledError as error:
        return Verdict("camera", "fail", "not_installed", {"reason": error, **facts})
    except DeviceError as error:
        return Verdict("camera", "fail", broken, {"reason": error, **facts})


def _pi(cfg: PiCameraConfig) -> str:
    from node.capture.pi_library import FAULTS, load  # noqa: PLC0415  # where there is one

    try:
        library = load()
    except DeviceError as error:
        raise _NotInstalledError(str(error)) from error
    try:
        cameras = library.cameras()
    except FAULTS as error:
        raise DeviceError(f"libcamera: {error}") from error
    named = ", ".join(f"{number} {one.get('Model')}" for number, one in enumerate(cameras))
    if cfg.number >= len(cameras):
        raise DeviceError(f"no camera {cfg.number}; found: {named or 'none'}")
    return f"picamera2, camera {cfg.number} of {named}"


def _v4l2(cfg: V4l2Config, config: Config) -> str:
    from node.capture.v4l2 import survey  # noqa: PLC0415  # loads FFmpeg

    width, height = (int(edge) for edge in config.program.size.split("x"))
    path, choice = survey(cfg, size=Size(width, height), fps=config.program.fps)
    return f"{path}, {choice.mode}: {choice.why}"


def _argus(cfg: ArgusConfig) -> str:
    from node.capture.argus import CURE, PROGRAM  # noqa: PLC0415  # where there is one

    inspect = shutil.which("gst-inspect-1.0")
    if inspect is None or shutil.which(PROGRAM) is None:
        raise _NotInstalledError(f"{PROGRAM} is not installed: {CURE}")
    if cfg.source:
        return f"GStreamer, {cfg.source}"
    try:
        done = subprocess.run([inspect, "--exists", SOURCE], timeout=INSPECT_S, check=False)  # noqa: S603  # two fixed words
    except subprocess.TimeoutExpired as error:
        raise DeviceError("gst-inspect-1.0 does not answer") from error
    if done.returncode:
        reason = f"GStreamer has no {SOURCE}: only a Jetson's own packages bring it"
        raise _NotInstalledError(reason)
    return f"{SOURCE}, camera {cfg.number}"
