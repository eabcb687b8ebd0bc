"""A root that is never written."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.provisioning import read_only
from tools.provisioning.changes import make
from tools.provisioning.refusals import Refusal

FSTAB = "PARTUUID=4a3e915f-02 / ext4 defaults,noatime 0 1\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for folder in ("etc/livesell/secrets", "opt/livesell/releases/a-1", "var/lib/livesell", "srv"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/fstab").write_text(FSTAB)
    (tmp_path / "etc/livesell/secrets/operator_token").write_text("secret")
    (tmp_path / "etc/livesell/secrets/operator_token").chmod(0o600)
    (tmp_path / "opt/livesell/current").symlink_to("releases/a-1")
    (tmp_path / "srv/livesell").mkdir()
    return tmp_path


def test_it_needs_its_partition_and_the_package(root: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(Refusal, match="no_state_partition"):
        read_only.judge(root)
    monkeypatch.setattr(read_only.os.path, "ismount", lambda path: path == root / "srv/livesell")
    with pytest.raises(Refusal, match="no_overlayroot"):
        read_only.judge(root)
    (root / "usr/sbin").mkdir(parents=True)
    (root / "usr/sbin/overlayroot-chroot").touch()
    read_only.judge(root)


def test_the_mounts_are_added_once_and_all_else_stays(root: Path):
    assert make(read_only.changes(root)) == 3
    assert make(read_only.changes(root)) == 0
    fstab = (root / "etc/fstab").read_text()
    assert fstab.startswith(FSTAB)
    assert fstab.count("LABEL=livesell-state") == 1
    assert 'overlayroot="tmpfs:recurse=0"' in (root / "etc/overlayroot.local.conf").read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root keeps owners")
def test_what_must_be_kept_is_moved_whole_and_only_once(root: Path):
    os.chown(root / "var/lib/livesell", 1234, 1234)
    read_only.keep(root)
    state = root / "srv/livesell"
    assert (state / "etc/secrets/operator_token").stat().st_mode & 0o777 == 0o600
    assert (state / "opt/current").readlink() == Path("releases/a-1")
    assert (state / "state").stat().st_uid == 1234
    (root / "etc/livesell/secrets/operator_token").write_text("older")
    read_only.keep(root)
    assert (state / "etc/secrets/operator_token").read_text() == "secret"


def test_without_the_partition_the_machine_starts_and_the_node_does_not(root: Path):
    mounts = [line.split() for line in (read_only.SOURCE / "fstab").read_text().splitlines()
              if not line.startswith("#")]  # fmt: skip
    assert all("nofail" in options.split(",") for _, _, _, options, *_ in mounts)
    unit = (read_only.SOURCE.parents[1] / "systemd/livesell.service").read_text()
    (needed,) = [line for line in unit.splitlines() if line.startswith("RequiresMountsFor=")]
    places = {place for _, place, *_ in mounts} - {"/srv/livesell"}
    assert set(needed.partition("=")[2].split()) == places


@pytest.mark.skipif(shutil.which("findmnt") is None, reason="findmnt is not here")
def test_the_mounts_are_ones_that_the_system_reads(root: Path):
    make(read_only.changes(root))
    words = [shutil.which("findmnt") or "", "--tab-file", str(root / "etc/fstab"), "--noheadings"]
    listed = subprocess.run([*words, "--output", "TARGET,FSTYPE"], capture_output=True, text=True,
                            check=True).stdout  # fmt: skip
    found = [line.split()[-2:] for line in listed.splitlines()]
    targets = {target.lstrip("├─└│ ") for target, _ in found}
    assert targets >= {"/srv/livesell", "/etc/livesell", "/opt/livesell", "/var/lib/livesell"}
