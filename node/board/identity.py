"""Which node this is: its version, and where a person's own node keeps its state."""

import os
from collections.abc import Mapping
from pathlib import Path

VERSION = "0.1.0"

STATE_DIR = Path("/var/lib/livesell")
"""Where an installed node keeps its state unless node.toml says otherwise."""

URL_FILE = "node.url"
"""In the state directory while the node is on air: its address, one line."""


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Where commands keep what can be made anew (XDG base directories)."""
    base = environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "livesell"


def demo_state_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """The demo's state directory in the user's own folder (XDG base directories)."""
    base = environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(base).expanduser() / "livesell" / "demo"
