"""What is plugged into the machine: cameras, microphones, speakers, GPIO."""

import fcntl
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from node.board.videodev2 import CAPABILITY, VIDIOC_QUERYCAP, capabilities_of

VIDEO_CAPTURE = 0x1 | 0x1000
VIDEO_M2M = 0x4000 | 0x8000
"""V4L2_CAP_VIDEO_CAPTURE[_MPLANE] and V4L2_CAP_VIDEO_M2M[_MPLANE] (linux/videodev2.h)."""
PROCESSORS = frozenset({b"bcm2835-isp", b"pispbe"})
"""Drivers of a Raspberry Pi's image processor, up to 4 and 5: what it puts out has the capabilities
of a camera, and comes from pictures that a program puts in. They are there without any camera."""


@dataclass(frozen=True, slots=True)
class VideoDevice:
    """A V4L2 device; `is_coder` turns pictures into others (memory to memory)."""

    path: str
    name: str
    is_camera: bool
    is_coder: bool


@dataclass(frozen=True, slots=True)
class SoundDevices:
    """Names of what can hear and speak, and the sound server in front of them if any."""

    microphones: tuple[str, ...]
    speakers: tuple[str, ...]
    server: str = ""


def query_capability(path: Path) -> bytes | None:
    """What a V4L2 device says of itself, `CAPABILITY.size` bytes; None if it does not answer."""
    said = bytearray(CAPABILITY.size)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        fcntl.ioctl(descriptor, VIDIOC_QUERYCAP, said)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return bytes(said)


def video_devices(
    root: Path = Path("/"), query: Callable[[Path], bytes | None] = query_capability
) -> tuple[VideoDevice, ...]:
    """Every /dev/video* that answers, by number."""
    paths = sorted((root / "dev").glob("video*"), key=_number)
    said = [(path, query(path)) for path in paths]
    return tuple(_video_device(path, one) for path, one in said if one is not None)


def sound_devices(root: Path = Path("/"), environ: Mapping[str, str] = os.environ) -> SoundDevices:
    """What ALSA lists, and whether PipeWire or PulseAudio serves this user."""
    try:
        lines = (root / "proc/asound/pcm").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        lines = []
    named = [(line, line.split(":")[1].strip()) for line in lines if ":" in line]
    runtime = root / environ.get("XDG_RUNTIME_DIR", "/run/user/0").lstrip("/")
    servers = (("PipeWire", "pipewire-0"), ("PulseAudio", "pulse/native"))
    return SoundDevices(
        microphones=tuple(name for line, name in named if "capture" in line),
        speakers=tuple(name for line, name in named if "playback" in line),
        server=next((name for name, socket in servers if (runtime / socket).exists()), ""),
    )


def gpio_chips(root: Path = Path("/")) -> tuple[Path, ...]:
    """Every GPIO controller's device."""
    return tuple(sorted((root / "dev").glob("gpiochip*")))


def _number(path: Path) -> int:
    digits = re.sub(r"\D", "", path.name)
    return int(digits) if digits else -1


def _video_device(path: Path, said: bytes) -> VideoDevice:
    driver, card, *_ = CAPABILITY.unpack(said)
    bits = capabilities_of(said)
    return VideoDevice(
        path=f"/dev/{path.name}",
        name=card.rstrip(b"\0").decode("utf-8", "replace"),
        is_camera=bool(bits & VIDEO_CAPTURE) and driver.rstrip(b"\0") not in PROCESSORS,
        is_coder=bool(bits & VIDEO_M2M),
    )
