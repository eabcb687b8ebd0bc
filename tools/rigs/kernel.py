"""The virtual booth's kernel: Debian 13's own, a simulated GPIO chip built for it, a first root.

Debian's kernel has neither gpio-sim nor the interrupt simulator it stands on: both are built from
Debian's own source as one module. `irq_to_desc` is not exported to modules, its inline twin is.
"""

import gzip
import lzma
import re
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tools.rigs.commands import run
from tools.rigs.debian import RELEASE, mirror
from tools.rigs.place import alone
from tools.rigs.report import StepError

PACKAGES = ("linux-image-amd64", "linux-headers-amd64", "linux-source", "gcc", "make", "xz-utils")
EARLY = (
    "fs/netfs/netfs",
    "net/9p/9pnet",
    "net/9p/9pnet_virtio",
    "fs/9p/9p",
    "fs/overlayfs/overlay",
)
"""Modules without which there is no root, in the order in which they are loaded."""
INIT = Path(__file__).parent / "guest/initrd-init"
SOURCES = re.compile(r"[^/]+/(drivers/gpio/(gpio-sim\.c|[^/]+\.h)|kernel/irq/irq_sim\.c)$")
MAKEFILE = """\
obj-m := gpio-sim-booth.o
gpio-sim-booth-y := gpio-sim.o irq_sim.o
ccflags-y += -I$(src)
"""


def prepare(folder: Path, log: Path) -> str:
    """Make `vmlinuz`, `initrd` and the tree `modules` in `folder`, unless they are there.

    Raises:
        StepError: packages could not be had, or the module does not build.
    """
    with alone():
        if not (folder / "vmlinuz").exists():
            _build(folder, log)
            state = "made"
        else:
            state = "kept from before"
        _write_initrd(folder)
    return f"{state}: Linux {release(folder)}"


def release(folder: Path) -> str:
    """The kernel's release, as `uname -r` tells it."""
    return next((folder / "modules/lib/modules").iterdir()).name


def _build(folder: Path, log: Path) -> None:
    chroot = folder / "build"
    shutil.rmtree(chroot, ignore_errors=True)
    run(
        ["mmdebstrap", "--variant=apt", "--mode=root", f"--include={','.join(PACKAGES)}",
         RELEASE, chroot, f"deb {mirror(log)} {RELEASE} main"],
        log,
    )  # fmt: skip
    number = next((chroot / "usr/lib/modules").iterdir()).name
    _build_gpio(chroot, number, log)
    modules = folder / "modules"
    shutil.rmtree(modules, ignore_errors=True)
    there = modules / "lib/modules" / number
    shutil.copytree(chroot / "usr/lib/modules" / number, there, symlinks=True)
    (there / "updates").mkdir()
    shutil.copy(chroot / "opt/gpio/gpio-sim-booth.ko", there / "updates")
    run(["depmod", "-b", modules, number], log)
    shutil.copy(chroot / f"boot/vmlinuz-{number}", folder / "vmlinuz")
    shutil.rmtree(chroot)


def _build_gpio(chroot: Path, number: str, log: Path) -> None:
    build = chroot / "opt/gpio"
    build.mkdir(parents=True)
    archive = next((chroot / "usr/src").glob("linux-source-*.tar.xz"), None)
    if archive is None:
        raise StepError("linux-source brought no archive")
    with tarfile.open(archive) as source:
        for member in source:
            if SOURCES.search(member.name) and (content := source.extractfile(member)):
                (build / Path(member.name).name).write_bytes(content.read())
    simulator = build / "irq_sim.c"
    text = re.sub(r"irq_to_desc\((\w+)\)", r"irq_data_to_desc(irq_get_irq_data(\1))",
                  simulator.read_text())  # fmt: skip
    header = "#include <linux/irq.h>\n"
    simulator.write_text(text.replace(header, f"{header}#include <linux/irqdesc.h>\n"))
    (build / "Makefile").write_text(MAKEFILE)
    headers = f"/usr/src/linux-headers-{number}"
    run(["chroot", chroot, "make", "-s", "-C", headers, "M=/opt/gpio", "modules"], log)


def _write_initrd(folder: Path) -> None:
    modules = folder / "modules/lib/modules" / release(folder) / "kernel"
    with tempfile.TemporaryDirectory() as made:
        tree = Path(made)
        for name in ("bin", "modules", "proc", "sys", "dev", "lower", "upper", "new"):
            (tree / name).mkdir()
        busybox = shutil.which("busybox")
        if busybox is None:
            raise StepError("no busybox: apt-get install busybox-static")
        shutil.copy(busybox, tree / "bin/busybox")
        (tree / "bin/sh").symlink_to("busybox")
        for name in EARLY:
            packed = (modules / f"{name}.ko.xz").read_bytes()
            (tree / "modules" / f"{Path(name).name}.ko").write_bytes(lzma.decompress(packed))
        shutil.copy(INIT, tree / "init")
        (tree / "init").chmod(0o755)
        names = "\n".join(str(path.relative_to(tree)) for path in sorted(tree.rglob("*")))
        archive = subprocess.run(
            ["cpio", "-o", "-H", "newc", "--quiet"],  # noqa: S607  # Debian's
            cwd=tree,
            input=names.encode(),
            capture_output=True,
            check=True,
        )
        (folder / "initrd").write_bytes(gzip.compress(archive.stdout, compresslevel=1))
