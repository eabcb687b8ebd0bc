"""Judges the units in systemd/ without a systemd that runs: form, commands, sandbox.

`python -m tools.provisioning.units`: 0 all well, 1 with what is wrong, 0 and a word where
systemd-analyze is missing.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

UNITS = Path(__file__).parents[2] / "systemd"
KINDS = (".service", ".path", ".timer", ".mount")
EXPOSURE_LIMIT = 3.0
"""Of livesell.service, from 0 (safe) to 10 (exposed): systemd-analyze(1), `security`."""
COMMANDS = (
    *("bin/sh", "usr/bin/cage", "usr/bin/chvt", "usr/sbin/nft"),
    *("opt/livesell/current/bin/livesell", "usr/local/lib/livesell/kiosk"),
)
"""What the units start; `verify` wants each to be there."""
SYSTEM_UNITS = Path("usr/lib/systemd/system")


def unit_files(folder: Path = UNITS) -> list[Path]:
    """The units of a folder, by name."""
    return sorted(path for path in folder.iterdir() if path.suffix in KINDS)


def all_units() -> list[Path]:
    """Those of the installed node, and the one of its first start."""
    return [*unit_files(), *unit_files(Path(__file__).parent)]


def is_able() -> bool:
    """Whether this machine has systemd-analyze, and systemd's own units."""
    return shutil.which("systemd-analyze") is not None and (Path("/") / SYSTEM_UNITS).is_dir()


def faults(units: Sequence[Path]) -> Iterator[str]:
    """All that `systemd-analyze verify` says; an unknown key only warns there, here it counts."""
    with TemporaryDirectory() as folder:
        root = Path(folder)
        _furnish(root, units)
        done = _analyze("verify", f"--root={root}", *(unit.name for unit in units))
        said = (done.stdout + done.stderr).replace(str(root), "")
        yield from filter(None, said.splitlines())
        if done.returncode and not said.strip():
            yield f"systemd-analyze verify: status {done.returncode}"


def exposure(unit: Path) -> float:
    """What `systemd-analyze security` finds left open, 0 to 10.

    Raises `ValueError` with its words where it finds nothing.
    """
    done = _analyze("security", "--offline=true", "--no-pager", str(unit))
    for line in reversed(done.stdout.splitlines()):
        if f"exposure level for {unit.name}:" in line:
            return float(line.partition(f"{unit.name}:")[2].split()[0])
    raise ValueError(f"{unit}: {done.stderr.strip() or 'no exposure told'}")


def _furnish(root: Path, units: Sequence[Path]) -> None:
    """A root folder with systemd's own units, ours, and something for each command."""
    shutil.copytree(Path("/") / SYSTEM_UNITS, root / SYSTEM_UNITS, symlinks=True)
    (root / "lib").symlink_to("usr/lib")
    ours = root / "etc/systemd/system"
    ours.mkdir(parents=True)
    for unit in units:
        shutil.copy(unit, ours)
    for command in COMMANDS:
        path = root / command
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="ascii")
        path.chmod(0o755)


def _analyze(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # words of our own, no shell
        ["systemd-analyze", *words],  # noqa: S607  # wherever the system has it
        capture_output=True, text=True, check=False,
        env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "SYSTEMD_COLORS": "0"},
    )  # fmt: skip


def main() -> int:
    """Judge all units; the exit code."""
    if not is_able():
        print("systemd-analyze is not here: units not judged")
        return 0
    units = all_units()
    wrong = list(faults(units))
    node = UNITS / "livesell.service"
    left_open = exposure(node)
    if left_open >= EXPOSURE_LIMIT:
        wrong.append(f"{node.name}: exposure {left_open}, not below {EXPOSURE_LIMIT}")
    print("\n".join(wrong) or f"{len(units)} units, {node.name} exposed {left_open} of 10")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
