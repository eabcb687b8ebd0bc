"""A root that is never written: what must be kept moves to a partition of its own."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tools.provisioning.boards import CHECKOUT
from tools.provisioning.changes import Change
from tools.provisioning.refusals import Refusal

SOURCE: Final = CHECKOUT / "firmware_config/read-only-root"
STATE: Final = Path("srv/livesell")
KEPT: Final = {"etc": "etc/livesell", "opt": "opt/livesell", "state": "var/lib/livesell"}
OVERLAYROOT: Final = "usr/sbin/overlayroot-chroot"
BEGIN: Final = "# >>> livesell: read-only root"
END: Final = "# <<< livesell"
_BLOCK: Final = re.compile(rf"^{BEGIN}.*?^{END}\n?", re.MULTILINE | re.DOTALL)


def judge(root: Path) -> None:
    """Raises `Refusal` without the partition, mounted, or without the package that does it."""
    if not os.path.ismount(root / STATE):
        raise Refusal("no_state_partition", place=root / STATE)
    if not (root / OVERLAYROOT).exists():
        raise Refusal("no_overlayroot")


def changes(root: Path) -> Iterator[Change]:
    """The files that make it so from the next start on."""
    fstab = root / "etc/fstab"
    before = fstab.read_text(encoding="utf-8") if fstab.is_file() else ""
    rest = _BLOCK.sub("", before)
    newline = "" if not rest or rest.endswith("\n") else "\n"
    lines = (SOURCE / "fstab").read_text(encoding="utf-8")
    yield Change(fstab, f"{rest}{newline}{BEGIN}\n{lines}{END}\n".encode())
    for name, place in (
        ("overlayroot.local.conf", "etc"),
        ("60-livesell-read-only.conf", "etc/systemd/journald.conf.d"),
    ):
        yield Change(root / place / name, (SOURCE / name).read_bytes())


def keep(root: Path) -> None:
    """Copy what is to be kept to the partition, where it is not there yet; owners and modes too."""
    for name, place in KEPT.items():
        to = root / STATE / name
        if to.exists():
            continue
        new = to.with_name(f"{name}.new")
        shutil.rmtree(new, ignore_errors=True)
        shutil.copytree(root / place, new, symlinks=True)
        for path in (new, *new.rglob("*")):
            facts = (root / place / path.relative_to(new)).lstat()
            os.chown(path, facts.st_uid, facts.st_gid, follow_symlinks=False)
        os.sync()
        new.rename(to)
    os.sync()
