"""What the walk does to the booth: plugs, cables, buttons, a visitor's voice, a death."""

import os
import signal
import subprocess
from pathlib import Path

VIVID = Path("/sys/bus/platform/drivers/vivid")
CHIP = Path("/sys/kernel/config/gpio-sim/booth")
SPEAKS_INTO = "hw:0,0,0"
"""What is played there is heard at the loopback's other device, where the node listens."""


def do(*words: str) -> str:
    """Run a command of the system; raises `CalledProcessError`."""
    done = subprocess.run(words, capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout


def unplug_camera() -> None:
    """The camera's driver lets go of it, as when its cable is pulled."""
    (VIVID / "unbind").write_text("vivid.0")


def plug_camera() -> None:
    """The camera is back."""
    (VIVID / "bind").write_text("vivid.0")


def line(number: int) -> Path:
    """The folder of a line of the simulated chip: `pull` drives it, `value` reads it."""
    device = (CHIP / "dev_name").read_text().strip()
    chip = (CHIP / "bank0/chip_name").read_text().strip()
    return Path(f"/sys/devices/platform/{device}/{chip}/sim_gpio{number}")


def drive(number: int, *, is_high: bool) -> None:
    """A voltage on a line."""
    (line(number) / "pull").write_text("pull-up" if is_high else "pull-down")


def level(number: int) -> int:
    """The voltage on a line: 0 or 1."""
    return int((line(number) / "value").read_text())


def speak(recording: Path) -> None:
    """A visitor speaks in front of the microphone, to the end of what he says."""
    do("aplay", "-q", "-D", f"plug{SPEAKS_INTO}", str(recording))


def listen(seconds: int, into: Path) -> bytes:
    """What the booth's loudspeaker plays: int16."""
    do("arecord", "-q", "-D", f"plug{SPEAKS_INTO}", "-f", "S16_LE", "-r", "16000", "-c", "1",
       "-d", str(seconds), "-t", "raw", str(into))  # fmt: skip
    return into.read_bytes()


def link(*, is_up: bool) -> None:
    """The booth's network cable."""
    do("ip", "link", "set", "cable", "up" if is_up else "down")


def strike(process: int, by: signal.Signals) -> None:
    """Send a signal."""
    os.kill(process, by)
