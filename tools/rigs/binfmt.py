"""The kernel is told who runs programs of a 64-bit ARM processor."""

from pathlib import Path

from tools.rigs.commands import run

PLACE = Path("/proc/sys/fs/binfmt_misc")
EMULATOR = "/usr/bin/qemu-aarch64-static"
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
KEPT_OPEN = "F"
"""The emulator is opened now, so that no root needs a copy of it (binfmt-misc.rst)."""


def register(log: Path) -> None:
    """Register the emulator, unless the system has."""
    if not (PLACE / "register").exists():
        run(["mount", "-t", "binfmt_misc", "binfmt_misc", PLACE], log)
    if not (PLACE / "qemu-aarch64").exists():
        rule = f":qemu-aarch64:M::{MAGIC}:{MASK}:{EMULATOR}:{KEPT_OPEN}"
        (PLACE / "register").write_text(rule)
