"""The units keep what they promise: systemd has nothing to say, and little is left open."""

import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from node.__main__ import EXIT_CONFIG
from node.config import WebConfig
from tools.provisioning.units import (
    EXPOSURE_LIMIT,
    UNITS,
    all_units,
    exposure,
    faults,
    is_able,
    unit_files,
)

judged = pytest.mark.skipif(not is_able(), reason="systemd-analyze is not here")
pytestmark = pytest.mark.timeout(300)
NODE = UNITS / "livesell.service"
NAMES = {
    *("livesell.service", "livesell-kiosk.service", "livesell-rollback.service"),
    "livesell-firewall.service",
    *("livesell-update.service", "livesell-update.path", "livesell-update.timer"),
}


def changed(to: Path, unit: Path, old: str, new: str) -> Path:
    """A copy of a unit with one thing changed."""
    text = unit.read_text(encoding="utf-8")
    assert old in text
    copy = to / unit.name
    copy.write_text(text.replace(old, new), encoding="utf-8")
    return copy


def value_of(unit: Path, key: str) -> str:
    found = re.search(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None
    return found[1]


@judged
def test_systemd_has_nothing_to_say_about_the_units():
    assert {path.name for path in unit_files()} == NAMES
    assert list(faults(all_units())) == []


@judged
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("RestartSec=2", "RestartSecs=2", "RestartSecs"),
        ("WatchdogSec=30", "WatchdogSec=soon", "soon"),
        ("ExecStart=/opt/livesell", "ExecStart=/opt/livesel", "is not executable"),
        ("After=network.target", "After=network.targets", "network.targets"),
    ],
)
def test_a_slip_in_a_unit_is_found(tmp_path: Path, old: str, new: str, said: str):
    units = [one for one in unit_files() if one != NODE]
    wrong = list(faults([*units, changed(tmp_path, NODE, old, new)]))
    assert any(said in line for line in wrong)


@judged
def test_little_of_the_machine_is_open_to_the_node(tmp_path: Path):
    assert exposure(NODE) < EXPOSURE_LIMIT
    wide = changed(tmp_path, NODE, "SystemCallFilter=", "# ")
    assert exposure(wide) > exposure(NODE)


def test_each_exception_from_the_sandbox_says_why():
    text = NODE.read_text(encoding="utf-8")
    for left_out in ("ProtectClock", "PrivateNetwork", "IPAddressDeny", "PrivateDevices",
                     "ProcSubset", "PrivateUsers", "RootDirectory"):  # fmt: skip
        assert re.search(rf"^# .*{left_out}=", text, re.MULTILINE), left_out
        assert not re.search(rf"^{left_out}=", text, re.MULTILINE), left_out


def test_a_wrong_configuration_is_not_started_again_and_all_else_is():
    assert value_of(NODE, "RestartPreventExitStatus") == str(EXIT_CONFIG)
    assert value_of(NODE, "Restart") == "always"


def rolled_back(
    root: Path, exit_status: str = "1", key: str = "ExecStart", unit: str = "rollback"
) -> list[str]:
    """What a line of one of root's units does in a root of our own, by its calls."""
    line = value_of(UNITS / f"livesell-{unit}.service", key)
    script = re.fullmatch(r"/bin/sh -c '(.*)'", line)
    assert script is not None
    calls = root / "calls"
    calls.write_text("")
    subprocess.run(
        ["/bin/sh", "-c", script[1].replace("$$", "$").replace("/opt", f"{root}/opt")],
        env={"PATH": f"{root}/bin:/usr/bin:/bin", "MONITOR_EXIT_STATUS": exit_status},
        check=False,
    )
    return calls.read_text().split("\n")[:-1]


def program(path: Path, code: int = 0) -> None:
    """A program that notes how it was called."""
    path.parent.mkdir(parents=True, exist_ok=True)
    root = next(one for one in path.parents if (one / "calls").exists())
    path.write_text(f'#!/bin/sh\necho "{path.relative_to(root)} $*" >>{root}/calls\nexit {code}\n')
    path.chmod(0o755)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "calls").touch()
    return tmp_path


def test_the_release_before_is_asked_first_to_come_back(root: Path):
    program(root / "opt/livesell/current/bin/livesell")
    assert rolled_back(root) == ["opt/livesell/current/bin/livesell update rollback"]
    program(root / "opt/livesell/previous/bin/livesell")
    assert rolled_back(root) == ["opt/livesell/previous/bin/livesell update rollback"]
    program(root / "opt/livesell/previous/bin/livesell", code=1)
    assert [call.split("/")[2] for call in rolled_back(root)] == ["previous", "current"]


def test_a_release_that_cannot_end_its_own_trial_has_it_ended_by_the_one_before(root: Path):
    for name in ("current", "previous"):
        program(root / f"opt/livesell/{name}/bin/livesell")
    applied = "opt/livesell/%s/bin/livesell update apply"
    assert rolled_back(root, unit="update") == [applied % "current"]
    program(root / "opt/livesell/current/bin/livesell", code=1)
    assert rolled_back(root, unit="update") == [applied % "current", applied % "previous"]


@pytest.mark.parametrize("unit", ["livesell", "livesell-update", "livesell-rollback"])
def test_root_loads_nothing_of_python_that_the_node_may_have_left_at_home(
    tmp_path: Path, unit: str
):
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    base = Path(sys.base_prefix) / "bin" / version
    venv = ["-I", "-m", "venv", "--without-pip", "--system-site-packages", tmp_path / "release"]
    subprocess.run([base, *venv], check=True)
    left = tmp_path / "home/.local/lib" / version / "site-packages/left.pth"
    left.parent.mkdir(parents=True)
    left.write_text(f"import pathlib; pathlib.Path({str(tmp_path / 'ran')!r}).touch()\n")
    text = (UNITS / f"{unit}.service").read_text(encoding="utf-8")
    lines = re.findall(r"^Environment=(.*)$", text, re.MULTILINE)
    environ = dict(word.split("=", 1) for line in lines for word in line.split())
    for is_safe in (True, False):  # without the unit's word it does run: the test is one
        (tmp_path / "ran").unlink(missing_ok=True)
        subprocess.run(
            [tmp_path / "release/bin/python", "-c", ""], check=True,
            env={"HOME": str(tmp_path / "home"), **(environ if is_safe else {})},
        )  # fmt: skip
        assert (tmp_path / "ran").exists() != is_safe


@pytest.mark.parametrize("unit", ["livesell", "livesell-update", "livesell-rollback"])
def test_nothing_works_on_what_lies_below_a_mount_that_is_missing(unit: str):
    needed = value_of(UNITS / f"{unit}.service", "RequiresMountsFor").split()
    assert {"/opt/livesell", "/var/lib/livesell"} <= set(needed)


def test_a_node_that_failed_for_good_is_started_afresh_after_a_pause(root: Path):
    for name, code in (("systemctl", 0), ("sleep", 0)):
        program(root / "bin" / name, code)
    assert rolled_back(root, key="ExecStopPost") == [
        "bin/sleep 60",
        "bin/systemctl -q is-failed livesell.service",
        "bin/systemctl reset-failed livesell.service",
        "bin/systemctl --no-block start livesell.service",
    ]
    assert rolled_back(root, "78", key="ExecStopPost") == []


KIOSK_PAGE = "http://127.0.0.1:%d/kiosk"


def test_the_kiosk_waits_for_the_node_and_begins_with_an_empty_profile(root: Path):
    program(root / "bin/chromium")
    (root / "home/profile").mkdir(parents=True)
    (root / "home/profile/broken").touch()
    with socket.create_server(("127.0.0.1", 0)) as node:
        port = node.getsockname()[1]
        subprocess.run(
            [UNITS / "kiosk"],
            env={"PATH": f"{root}/bin:{os.environ['PATH']}", "HOME": str(root / "home"),
                 "KIOSK_PORT": str(port), "KIOSK_FLAGS": "--force-device-scale-factor=2"},
            check=True, timeout=120,
        )  # fmt: skip
    called = (root / "calls").read_text()
    assert called.endswith(f"--force-device-scale-factor=2 {KIOSK_PAGE % port}\n")
    assert f"--user-data-dir={root}/home/profile " in called
    assert not (root / "home/profile/broken").exists()


KIOSK = UNITS / "livesell-kiosk.service"


def test_the_screens_session_keeps_its_folder_below_run_user():
    text = KIOSK.read_text(encoding="utf-8")
    assert value_of(KIOSK, "PAMName") == "livesell-kiosk"
    # systemd.exec(5): ProtectHome= makes /home, /root and /run/user inaccessible or read-only.
    assert not re.search(r"^ProtectHome=", text, re.MULTILINE)


@pytest.mark.parametrize("unit", [NODE, KIOSK])
def test_the_wireless_key_on_the_boot_partition_is_closed_to_what_faces_the_booth(unit: Path):
    assert "-/boot" in value_of(unit, "InaccessiblePaths").split()


def test_a_board_that_starts_from_a_usb_disk_finds_it():
    rules = (UNITS.parent / "firmware_config/udev/70-livesell.rules").read_text(encoding="utf-8")
    assert "SYSTEMD_READY" not in rules


FIREWALL = UNITS.parent / "firmware_config/firewall/livesell.nft"


def test_the_firewall_lets_in_what_the_node_serves():
    rules = FIREWALL.read_text(encoding="utf-8")
    assert f"tcp dport {{ 22, {WebConfig().port} }} accept" in rules
    assert "policy drop" in rules


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nft"), reason="needs root and nft")
def test_the_firewall_is_one_that_nft_reads():
    words = [shutil.which("nft") or "", "--check", "--file", str(FIREWALL)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd-sysusers here")
def test_users_and_folders_can_be_made(tmp_path: Path):
    if os.geteuid() != 0:
        pytest.skip("only root may own folders for others")
    for folder in ("etc", "var/lib", "opt"):
        (tmp_path / folder).mkdir(parents=True)
    for tool, place in (("sysusers", "sysusers.d"), ("tmpfiles", "tmpfiles.d")):
        words = ["--create"] if tool == "tmpfiles" else []
        done = subprocess.run(
            [f"systemd-{tool}", f"--root={tmp_path}", *words, UNITS / place / "livesell.conf"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    shadow = (tmp_path / "etc/shadow").read_text()
    assert re.search(r"^livesell:!\*?:", shadow, re.MULTILINE)
    assert (tmp_path / "etc/livesell/secrets").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var/lib/livesell").stat().st_uid != 0
