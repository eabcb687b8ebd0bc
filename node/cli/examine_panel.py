"""The doctor's eyes for buttons and lamps: what is wired, and what would keep it from working."""

import os
from importlib.util import find_spec

from node.board.gpiochips import GpioChips
from node.cli.verdict import Verdict
from node.config import Config
from node.config_panel import InputLine, PanelConfig, inputs_of, pin_words, wires
from node.control.places import Places, holder_of, places_of
from node.errors import DeviceError

LIBRARIES = ("gpiozero", "lgpio")
LGPIO = "lg"
"""What lgpio says of itself as it takes a line: the node that runs."""


def panel(config: Config, there: GpioChips | None = None) -> Verdict:
    """The panel's table, its libraries and its lines; none is touched (`doctor --panel`)."""
    table, there = config.panel, there or GpioChips()
    if table is None:
        return Verdict("panel", "absent", "no_table")
    wired = [f"{name} {pin_words(table, pin)}" for _, name, pin in wires(table)]
    facts = {"count": len(wired), "wired": ", ".join(wired)}
    if table.factory == "mock":
        return Verdict("panel", "ok", "simulated", facts)
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        return Verdict("panel", "warn", "no_library", {"missing": ", ".join(missing)})
    return _on_board(table, there, facts)


def _on_board(table: PanelConfig, there: GpioChips, facts: dict[str, object]) -> Verdict:
    devices = there.devices()
    if not devices:
        return Verdict("panel", "warn", "no_chip")
    if not any(os.access(device, os.R_OK | os.W_OK) for device in devices):
        return Verdict("panel", "warn", "forbidden", {"chips": ", ".join(map(str, devices))})
    try:
        places = places_of(table, there)
    except DeviceError as error:
        return Verdict("panel", "warn", "not_had", {"reason": str(error)})
    if held := ", ".join(_held(places, there)):
        return Verdict("panel", "warn", "held", {"held": held})
    bare = [line.name for line in inputs_of(table) if _is_bare(line, table, places)]
    if bare:
        return Verdict("panel", "warn", "no_pull", {**facts, "bare": ", ".join(bare)})
    return Verdict("panel", "ok", "ok", facts)


def _is_bare(line: InputLine, table: PanelConfig, places: Places) -> bool:
    """Whether nothing holds a line's level while nobody presses; a motion sensor does so itself."""
    is_pir = line.name == "presence" and table.presence.kind == "pir"
    return line.pull != "none" and not is_pir and not places[line.name].has_pull


def _held(places: Places, there: GpioChips) -> list[str]:
    users = ((place, holder_of(place, there)) for place in places.values())
    return [f"{place.words}: {user}" for place, user in users if user not in {"", LGPIO}]
