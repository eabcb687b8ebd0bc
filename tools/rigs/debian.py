"""Debian 13 as a folder, for any architecture, and Python packages put into it from outside."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from tools.rigs.commands import run
from tools.rigs.locked import Pin, write
from tools.rigs.place import ROOT, alone, digest
from tools.rigs.report import StepError

Arch = Literal["amd64", "arm64"]
RELEASE = "trixie"
"""Debian 13, on which Raspberry Pi OS 13 stands."""
PYTHON = "3.13"
"""The Python of that release."""
MACHINE = {"amd64": "x86_64", "arm64": "aarch64"}
GLIBC = "manylinux_2_40"
"""The newest glibc that uv names and that release has: it brings 2.41."""
MADE = "etc/livesell-rig"
"""In a root: what it was made of."""
REQUIREMENTS = ROOT / "tools/requirements"


def mirror(log: Path) -> str:
    """The Debian mirror of this machine's own apt configuration."""
    form = "$(ORIGIN)|$(LABEL)|$(REPO_URI)"
    for line in run(["apt-get", "indextargets", "--format", form], log).splitlines():
        origin, _, rest = line.partition("|")
        label, _, address = rest.partition("|")
        if (origin, label) == ("Debian", "Debian"):
            return address.rstrip("/")
    raise StepError("no Debian mirror in apt's configuration")


def make_root(folder: Path, arch: Arch, packages: Sequence[str], log: Path) -> str:
    """Make Debian 13 in `folder` with `packages`, unless that is there already; says which.

    Raises:
        StepError: mmdebstrap failed.
    """
    made = folder / MADE
    wanted = f"{RELEASE} {arch} {' '.join(sorted(packages))}\n"
    with alone():
        if made.exists() and made.read_text() == wanted:
            return "kept from before"
        shutil.rmtree(folder, ignore_errors=True)
        run(
            ["mmdebstrap", "--variant=apt", "--mode=root", f"--arch={arch}",
             f"--include={','.join(packages)}", RELEASE, folder,
             f"deb {mirror(log)} {RELEASE} main"],
            log,
        )  # fmt: skip
        shutil.rmtree(folder / "var/cache/apt", ignore_errors=True)
        made.write_text(wanted)
    return "made"


def install(root: Path, arch: Arch, name: str, pins: Sequence[Pin], log: Path) -> Path:
    """Put wheels of `pins` into a root, without running anything in it; `name` tells them apart.

    Returns:
        The folder for `PYTHONPATH`, as a path on this machine.

    Raises:
        StepError: a package has no wheel for that architecture, or could not be got.
    """
    packages = root / "opt/rig"
    packages.mkdir(parents=True, exist_ok=True)
    wanted = packages / f"{name}.txt"
    write(pins, wanted, hashes=True)
    site = packages / f"{name}-{digest(wanted.read_bytes())}"
    with alone():
        if not site.exists():
            for old in packages.glob(f"{name}-*"):
                shutil.rmtree(old)
            new = packages / f"new-{name}"
            shutil.rmtree(new, ignore_errors=True)
            uv_install(
                [*target(arch, PYTHON), "--require-hashes", "--target", new, "-r", wanted], log
            )
            new.rename(site)
    return site


def uv_install(words: Sequence[str | Path], log: Path) -> str:
    """`uv pip install` from wheels alone, from the index that pip uses on this machine."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "config", "get"]
    try:
        environ = {"UV_DEFAULT_INDEX": run([*pip, "global.index-url"], log).strip()}
    except StepError:
        environ = {}
    uv = Path(sys.prefix) / "bin/uv"
    options = ["--python", sys.executable, "--no-config", "--no-deps", "--no-build"]
    return run([uv, "pip", "install", "-q", *options, *words], log, environ=environ)


def target(arch: Arch, python: str) -> list[str]:
    """Options of uv to take wheels for another machine; `python` is as in "3.13"."""
    return ["--python-platform", f"{MACHINE[arch]}-{GLIBC}", "--python-version", python]
