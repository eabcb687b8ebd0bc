"""A Raspberry Pi camera's settings in libcamera's words.

Names and numbers are those of libcamera's control_ids_core.yaml and control_ids_draft.yaml.
"""

from collections.abc import Collection, Mapping
from typing import get_args

from node.config_camera import Balance, PiControls

Controls = dict[str, object]

AF_MANUAL, AF_ONCE, AF_CONTINUOUS = 0, 1, 2
AF_TRIGGER_START = 0
FLICKER_OFF, FLICKER_MANUAL = 0, 1
FLICKER_US = {"50hz": 10_000, "60hz": 8_333}
"""Lamps flicker at twice the frequency of the mains."""
HDR = {"off": 0, "sensor": 0, "multi": 2, "single": 3, "night": 4}
NOISE_REDUCTION = {"off": 0, "fast": 1, "high_quality": 2}
AUTOMATIC = 0
"""picamera2 makes an exposure time or gain of 0 an automatic one (0.3.38, request.py)."""


def first_controls(cfg: PiControls, fps: int) -> Controls:
    """What a camera is started with."""
    frame_us = round(1_000_000 / fps)
    return {
        "FrameDurationLimits": (frame_us, frame_us),
        **automatic_controls(cfg),
        **_flicker(cfg),
        "HdrMode": HDR[cfg.hdr],
        "NoiseReductionMode": NOISE_REDUCTION[cfg.noise_reduction],
        "Brightness": cfg.brightness,
        "Contrast": cfg.contrast,
        "Saturation": cfg.saturation,
        "Sharpness": cfg.sharpness,
    }


def automatic_controls(cfg: PiControls) -> Controls:
    """Exposure, white balance and focus as configured: also what unlocks a locked camera."""
    return {**_exposure(cfg), **_white_balance(cfg), **_focus(cfg)}


def held_controls(seen: Mapping[str, object]) -> Controls:
    """What holds exposure, white balance and focus as they are, told a frame's metadata.

    The algorithms stop with what they found last (control_ids_core.yaml, ExposureTimeMode), the
    lens where it stood.
    """
    held: Controls = {"AeEnable": False, "AwbEnable": False}
    if "LensPosition" in seen:
        held |= {"AfMode": AF_MANUAL, "LensPosition": seen["LensPosition"]}
    return held


def lacking(cfg: PiControls, fps: int, have: Collection[str]) -> list[str]:
    """The controls that a camera has not, of those configured otherwise than by default."""
    usual = first_controls(PiControls(), fps)
    asked = first_controls(cfg, fps)
    return [name for name in asked if name not in have and usual.get(name) != asked[name]]


def _exposure(cfg: PiControls) -> Controls:
    return {
        "AeEnable": cfg.exposure_us == "auto" or cfg.gain == "auto",
        "ExposureTime": AUTOMATIC if cfg.exposure_us == "auto" else cfg.exposure_us,
        "AnalogueGain": AUTOMATIC if cfg.gain == "auto" else cfg.gain,
        "ExposureValue": cfg.exposure_value,
    }


def _white_balance(cfg: PiControls) -> Controls:
    if isinstance(cfg.white_balance, tuple):
        return {"AwbEnable": False, "ColourGains": cfg.white_balance}
    return {"AwbEnable": True, "AwbMode": get_args(Balance).index(cfg.white_balance)}


def _focus(cfg: PiControls) -> Controls:
    match cfg.focus:
        case "continuous":
            return {"AfMode": AF_CONTINUOUS}
        case "once":
            return {"AfMode": AF_ONCE, "AfTrigger": AF_TRIGGER_START}
        case dioptres:
            return {"AfMode": AF_MANUAL, "LensPosition": dioptres}


def _flicker(cfg: PiControls) -> Controls:
    if cfg.flicker == "off":
        return {"AeFlickerMode": FLICKER_OFF}
    return {"AeFlickerMode": FLICKER_MANUAL, "AeFlickerPeriod": FLICKER_US[cfg.flicker]}
