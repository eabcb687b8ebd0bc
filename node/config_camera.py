"""The tables of node.toml for cameras of this machine: Raspberry Pi, V4L2, Jetson."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from node.paths import absolute

CameraNumber = Annotated[int, msgspec.Meta(ge=0, le=7)]
"""Which of the board's camera sockets, from 0."""
ExposureUs = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Gain = Annotated[float, msgspec.Meta(ge=1, le=64)]
ColourGain = Annotated[float, msgspec.Meta(ge=0.1, le=32)]
Dioptres = Annotated[float, msgspec.Meta(ge=0, le=32)]
"""One divided by the distance in metres: 0 is infinity, 2 is 50 cm."""
ModeSize = Annotated[str, msgspec.Meta(pattern=r"^([1-9]\d{1,4}x[1-9]\d{1,4})?$")]
"""Width and height in px, as in 2304x1296; may be empty."""
Balance = Literal["auto", "incandescent", "tungsten", "fluorescent", "indoor", "daylight", "cloudy"]
"""In libcamera's order (control_ids_core.yaml, AwbMode)."""
PixelFormat = Literal["auto", "nv12", "yuyv", "uyvy", "bgr24", "mjpeg", "h264"]


Flicker = Literal["off", "50hz", "60hz"]
"""Keeps the exposure in step with lamps on mains of that frequency."""


class PiControls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a Raspberry Pi's camera sees; what its sensor or lens does not have counts nothing.

    `white_balance` is a mode, or the gains of red and blue. `focus` "once" searches at the start,
    a number of dioptres stays. `exposure_value` brightens or darkens what the automatic exposure
    aims at, in stops. `flicker` keeps that exposure in step with lamps on mains of 50 or 60 Hz.
    `hdr`: "sensor" is the Camera Module 3's own, the others need a Raspberry Pi 5.
    """

    exposure_us: Literal["auto"] | ExposureUs = "auto"
    gain: Literal["auto"] | Gain = "auto"
    exposure_value: Annotated[float, msgspec.Meta(ge=-8, le=8)] = 0.0
    white_balance: Balance | tuple[ColourGain, ColourGain] = "auto"
    focus: Literal["continuous", "once"] | Dioptres = "continuous"
    flicker: Flicker = "off"
    hdr: Literal["off", "sensor", "single", "multi", "night"] = "off"
    noise_reduction: Literal["off", "fast", "high_quality"] = "fast"
    brightness: Annotated[float, msgspec.Meta(ge=-1, le=1)] = 0.0
    contrast: Annotated[float, msgspec.Meta(ge=0, le=32)] = 1.0
    saturation: Annotated[float, msgspec.Meta(ge=0, le=32)] = 1.0
    sharpness: Annotated[float, msgspec.Meta(ge=0, le=16)] = 1.0


class PiCameraConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="picamera",
                     forbid_unknown_fields=True):  # fmt: skip
    """A camera on a Raspberry Pi's ribbon cable, by picamera2.

    `sensor_size` chooses the sensor's mode, since some see only a part of the whole view; empty
    leaves it to picamera2. `tuning_file` is the path of a libcamera tuning.
    """

    number: CameraNumber = 0
    rotation: Literal[0, 180] = 0
    hflip: bool = False
    vflip: bool = False
    sensor_size: ModeSize = ""
    tuning_file: str = ""
    controls: PiControls = PiControls()


class V4l2Config(msgspec.Struct, frozen=True, tag_field="kind", tag="v4l2",
                 forbid_unknown_fields=True):  # fmt: skip
    """A USB camera or an HDMI grabber.

    `device` is /dev/video0, a link of udev below /dev/v4l (which stays with the camera or with the
    socket when numbers change), or a part of the camera's name; empty takes the first there is.
    `pixel_format` and `mode_size` "auto" and empty choose what fits the program best. `flicker`
    "auto" leaves the camera as it is.
    """

    device: str = ""
    pixel_format: PixelFormat = "auto"
    mode_size: ModeSize = ""
    flicker: Literal["auto"] | Flicker = "auto"


class ArgusConfig(msgspec.Struct, frozen=True, tag_field="kind", tag="argus",
                  forbid_unknown_fields=True):  # fmt: skip
    """A camera on a Jetson's ribbon cable, by GStreamer.

    `rotation` turns the picture. `exposure_us` and `gain` fix what is automatic otherwise;
    `white_balance` is the source's `wbmode`. `source` is a piece of a GStreamer pipeline in place
    of all these, up to raw video in ordinary memory.
    """

    number: CameraNumber = 0
    rotation: Literal[0, 180] = 0
    exposure_us: Literal["auto"] | ExposureUs = "auto"
    gain: Literal["auto"] | Gain = "auto"
    white_balance: Balance = "auto"
    source: str = ""


BoardCameraConfig = PiCameraConfig | V4l2Config | ArgusConfig


def placed_camera(table: BoardCameraConfig, base: Path) -> BoardCameraConfig:
    """The same table; a tuning file's path made absolute."""
    if isinstance(table, PiCameraConfig):
        tuning_file = absolute(base, table.tuning_file)
        return msgspec.structs.replace(table, tuning_file=tuning_file)
    return table


def camera_faults(table: BoardCameraConfig, fps: int) -> Iterator[str]:
    """What is wrong with a camera's table, beyond its form."""
    if isinstance(table, PiCameraConfig):
        if table.tuning_file and not Path(table.tuning_file).is_file():
            yield f"camera.tuning_file = {table.tuning_file!r}: no such file"
        yield from _exposure_faults("camera.controls.exposure_us", table.controls.exposure_us, fps)
    elif isinstance(table, V4l2Config):
        if table.mode_size and any(side % 2 for side in size_of(table.mode_size)):
            yield f"camera.mode_size = {table.mode_size!r}: sides must be even"
    else:
        yield from _exposure_faults("camera.exposure_us", table.exposure_us, fps)
        yield from _source_faults(table.source)


def _exposure_faults(place: str, exposure_us: str | int, fps: int) -> Iterator[str]:
    frame_us = 1_000_000 // fps
    if isinstance(exposure_us, int) and exposure_us > frame_us:
        yield f"{place} = {exposure_us}: longer than a frame of the program ({frame_us} µs)"


def _source_faults(source: str) -> Iterator[str]:
    try:
        shlex.split(source)
    except ValueError as error:  # a quotation without its end
        yield f"camera.source = {source!r}: {str(error).lower()}"


def size_of(text: str) -> tuple[int, int]:
    """Width and height of a `ModeSize` that is not empty, px."""
    width, height = text.split("x")
    return int(width), int(height)
