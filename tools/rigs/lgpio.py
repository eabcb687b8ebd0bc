"""lgpio for Python 3.13, built in a root: PyPI has no wheel, Debian 13 no package.

Raspberry Pi OS has one (python3-lgpio). The sdist carries the C library: with PYPI=1 it is linked
in, which needs no more than swig and a compiler.
"""

import shutil
import sys
import tarfile
from pathlib import Path

from tools.rigs.commands import run
from tools.rigs.place import alone
from tools.rigs.report import StepError

PACKAGES = ("gcc", "libc6-dev", "python3-dev", "python3-setuptools", "swig")
VERSION = "0.2.2.0"


def build(root: Path, site: Path, log: Path) -> None:
    """Put `lgpio` and its compiled half into `site`, a folder of the root `root`.

    Raises:
        StepError: the source could not be had or does not compile.
    """
    with alone():
        if any(site.glob("_lgpio*.so")):
            return
        build = root / "opt/rig/lgpio"
        shutil.rmtree(build, ignore_errors=True)
        build.mkdir(parents=True)
        run(
            [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q",
             "--no-deps", "--no-binary", ":all:", "--dest", build, f"lgpio=={VERSION}"],
            log,
        )  # fmt: skip
        archive = next(build.glob("*.tar.gz"), None)
        if archive is None:
            raise StepError(f"pip brought no source of lgpio {VERSION}")
        with tarfile.open(archive) as source:
            source.extractall(build, filter="data")
        inside = f"/opt/rig/lgpio/{archive.name.removesuffix('.tar.gz')}"
        build_it = "cd {} && PYPI=1 python3 setup.py -q build --build-lib /opt/rig/lgpio/built"
        run(["chroot", root, "sh", "-c", build_it.format(inside)], log)
        for made in (build / "built").iterdir():
            shutil.copy2(made, site)
        shutil.rmtree(build)
