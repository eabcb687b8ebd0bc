"""The doctor's eyes for the machine: processor, GPIO, clock, disk, heat."""

import os
from pathlib import Path

import msgspec

from node.board.capacity import free_disk_mib, is_writable, read_capacity
from node.board.clock import sync_state
from node.board.devices import gpio_chips
from node.board.thermal import read_heat
from node.cli.verdict import Verdict
from node.config import Config
from node.media import Rendition, Size

MEMORY_MIB = 900
"""Below it a machine sold as 1 GB runs out; the node itself is measured in tests/bench."""
DISK_WARN_MIB, DISK_FAIL_MIB = 1000, 100
HOT_C = 80.0
"""A Raspberry Pi begins to slow down here (Raspberry Pi documentation, "Frequency management")."""


def machine(_config: Config, root: Path = Path("/")) -> Verdict:
    """Model, cores and memory."""
    found = read_capacity(root)
    facts = {
        "model": found.model,
        "cores": found.cores,
        "memory_mib": found.memory_mib,
        "free_mib": found.free_memory_mib,
    }
    is_small = 0 < found.memory_mib < MEMORY_MIB or found.cores < 2  # noqa: PLR2004  # one encodes
    return Verdict("machine", "warn" if is_small else "ok", "small" if is_small else "ok", facts)


def hardware_encoder(config: Config, root: Path = Path("/")) -> Verdict:
    """The board's own encoder, tried out, and why it or another is not used."""
    from node.encode.probe import find_board  # noqa: PLC0415  # heavy

    kind = config.encoder.kind
    asked = msgspec.structs.replace(config.encoder, kind="auto" if kind == "libx264" else kind)
    board = find_board(asked, rendition_of(config), root=root)
    facts: dict[str, object] = {"reasons": "; ".join(board.refusals) or "-"}
    if board.codec is None:
        if not board.refusals:
            return Verdict("hardware_encoder", "absent", "none")
        is_asked = kind in {"v4l2m2m", "gstreamer"}
        return Verdict("hardware_encoder", "fail" if is_asked else "warn", "refused", facts)
    facts |= {"name": board.codec.name, "why": board.codec.why}
    board.codec.close()
    if kind == "libx264":
        return Verdict("hardware_encoder", "ok", "unused", facts)
    return Verdict("hardware_encoder", "ok", "chosen" if board.refusals else "ok", facts)


def rendition_of(config: Config) -> Rendition:
    """What the node would have an encoder encode."""
    width, height = (int(edge) for edge in config.program.size.split("x"))
    return Rendition(Size(width, height), config.program.fps, config.encoder.bitrate_kbps)


def gpio(_config: Config, root: Path = Path("/")) -> Verdict:
    """Buttons and lamps need a GPIO controller and the right to use it."""
    chips = gpio_chips(root)
    if not chips:
        return Verdict("gpio", "absent", "none")
    facts = {"chips": ", ".join(chip.name for chip in chips)}
    if not all(os.access(chip, os.R_OK | os.W_OK) for chip in chips):
        return Verdict("gpio", "warn", "forbidden", facts)
    return Verdict("gpio", "ok", "ok", facts)


def clock(_config: Config, root: Path = Path("/")) -> Verdict:
    """Whether the time of day can be trusted: blocks and offers go by it."""
    state = sync_state(root)
    return Verdict("clock", "ok" if state == "synced" else "warn", state)


def disk(config: Config) -> Verdict:
    """Whether the state directory can be written and has room."""
    folder = Path(config.state_dir)
    if not is_writable(folder):
        return Verdict("disk", "fail", "read_only", {"folder": folder})
    free_mib = free_disk_mib(folder)
    facts = {"folder": folder, "free_mib": free_mib}
    if free_mib < DISK_FAIL_MIB:
        return Verdict("disk", "fail", "full", facts)
    is_low = free_mib < DISK_WARN_MIB
    return Verdict("disk", "warn" if is_low else "ok", "low" if is_low else "ok", facts)


def heat(_config: Config, root: Path = Path("/")) -> Verdict:
    """Temperature and, on a Raspberry Pi, its power supply."""
    found = read_heat(root)
    if found.has_low_voltage:
        return Verdict("heat", "warn", "low_voltage")
    if found.temperature_c is None:
        return Verdict("heat", "absent", "none")
    facts: dict[str, object] = {"celsius": round(found.temperature_c, 1)}
    limit_c = found.limit_c
    nearest_c = found.temperature_c if limit_c is None else limit_c - (found.room_c or 0)
    if found.is_slowed or nearest_c >= (limit_c or HOT_C):
        return Verdict("heat", "warn", "hot", facts)
    if limit_c is None:
        return Verdict("heat", "ok", "ok", facts)
    return Verdict("heat", "ok", "guarded", {**facts, "limit": round(limit_c)})
