"""The emulated machine's kernel: Debian 13's own, simulated devices built for it, a first root.

Debian's kernel has neither gpio-sim nor the interrupt simulator it stands on (`irq_to_desc` is not
exported to modules, its inline twin is), neither vicodec nor the memory-to-memory queues below it:
each pair is built from Debian's own source as one module.
"""

import gzip
import lzma
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Module:
    """A module that Debian's kernel lacks: where its sources lie in Linux, what is linked."""

    name: str
    sources: re.Pattern[str]
    objects: str

    @property
    def makefile(self) -> str:
        """For the kernel's build system."""
        linked = f"obj-m := {self.name}.o\n{self.name}-y := {self.objects}\n"
        return f"{linked}ccflags-y += -I$(src)\n"


MODULES = (
    Module(
        "gpio-sim-booth",
        re.compile(r"[^/]+/(drivers/gpio/(gpio-sim\.c|[^/]+\.h)|kernel/irq/irq_sim\.c)$"),
        "gpio-sim.o irq_sim.o",
    ),
    Module(
        "vicodec-booth",
        re.compile(
            r"[^/]+/drivers/media/(test-drivers/vicodec/[^/]+\.[ch]|v4l2-core/v4l2-mem2mem\.c)$"
        ),
        "vicodec-core.o codec-fwht.o codec-v4l2-fwht.o v4l2-mem2mem.o",
    ),
)


def prepare(folder: Path, log: Path) -> str:
    """Make `vmlinuz`, `initrd` and the tree `modules` in `folder`, unless they are there.

    Raises:
        StepError: packages could not be had, or the module does not build.
    """
    with alone():
        if not _is_whole(folder):
            _build(folder, log)
            state = "made"
        else:
            state = "kept from before"
        _write_initrd(folder)
    return f"{state}: Linux {release(folder)}"


def release(folder: Path) -> str:
    """The kernel's release, as `uname -r` tells it."""
    return next((folder / "modules/lib/modules").iterdir()).name


def _is_whole(folder: Path) -> bool:
    built = folder / "modules/lib/modules"
    return (folder / "vmlinuz").exists() and all(
        any(built.glob(f"*/updates/{module.name}.ko")) for module in MODULES
    )


def _build(folder: Path, log: Path) -> None:
    chroot = folder / "build"
    shutil.rmtree(chroot, ignore_errors=True)
    run(
        ["mmdebstrap", "--variant=apt", "--mode=root", f"--include={','.join(PACKAGES)}",
         RELEASE, chroot, f"deb {mirror(log)} {RELEASE} main"],
        log,
    )  # fmt: skip
    number = next((chroot / "usr/lib/modules").iterdir()).name
    build_modules(chroot, number, log)
    modules = folder / "modules"
    shutil.rmtree(modules, ignore_errors=True)
    there = modules / "lib/modules" / number
    shutil.copytree(chroot / "usr/lib/modules" / number, there, symlinks=True)
    (there / "updates").mkdir()
    for module in MODULES:
        shutil.copy(chroot / f"opt/{module.name}/{module.name}.ko", there / "updates")
    run(["depmod", "-b", modules, number], log)
    shutil.copy(chroot / f"boot/vmlinuz-{number}", folder / "vmlinuz")
    shutil.rmtree(chroot)


def build_modules(chroot: Path, number: str, log: Path) -> None:
    """Build every module of `MODULES` in `/opt` of a root that has the packages above.

    Raises:
        StepError: there is no source, or one does not build.
    """
    archive = next((chroot / "usr/src").glob("linux-source-*.tar.xz"), None)
    if archive is None:
        raise StepError("linux-source brought no archive")
    _unpack(archive, chroot / "opt")
    simulator = chroot / "opt/gpio-sim-booth/irq_sim.c"
    text = re.sub(r"irq_to_desc\((\w+)\)", r"irq_data_to_desc(irq_get_irq_data(\1))",
                  simulator.read_text())  # fmt: skip
    header = "#include <linux/irq.h>\n"
    simulator.write_text(text.replace(header, f"{header}#include <linux/irqdesc.h>\n"))
    # Both files of the one module have a parameter "debug", of which a module may have one.
    queues = chroot / "opt/vicodec-booth/v4l2-mem2mem.c"
    queues.write_text(re.sub(r"(?m)^module_param\(debug,.*\n", "", queues.read_text()))
    headers = f"/usr/src/linux-headers-{number}"
    for module in MODULES:
        there = f"/opt/{module.name}"
        run(["chroot", chroot, "make", "-s", "-C", headers, f"M={there}", "modules"], log)


def _unpack(archive: Path, into: Path) -> None:
    """The sources of all modules, each in a folder of its name; the archive is read once."""
    for module in MODULES:
        (into / module.name).mkdir(parents=True, exist_ok=True)
        (into / module.name / "Makefile").write_text(module.makefile)
    with tarfile.open(archive) as source:
        for member in source:
            wanted = [one for one in MODULES if one.sources.match(member.name)]
            if wanted and (content := source.extractfile(member)):
                (into / wanted[0].name / Path(member.name).name).write_bytes(content.read())


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
