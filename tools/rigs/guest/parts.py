"""Single drivers of the node on the booth's simulated devices, before the node takes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tools.rigs.guest import hands
from tools.rigs.guest.eyes import MissedError

LIMIT_S = 600.0
FOLDER = Path("/run/booth")
"""lgpio keeps a pipe in the working folder."""
RULE = Path("/run/udev/rules.d/80-booth.rules")


def panel() -> str:
    """The panel's driver on two boards' GPIO chips: presses, bounces, lamps; one pulled out."""
    told = json.loads(_run("tools.rigs.guest_panel", GPIO_SIM=str(hands.line(0).parent))[-1])
    gone = told.pop("pulled out")
    seen = [
        f"{board}: press to command {one['press_to_command_ms']['p50']} ms (p95 "
        f"{one['press_to_command_ms']['p95']}, {one['press_to_command_ms']['n']} presses), a press "
        f"of 21 edges is {one['commands_of_a_press_that_bounces']} command, lamps right"
        for board, one in told.items()
    ]
    return "; ".join([*seen, f"a chip pulled out: told after {gone['told_s']} s, back"])


def camera() -> str:
    """The camera's driver on vivid: read, unplugged, plugged, read."""
    return "; ".join(_run("tools.rigs.guest_v4l2"))


def inputs() -> str:
    """The camera's driver on two cameras at once, single- and multi-planar, in every raw format."""
    _plug_three()
    return "; ".join(_run("tools.rigs.guest_inputs", "planes"))


def hdmi() -> str:
    """The camera's driver on an HDMI receiver: signals that come, go, and change."""
    return "; ".join(_run("tools.rigs.guest_inputs", "hdmi"))


def analog() -> str:
    """The camera's driver on S-Video: half pictures, a signal that goes and changes."""
    return "; ".join(_run("tools.rigs.guest_inputs", "analog"))


def _plug_three() -> None:
    """Have vivid make two cameras and a receiver of S-Video and HDMI in the place of its one.

    udev's own by-path links are alike for all of them, since vivid has one parent for its devices.
    """
    RULE.parent.mkdir(parents=True, exist_ok=True)
    RULE.write_text('KERNEL=="video*", ATTR{name}=="vivid-*", SYMLINK+="v4l/by-path/$attr{name}"\n')
    hands.do("udevadm", "control", "--reload")
    hands.do("modprobe", "-r", "vivid")
    hands.do("modprobe", "vivid", "n_devs=3", "node_types=0x1,0x1,0x1", "num_inputs=1,1,2",
             "input_types=0,0,14", "multiplanar=1,2,2")  # fmt: skip
    hands.do("udevadm", "settle")


def encoder() -> str:
    """The encoder's queues on vicodec: encoded, opened anew, unplugged while it encodes."""
    hands.do("modprobe", "vicodec-booth", "multiplanar=1")
    hands.do("udevadm", "settle")
    return "; ".join(_run("tools.rigs.guest_m2m"))


def _run(module: str, *words: str, **environ: str) -> list[str]:
    """What a module says, line by line; raises `MissedError` unless it ends with 0."""
    try:
        done = subprocess.run(  # noqa: S603  # our own words, no shell
            [sys.executable, "-m", module, *words],
            cwd=FOLDER,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise MissedError(f"{module}: not within {LIMIT_S:g} s") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        raise MissedError(f"{module} ended with {done.returncode}: {' / '.join(lines[-3:])}")
    return lines
