"""The doctor's eyes for sound: microphone, loudspeaker, and what keeps the two apart."""

from pathlib import Path

from node.audio.echo import open_canceller
from node.audio.ports import Ports, Way, is_installed
from node.audio.url import UrlMicrophone
from node.board.devices import SoundDevices, sound_devices
from node.cli.verdict import Verdict
from node.config import Config
from node.config_voice import (
    Device,
    DeviceMicrophoneConfig,
    SimulatedMicrophoneConfig,
    UrlMicrophoneConfig,
)
from node.errors import DeviceError


def microphone(config: Config, root: Path = Path("/")) -> Verdict:
    """The configured microphone, or what could hear."""
    match config.microphone:
        case DeviceMicrophoneConfig(device=device):
            return _configured("microphone", device, "input")
        case UrlMicrophoneConfig() as table:
            return Verdict("microphone", "ok", "url", {"url": UrlMicrophone(table).label})
        case SimulatedMicrophoneConfig():
            return Verdict("microphone", "ok", "simulated")
        case None:
            found = sound_devices(root)
            return _plugged_in("microphone", found.microphones, found)


def speaker(config: Config, root: Path = Path("/")) -> Verdict:
    """The configured loudspeaker, or what could speak."""
    if config.loudspeaker is not None:
        return _configured("speaker", config.loudspeaker.device, "output")
    found = sound_devices(root)
    return _plugged_in("speaker", found.speakers, found)


def echo(config: Config) -> Verdict:
    """Whether the node may be interrupted while it speaks, and what that hangs on."""
    if config.voice is None or config.microphone is None:
        return Verdict("echo", "absent", "none")
    try:
        open_canceller()
    except DeviceError as error:
        return Verdict("echo", "warn", "no_canceller", {"reason": str(error)})
    if config.voice.duplex != "auto":
        return Verdict("echo", "ok", f"set_{config.voice.duplex}")
    if isinstance(config.microphone, SimulatedMicrophoneConfig):
        return Verdict("echo", "ok", "by_hall")
    is_near = config.loudspeaker is not None
    return Verdict("echo", "ok", "by_card" if is_near else "by_browser")


def _configured(part: str, device: Device, way: Way) -> Verdict:
    if not is_installed():
        return Verdict(part, "fail", "no_driver")
    try:
        with Ports() as ports:
            return Verdict(part, "ok", "configured", {"name": ports.find(device, way).name})
    except DeviceError as error:
        return Verdict(part, "fail", "missing", {"reason": str(error)})


def _plugged_in(part: str, names: tuple[str, ...], found: SoundDevices) -> Verdict:
    if not names:
        return Verdict(part, "absent", "none")
    return Verdict(part, "ok", "ok", {"names": ", ".join(names), "server": found.server or "ALSA"})
