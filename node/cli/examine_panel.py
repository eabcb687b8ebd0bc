"""The doctor's eyes for buttons and lamps: what is wired, and what would keep it from working."""

import os
from importlib.util import find_spec
from pathlib import Path

from node.board.devices import gpio_chips
from node.cli.verdict import Verdict
from node.config import Config
from node.config_panel import inputs_of, lamps_of

LIBRARIES = ("gpiozero", "lgpio")


def panel(config: Config, root: Path = Path("/")) -> Verdict:
    """The panel's table, its libraries and its device; no line is touched (`doctor --panel`)."""
    table = config.panel
    if table is None:
        return Verdict("panel", "absent", "no_table")
    wired = [f"{line.name} {line.pin}" for line in inputs_of(table)]
    wired += [f"{line.name} {line.pin}" for line in lamps_of(table)]
    facts = {"count": len(wired), "wired": ", ".join(wired)}
    if table.factory == "mock":
        return Verdict("panel", "ok", "simulated", facts)
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        return Verdict("panel", "warn", "no_library", {"missing": ", ".join(missing)})
    chips = gpio_chips(root)
    if table.chip >= 0:
        chips = tuple(chip for chip in chips if chip.name == f"gpiochip{table.chip}")
    if not chips:
        return Verdict("panel", "warn", "no_chip")
    if not any(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        return Verdict("panel", "warn", "forbidden", {"chips": ", ".join(map(str, chips))})
    return Verdict("panel", "ok", "ok", facts)
