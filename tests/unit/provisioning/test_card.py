"""A stock card becomes a node's, and a stock card again."""

import dataclasses
import os
import re
import shlex
import shutil
import subprocess
import tarfile
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from node.cli.texts import Texts
from tests.unit.provisioning.conftest import CARRIED, PSK, SSH_KEY, snapshot
from tools.provisioning import boottree
from tools.provisioning import changes as changes_module
from tools.provisioning import payload as payload_module
from tools.provisioning.__main__ import LOCALES, main
from tools.provisioning.boards import load_board
from tools.provisioning.boottree import judge_board, judge_room, open_tree
from tools.provisioning.card import provisioned, undone
from tools.provisioning.changes import make, needed_bytes, told
from tools.provisioning.cloud import cloud_files, instance
from tools.provisioning.firstrun import firstrun_script
from tools.provisioning.parser import build
from tools.provisioning.payload import payload
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wifi, Wish

MakeCard = Callable[[str], Path]


def provision(card: Path, wish: Wish, board: str = "pi5", wheels: Path | None = None) -> int:
    tree = open_tree(card)
    return make(list(provisioned(tree, load_board(board), wish, payload(card, wheels))))


def undo(card: Path) -> int:
    return make(list(undone(open_tree(card))))


@pytest.mark.parametrize("system", ["os12", "os13"])
@pytest.mark.parametrize("board", ["pi3", "pi4", "pi5", "cm4", "zero2w"])
def test_what_is_taken_back_is_the_stock_card(make_card: MakeCard, wish, system, board):
    card = make_card(system)
    stock = snapshot(card)
    assert provision(card, wish, board) > 8
    assert snapshot(card) != stock
    assert undo(card) > 8
    assert snapshot(card) == stock


@pytest.mark.parametrize("system", ["os12", "os13"])
def test_a_second_time_nothing_changes(make_card: MakeCard, wish, system):
    card = make_card(system)
    provision(card, wish)
    before = snapshot(card)
    assert provision(card, wish) == 0
    assert snapshot(card) == before


def test_another_wish_takes_the_place_and_the_stock_card_still_comes_back(
    make_card: MakeCard, wish
):
    card = make_card("os13")
    stock = snapshot(card)
    provision(card, wish)
    provision(card, dataclasses.replace(wish, node="booth-13", wifi=None))
    assert "booth-12" not in (card / "cmdline.txt").read_text()
    assert (card / "cmdline.txt").read_text().count("ds=nocloud") == 1
    assert PSK not in (card / "network-config").read_text()
    undo(card)
    assert snapshot(card) == stock


def test_a_card_for_another_board_is_refused(make_card: MakeCard, wish):
    card = make_card("os13")
    provision(card, wish, "pi4")
    before = snapshot(card)
    with pytest.raises(Refusal, match="other_board"):
        provision(card, wish, "pi5")
    assert snapshot(card) == before


def test_a_system_that_does_not_know_the_board_is_refused(make_card: MakeCard):
    card = make_card("os12")
    (card / "bcm2712-rpi-5-b.dtb").unlink()
    with pytest.raises(Refusal, match="board_unknown_to_card"):
        judge_board(open_tree(card), load_board("pi5"))
    with pytest.raises(Refusal, match="board_has_no_card"):
        judge_board(open_tree(card), load_board("jetson-orin"))


def test_no_other_folder_is_taken_for_a_boot_partition(make_card: MakeCard, tmp_path: Path):
    with pytest.raises(Refusal, match="no_folder"):
        open_tree(tmp_path / "gone")
    with pytest.raises(Refusal, match="no_boot_tree"):
        open_tree(tmp_path)
    card = make_card("os13")
    (card / "issue.txt").write_text("Ubuntu\n")
    with pytest.raises(Refusal, match=re.escape("issue.txt")):
        open_tree(card)


def test_what_was_never_done_cannot_be_taken_back(make_card: MakeCard):
    with pytest.raises(Refusal, match="not_ours"):
        undo(make_card("os13"))


def test_a_full_or_read_only_card_is_refused_before_anything_is_written(
    make_card: MakeCard, wish, monkeypatch: pytest.MonkeyPatch
):
    tree = open_tree(make_card("os13"))
    stock = snapshot(tree.folder)
    needed = needed_bytes(
        list(provisioned(tree, load_board("pi5"), wish, payload(tree.folder, None)))
    )
    assert needed > 5000
    judge_room(tree, needed)
    facts = os.statvfs(tree.folder)
    told = {"full": (2, facts.f_flag), "read_only": (facts.f_bavail, os.ST_RDONLY)}
    for code, (blocks, flag) in told.items():
        values = list(facts)[:10]
        values[4], values[8] = blocks, flag
        monkeypatch.setattr(boottree.os, "statvfs", lambda _, v=tuple(values): os.statvfs_result(v))
        with pytest.raises(Refusal, match=code):
            judge_room(tree, needed)
    assert snapshot(tree.folder) == stock


def test_a_check_tells_all_but_secrets_and_changes_nothing(
    make_card: MakeCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    stock, password = snapshot(card), tmp_path / "password"
    password.write_text("correct horse\n")
    words = [str(card), "--board", "pi5", "--node", "booth-12", "--wifi", "hall", "--country", "CN",
             "--wifi-password-file", str(password), "--check", "--lang", "en"]  # fmt: skip
    assert main(words) == 0
    out = capsys.readouterr().out
    assert snapshot(card) == stock
    assert "+dtparam=watchdog=on" in out
    assert "+++ network-config: " in out
    assert "nothing was changed" in out
    assert "correct horse" not in out
    assert not re.search("[0-9a-f]{64}", out)


def test_the_whole_command_makes_a_card_and_its_label(
    make_card: MakeCard, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    card, key = make_card("os13"), tmp_path / "id.pub"
    key.write_text(f"# mine\n{SSH_KEY}\n")
    label = tmp_path / "label.html"
    words = [str(card), "--board", "zero2w", "--node", "booth-12", "--ssh-key", str(key),
             "--console", "https://fleet.example.com:8090/", "--label", str(label)]  # fmt: skip
    assert main([*words, "--lang", "zh"]) == 0
    assert "入队码" in capsys.readouterr().out
    table = tomllib.loads((card / "livesell/node.toml").read_text())
    assert table["enrol"] == {"console": "https://fleet.example.com:8090"}
    page = label.read_text()
    assert "http://booth-12.local:8080/" in page
    assert "<svg" in page
    assert (card / "livesell/board").read_text() == "zero2w\n"
    assert main([str(card), "--undo"]) == 0


def test_a_label_that_cannot_be_written_is_said_in_one_line(
    make_card: MakeCard, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    words = [str(card), "--board", "pi5", "--node", "a", "--label", f"{card}/none/a.html"]
    assert main([*words, "--lang", "en"]) == 1
    err = capsys.readouterr().err
    assert "none/a.html: No such file" in err
    assert len(err.splitlines()) == 1


def test_passwords_of_another_tools_orders_are_kept_and_never_shown(
    make_card: MakeCard, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    (card / "network-config").write_text("wifis: {password: of-another-tool}\n")
    stock = snapshot(card)
    words = [str(card), "--board", "pi5", "--node", "a", "--lang", "en"]
    assert main([*words, "--check"]) == 0
    assert "of-another-tool" not in capsys.readouterr().out
    assert main(words) == 0
    assert main([str(card), "--undo"]) == 0
    assert snapshot(card) == stock
    assert not (card / "livesell").exists()


def test_line_ends_of_another_system_stay_as_they_are(make_card: MakeCard, wish: Wish):
    card = make_card("os13")
    config = card / "config.txt"
    config.write_bytes(config.read_bytes().replace(b"\n", b"\r\n"))
    (card / "user-data").write_bytes(b"#cloud-config\r\n")
    stock = snapshot(card)
    provision(card, wish)
    undo(card)
    assert snapshot(card) == stock


@pytest.mark.parametrize(("ssid", "written"), [(r"a\b", r"a\\b"), ("  a b", r"\s\sa b")])
def test_a_networks_name_arrives_through_the_older_systems_file(
    wish: Wish, ssid: str, written: str
):
    script = firstrun_script(dataclasses.replace(wish, wifi=Wifi(ssid, "CN", PSK)))
    assert f" '{written}' " in script


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "needed: BOOT"),
        (["{card}"], "needed: --board"),
        (["{card}", "--board", "pi5"], "needed: --node"),
        (["{card}", "--board", "pi9", "--node", "a"], "no board 'pi9'"),
        (["{card}", "--board", "pi5", "--node", "A"], "--node 'A'"),
        (["{card}", "--undo"], "was not made up by this tool"),
        (["{card}/none", "--board", "pi5", "--node", "a"], "is the card mounted?"),
        (["{card}/issue.txt", "--board", "pi5", "--node", "a"], "no image of a card"),
        (["{card}", "--board", "pi5", "--node", "a", "--wheels", "{card}"], "no wheels in it"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "a\udcff"], "--wifi 'a\\udcff'"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "a\nb"], "--wifi 'a\\nb'"),
        (["{card}", "--board", "pi5", "--node", "a", "--wifi", "hall"], "--country ''"),
        (["{card}", "--board", "pi5", "--node", "a", "--console", "https://a\udcff"], "--console"),
        (
            [
                "{card}",
                "--board",
                "pi5",
                "--node",
                "a",
                "--wifi",
                "hall",
                "--country",
                "CN",
                "--wifi-password-file",
                "/dev/null",
            ],
            "8 to 63 letters",
        ),
    ],
)
def test_what_is_refused_is_said_in_one_line_and_changes_nothing(
    make_card: MakeCard, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
):
    card = make_card("os13")
    stock = snapshot(card)
    assert main([*(word.format(card=card) for word in words), "--lang", "en"]) == 1
    err = capsys.readouterr().err
    assert said in err
    assert len(err.splitlines()) == 1
    assert snapshot(card) == stock


def test_both_languages_have_the_same_words():
    folder = Path(boottree.__file__).with_name("locales")
    en, zh = (tomllib.loads((folder / f"{one}.toml").read_text()) for one in ("en", "zh"))

    def shape(table: dict) -> dict:
        return {
            key: shape(value) if isinstance(value, dict) else sorted(re.findall(r"\{\w+", value))
            for key, value in table.items()
        }

    assert shape(en) == shape(zh)
    sources = Path(boottree.__file__).parent.glob("*.py")
    codes = {code for path in sources for code in re.findall(r'Refusal\("(\w+)"', path.read_text())}
    codes |= {"mount", "umount"}
    codes |= {f"bad_{one}" for one in ("node", "user", "timezone", "country", "psk", "ssh_key")}
    assert codes == set(en["refused_because"])


def test_the_command_takes_what_the_readme_and_its_own_help_show(capsys):
    texts = {one: Texts(one, tomllib.loads((LOCALES / f"{one}.toml").read_text()))
             for one in ("en", "zh")}  # fmt: skip
    pages = [(Path(__file__).parents[3] / "README.md").read_text()]
    pages += [text("examples").replace("\\\n", " ") for text in texts.values()]
    shown = [line.partition("tools/provision ")[2] for page in pages for line in page.splitlines()
             if re.match(r"\s*(sudo )?tools/provision ", line)]  # fmt: skip
    assert len(shown) == 12
    for line in shown:
        words = shlex.split(re.split(" {3,}", line)[0], comments=True)
        args = build(texts["en"]).parse_args(words)
        assert args.here or args.target
    with pytest.raises(SystemExit):
        main(["--help", "--lang", "zh"])
    assert "直播节点" in capsys.readouterr().out


# ---- cloud-init (Raspberry Pi OS 13) ----


def test_nobody_has_a_password_and_nobody_logs_in_by_one(wish: Wish):
    told = yaml.safe_load(cloud_files(wish)["user-data"])
    (user,) = told["users"]
    assert user["lock_passwd"] is True
    assert not {"passwd", "plain_text_passwd", "hashed_passwd"} & set(user)
    assert (user["name"], user["ssh_authorized_keys"]) == ("field", [SSH_KEY])
    assert (told["ssh_pwauth"], told["enable_ssh"], told["hostname"]) == (False, True, "booth-12")
    shut = yaml.safe_load(cloud_files(dataclasses.replace(wish, ssh_keys=()))["user-data"])
    assert "enable_ssh" not in shut
    assert "ssh_authorized_keys" not in shut["users"][0]


@pytest.mark.parametrize("ssid", ['三号馆 "A"', "null", "a: b # c", "yes", "\\x41", "café\t"])
def test_any_name_of_a_network_arrives_as_it_is(wish: Wish, ssid: str):
    told = cloud_files(dataclasses.replace(wish, wifi=Wifi(ssid, "CN", PSK)))["network-config"]
    wlan = yaml.safe_load(told)["network"]["wifis"]["wlan0"]
    assert wlan["access-points"] == {ssid: {"password": PSK}}
    assert wlan["regulatory-domain"] == "CN"


def test_a_changed_word_makes_a_new_instance(wish: Wish, make_card: MakeCard):
    other = dataclasses.replace(wish, timezone="Europe/Berlin")
    assert instance(wish) == instance(dataclasses.replace(wish)) != instance(other)
    card = make_card("os13")
    imager = (card / "cmdline.txt").read_text().rstrip() + " ds=nocloud;i=rpi-imager-17\n"
    (card / "cmdline.txt").write_text(imager)
    provision(card, wish)
    words = (card / "cmdline.txt").read_text().split()
    assert [word for word in words if word.startswith("ds=")] == [f"ds=nocloud;i={instance(wish)}"]
    assert yaml.safe_load((card / "meta-data").read_text())["instance-id"] == instance(wish)


# ---- firstrun.sh (Raspberry Pi OS 12) ----


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


# ---- what the card carries ----


def test_the_software_travels_whole(
    make_card: MakeCard, wish: Wish, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(payload_module, "CARRIED", CARRIED)
    card = make_card("os13")
    provision(card, wish)
    with tarfile.open(card / "livesell/bundle.tar.gz") as archive:
        names = archive.getnames()
        assert archive.getmember("tools/provision").mode == 0o755
    assert set(names) >= {
        *("node/__main__.py", "systemd/livesell.service", "tools/provisioning/__main__.py"),
        *("firmware_config/boards/pi5/board.toml", "tools/requirements/run.txt"),
    }
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_wheels_of_the_board_travel_and_old_ones_go(make_card: MakeCard, wish, tmp_path: Path):
    card, wheels = make_card("os13"), tmp_path / "wheels"
    wheels.mkdir()
    (wheels / "a-1-py3-none-any.whl").write_bytes(b"a")
    (wheels / "b-1-cp313-cp313-manylinux_2_28_aarch64.whl").write_bytes(b"b")
    provision(card, wish, wheels=wheels)
    (wheels / "a-1-py3-none-any.whl").rename(wheels / "a-2-py3-none-any.whl")
    provision(card, wish, wheels=wheels)
    assert sorted(path.name[:3] for path in (card / "livesell/wheels").iterdir()) == ["a-2", "b-1"]
    (wheels / "c-1-cp313-cp313-manylinux_2_28_x86_64.whl").write_bytes(b"c")
    with pytest.raises(Refusal, match="foreign_wheel"):
        provision(card, wish, wheels=wheels)


def test_a_card_of_fat_has_no_modes_and_needs_none(
    make_card: MakeCard, wish: Wish, monkeypatch: pytest.MonkeyPatch
):
    def refused(_handle: int, _mode: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(changes_module.os, "fchmod", refused)
    assert provision(make_card("os13"), wish) > 8


def test_a_disk_that_refuses_leaves_whole_files_only(
    make_card: MakeCard, wish: Wish, monkeypatch: pytest.MonkeyPatch
):
    card = make_card("os13")
    stock = snapshot(card)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(changes_module.os, "fsync", full)
    with pytest.raises(Refusal, match="No space left"):
        provision(card, wish)
    assert snapshot(card) == stock


def test_a_diff_names_what_goes_and_what_comes(make_card: MakeCard, wish: Wish):
    card = make_card("os13")
    tree = open_tree(card)
    lines = list(told(provisioned(tree, load_board("pi5"), wish, payload(card, None)), card))
    assert "--- config.txt" in lines
    assert (
        "-console=serial0,115200 console=tty1 root=PARTUUID=4a3e915f-02 rootfstype=ext4 fsck.rep"
        in ("\n".join(lines))
    )
    assert any(line.startswith("+++ livesell/bundle.tar.gz: ") for line in lines)
