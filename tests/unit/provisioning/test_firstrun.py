"""The orders for a first start of Raspberry Pi OS 12: firstrun.sh."""

import dataclasses
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.provisioning.conftest import (
    PSK,
    SSH_KEY,
    MakeCard,
    provision,
    undo,
)
from tools.provisioning.firstrun import firstrun_script
from tools.provisioning.wish import Wifi, Wish


@pytest.mark.parametrize(
    ("ssid", "written"), [(r"a\b", "97;92;98;"), ("  a b", "32;32;97;32;98;"), ("-h", "45;104;")]
)
def test_a_networks_name_arrives_through_the_older_systems_file(
    wish: Wish, ssid: str, written: str
):
    script = firstrun_script(dataclasses.replace(wish, wifi=Wifi(ssid, "CN", PSK)))
    assert f" '{written}' " in script


@pytest.fixture
def booted(make_card: MakeCard, wish: Wish, tmp_path: Path) -> Path:
    """A root folder with the card as its boot partition and programs that note their calls."""
    root = tmp_path / "root"
    (root / "boot").mkdir(parents=True)
    (root / "etc/systemd/system").mkdir(parents=True)
    card = make_card("os12")
    provision(card, wish)
    shutil.move(card, root / "boot/firmware")
    for name in ("usr/lib/raspberrypi-sys-mods/imager_custom", "usr/lib/userconf-pi/userconf",
                 "bin/systemctl"):  # fmt: skip
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            "#!/bin/sh\n"
            'printf "%s" "$(basename "$0")" >>"$LIVESELL_ROOT/calls"\n'
            'for one in "$@"; do printf "|%s" "$one" >>"$LIVESELL_ROOT/calls"; done\n'
            'echo >>"$LIVESELL_ROOT/calls"\n'
            '[ "$1" != set_timezone ]\n'
        )
        path.chmod(0o755)
    return root


def first_run(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", root / "boot/firmware/firstrun.sh"],
        env={"LIVESELL_ROOT": str(root), "PATH": f"{root}/bin:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_first_run_sets_up_and_takes_itself_off_the_command_line(booted: Path):
    boot = booted / "boot/firmware"
    assert "systemd.run=/boot/firmware/firstrun.sh" in (boot / "cmdline.txt").read_text()
    done = first_run(booted)
    assert (done.returncode, done.stderr) == (0, "livesell firstrun: failed (1): "
                                              f"{booted}/usr/lib/raspberrypi-sys-mods/"
                                              "imager_custom set_timezone\n")  # fmt: skip
    assert (booted / "calls").read_text().splitlines() == [
        "imager_custom|set_hostname|booth-12",
        "userconf|field|!",
        f"imager_custom|enable_ssh|-k|{SSH_KEY}",
        f'imager_custom|set_wlan|三号馆 "A"|{PSK}|CN',
        "imager_custom|set_timezone|Asia/Shanghai",
        "systemctl|enable|livesell-first-boot.service",
    ]
    line = (boot / "cmdline.txt").read_text()
    assert "systemd." not in line
    assert len(line.splitlines()) == 1
    assert "panic=10" in line
    assert not (boot / "firstrun.sh").exists()
    assert (booted / "etc/systemd/system/livesell-first-boot.service").is_file()


def test_a_card_that_has_started_can_still_be_taken_back(booted: Path):
    first_run(booted)
    boot = booted / "boot/firmware"
    undo(boot)
    assert (boot / "config.txt").read_bytes() == (
        Path(__file__).parents[2] / "vectors/boot/os12/config.txt"
    ).read_bytes()
    assert (boot / "cmdline.txt").read_text().split()[0] == "console=serial0,115200"
    assert not (boot / "livesell/undo.json").exists()


def test_no_word_of_a_wish_is_run_by_the_shell(wish: Wish, tmp_path: Path):
    evil = dataclasses.replace(wish, wifi=Wifi("'; touch evil; $(touch evil) `x`", "CN", PSK))
    script = firstrun_script(evil)
    path = tmp_path / "firstrun.sh"
    path.write_text(script)
    done = subprocess.run(["/bin/sh", "-n", path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (line,) = [line for line in script.splitlines() if "set_wlan" in line]
    said = subprocess.run(
        ["/bin/sh", "-c", line.replace('try "$mods"', "printf '%s\\n'")],
        capture_output=True, text=True, check=True, cwd=tmp_path,
    ).stdout  # fmt: skip
    assert said.splitlines() == ["set_wlan", evil.wifi.ssid, PSK, "CN"]
    assert not (tmp_path / "evil").exists()


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not here")
def test_the_script_is_sound(wish: Wish, tmp_path: Path):
    path = tmp_path / "firstrun.sh"
    path.write_text(firstrun_script(wish))
    done = subprocess.run(
        [shutil.which("shellcheck") or "", path], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
