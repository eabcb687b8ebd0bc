"""Which node this is: its version, and where a person's own node keeps its state."""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

VERSION = "0.1.0"

STATE_DIR = Path("/var/lib/livesell")
"""Where an installed node keeps its state unless node.toml says otherwise."""

SERIAL_LETTERS = 64
URL_FILE = "node.url"
"""In the state directory while the node is on air: its address, one line."""


def serial_number(root: Path = Path("/")) -> str:
    """What is printed on the board; else a name of this installation that tells nothing else.

    `root` is the file system looked at; empty where the system has neither.
    """
    try:
        printed = (root / "proc/device-tree/serial-number").read_text("ascii").strip("\0\n ")
        return "".join(filter(str.isalnum, printed))[:SERIAL_LETTERS]
    except (OSError, ValueError):
        pass
    try:
        machine = (root / "etc/machine-id").read_bytes().strip()
    except OSError:
        return ""
    # machine-id(5): it must not leave the machine, a keyed hash of it may.
    return hashlib.blake2b(machine, digest_size=6, person=b"livesell serial").hexdigest()


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where commands keep what can be made anew (XDG base directories)."""
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "livesell"


def demo_state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The demo's state directory in the user's own folder (XDG base directories)."""
    base = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "livesell" / "demo"
