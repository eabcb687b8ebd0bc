"""A provisioned card's first start on the board, by programs that only note their calls."""

import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tools.provisioning.payload import FIRST_BOOT, HERE

NOTE = '#!/bin/sh\necho "$(basename "$0") $*" >>"$LIVESELL_ROOT/calls"\n'


class Board:
    """A root folder with a card at its boot partition, and fakes in front of the system's."""

    def __init__(self, root: Path) -> None:
        self.root, self.card = root, root / "boot/firmware/livesell"
        self.card.mkdir(parents=True)
        for name in FIRST_BOOT:
            shutil.copy(HERE / name, self.card)
        (self.card / "board").write_text("pi5\n")
        (self.card / "node.toml").write_text('node = "booth-12"\n')
        self.said = ""
        self.installs()
        self.program("systemctl")
        self.program("dpkg-query", 'case "$*" in *venv*|*speex*) echo installed;; esac')
        self.program("apt-get")

    def program(self, name: str, then: str = "") -> None:
        path = self.root / "fakes" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"{NOTE}{then}\n")
        path.chmod(0o755)

    def installs(self, then: str = "") -> None:
        """What the bundle's tools/provision does."""
        script = f"{NOTE}{then}\n".encode()
        with tarfile.open(self.card / "bundle.tar.gz", "w:gz") as archive:
            member = tarfile.TarInfo("tools/provision")
            member.size, member.mode = len(script), 0o755
            archive.addfile(member, io.BytesIO(script))

    def start(self) -> tuple[int, list[str]]:
        """The script's exit code, and all calls but those that only ask."""
        (self.root / "calls").write_text("")
        done = subprocess.run(
            ["/bin/sh", self.card / "first-boot.sh"],
            env={"LIVESELL_ROOT": str(self.root),
                 "PATH": f"{self.root}/fakes:{os.environ['PATH']}"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        self.said = done.stdout
        calls = (self.root / "calls").read_text().replace(str(self.root), "").splitlines()
        return done.returncode, [one for one in calls if not one.startswith("dpkg-query")]


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path)


INSTALL = "provision --here --lock-down --board pi5 --node-toml /boot/firmware/livesell/node.toml"


def test_it_installs_what_lacks_and_the_node_and_starts_again(board: Board):
    code, calls = board.start()
    assert code == 0
    assert [one.split()[-1] for one in calls if one.startswith("apt-get")] == [
        "update", "fonts-noto-cjk", "avahi-daemon", "nftables",
        "cage", "xwayland", "libgl1-mesa-dri", "chromium",
    ]  # fmt: skip
    root = f" --root {board.root}".replace(str(board.root), "")
    assert calls[-3:] == [
        f"{INSTALL}{root}",
        "systemctl disable livesell-first-boot.service",
        "systemctl --no-block reboot",
    ]
    assert (board.root / "opt/livesell/bundle/tools/provision").exists()


def test_a_system_of_32_bits_is_refused_before_anything_is_installed(board: Board):
    board.program("getconf", "echo 32")
    assert board.start() == (1, ["getconf LONG_BIT"])
    assert "needs a 64-bit system, this one's programs are of 32 bits" in board.said


def test_it_gives_the_installation_all_that_the_card_carries(board: Board):
    (board.card / "wheels").mkdir()
    (board.card / "software.jwk").write_text("{}")
    (board.card / "console-ca.pem").write_text("-----BEGIN CERTIFICATE-----")
    _, calls = board.start()
    (install,) = (one for one in calls if one.startswith("provision"))
    assert "--software-key /boot/firmware/livesell/software.jwk" in install
    assert "--wheels /boot/firmware/livesell/wheels" in install
    assert (board.root / "etc/livesell/pki/console-ca.pem").stat().st_mode & 0o777 == 0o644


def test_without_a_network_the_node_is_installed_and_the_rest_tried_again(board: Board):
    board.program("apt-get", "exit 100")
    code, calls = board.start()
    assert code == 0
    assert any(one.startswith("provision") for one in calls)
    assert calls[-1] == "systemctl --no-block reboot"
    assert not any("disable" in one for one in calls)
    (board.root / "opt/livesell/current").mkdir()
    board.program("apt-get")
    _, again = board.start()
    assert [one for one in again if not one.startswith("apt-get")] == [
        "systemctl disable livesell-first-boot.service",
        "systemctl --no-block try-restart livesell-kiosk.service",  # and the show goes on
    ]


def test_another_bundle_is_installed_over_the_one_before(board: Board):
    board.start()
    (board.root / "opt/livesell/current").mkdir()
    assert not any(one.startswith("provision") for one in board.start()[1])
    board.installs("true")
    assert any(one.startswith("provision") for one in board.start()[1])


def test_the_browser_has_another_name_on_the_older_system(board: Board):
    board.program("apt-get", '[ "${*%chromium}" = "$*" ]')  # fails where "chromium" comes last
    _, calls = board.start()
    assert [one.split()[-1] for one in calls if "chromium" in one] == [
        "chromium",
        "chromium-browser",
    ]
    assert "systemctl disable livesell-first-boot.service" in calls


def test_an_installation_that_fails_is_tried_again(board: Board):
    board.installs("exit 1")
    code, calls = board.start()
    assert code == 1  # the unit's Restart=on-failure
    assert not any("disable" in one or "reboot" in one for one in calls)
    board.installs()
    assert board.start()[0] == 0


def test_a_bundle_cut_off_takes_nothing_away(board: Board):
    board.start()
    whole = (board.card / "bundle.tar.gz").read_bytes()
    (board.card / "bundle.tar.gz").write_bytes(whole[: len(whole) // 2])
    assert board.start()[0] != 0
    assert (board.root / "opt/livesell/bundle/tools/provision").exists()
