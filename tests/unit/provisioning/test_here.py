"""The machine at hand becomes a node: in a root folder of its own, by systemd's own tools."""

import json
import os
import shutil
import socket
import stat
from pathlib import Path

import pytest

from node.update.disk import Disk
from node.update.layout import Layout
from node.update.machine import ThisMachine
from node.update.site import Site
from tests.unit.provisioning.conftest import snapshot
from tools.provisioning import here, read_only, release
from tools.provisioning.__main__ import main
from tools.provisioning.here import Installation, judge_machine
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wish

UNITS = Path("usr/lib/systemd/system")
NEW = "0.1.0-0123456789ab"
OLD = "0.0.9-ba9876543210"

able = pytest.mark.skipif(
    os.geteuid() != 0 or not (Path("/") / UNITS).is_dir() or not shutil.which("systemd-sysusers"),
    reason="needs root, and systemd's tools (it need not run)",
)


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root folder with systemd's units and nobody but root; releases are not really built."""
    root = tmp_path / "root"
    shutil.copytree(Path("/") / UNITS, root / UNITS, symlinks=True)
    for folder in ("etc", "var/lib", "opt"):
        (root / folder).mkdir(parents=True)
    (root / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\n")
    (root / "etc/group").write_text("root:x:0:\n")
    show = tmp_path / "demo"
    show.mkdir()
    (show / "day.toml").write_text("")
    (tmp_path / "node").mkdir()
    show.rename(tmp_path / "node/demo")
    monkeypatch.setattr(here, "CHECKOUT", tmp_path)
    monkeypatch.setattr(release, "own_id", lambda: NEW)

    def build(layout, _wheels) -> str:
        layout.release(NEW).mkdir(parents=True, exist_ok=True)
        (layout.release(NEW) / ".complete").touch()
        return NEW

    monkeypatch.setattr(release, "build", build)
    return root


def install(root: Path, *words: str) -> int:
    return main(["--here", "--root", str(root), "--node", "booth-12", "--lang", "en", *words])


@able
def test_it_is_started_with_the_machine_and_belongs_to_its_own_user(root: Path):
    assert install(root) == 0
    wants = root / "etc/systemd/system/multi-user.target.wants"
    assert {one.name for one in wants.iterdir()} >= {"livesell.service", "livesell-update.path"}
    assert not (root / "etc/systemd/system/sysinit.target.wants/livesell-firewall.service").exists()
    assert (root / "opt/livesell/current").readlink() == Path(f"releases/{NEW}")
    assert json.loads((root / "opt/livesell/state.json").read_text()) == {"v": 1}
    user = next(line.split(":") for line in (root / "etc/passwd").read_text().splitlines()
                if line.startswith("livesell:"))  # fmt: skip
    assert user[6] == "/usr/sbin/nologin"
    assert (root / "var/lib/livesell/show/day.toml").stat().st_uid == int(user[2])
    token = root / "etc/livesell/secrets/operator_token"
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert token.stat().st_uid == 0
    assert len(token.read_text().strip()) >= 32


def owner(root: Path, path: str) -> tuple[int, str, int]:
    """A file's user by number, its group by name, its mode."""
    found = (root / path).stat()
    groups = dict(line.split(":")[2::-2] for line in (root / "etc/group").read_text().splitlines())
    return found.st_uid, groups[str(found.st_gid)], stat.S_IMODE(found.st_mode)


@able
def test_the_configuration_is_read_by_root_and_the_node_alone(root: Path):
    install(root)
    assert owner(root, "etc/livesell/node.toml") == (0, "livesell", 0o640)
    (root / "etc/livesell/node.toml").chmod(0o644)
    install(root)
    assert owner(root, "etc/livesell/node.toml") == (0, "livesell", 0o640)


@able
def test_a_given_configuration_is_not_shown(root: Path, tmp_path: Path, capsys):
    config = tmp_path / "node.toml"
    config.write_text('rundown = "day.toml"\n[camera]\nkind = "url"\nurl = "rtsp://a:pw@b/"\n')
    assert install(root, "--check", "--node-toml", str(config)) == 0
    out = capsys.readouterr().out
    assert "+++ etc/livesell/node.toml: " in out
    assert "rtsp" not in out


@able
def test_a_second_time_nothing_changes_and_what_people_changed_stays(root: Path):
    install(root)
    config = root / "etc/livesell/node.toml"
    config.write_text(config.read_text() + "\n[program]\nfps = 25\n")
    before = snapshot(root)
    assert install(root) == 0
    assert snapshot(root) == before


@able
def test_a_newer_release_takes_over_and_the_one_before_can_come_back(root: Path):
    install(root)
    opt = root / "opt/livesell"
    (opt / "current").unlink()
    (opt / "current").symlink_to(f"releases/{OLD}")
    (opt / "state.json").write_text('{"v":1,"floor":"0.0.5"}')
    assert install(root) == 0
    assert (opt / "previous").readlink() == Path(f"releases/{OLD}")
    assert (opt / "current").readlink() == Path(f"releases/{NEW}")
    assert json.loads((opt / "state.json").read_text()) == {"v": 1, "floor": "0.0.5"}


@able
def test_not_while_an_update_is_under_way(root: Path, capsys: pytest.CaptureFixture[str]):
    install(root)
    (root / "opt/livesell/state.json").write_text('{"v":1,"phase":"trial","tries":2}')
    before = snapshot(root)
    assert install(root) == 1
    assert "an update is under way (trial)" in capsys.readouterr().err
    assert snapshot(root) == before


@able
def test_an_update_and_an_installation_are_never_at_it_at_once(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    layout, seen = Layout(root / "opt/livesell"), []
    layout.root.mkdir()
    site = Site(layout, Disk(), ThisMachine(root / "etc/livesell/node.toml"))
    with site.building() as is_ours:
        assert is_ours
        assert install(root) == 1
    assert "an update is under way (building)" in capsys.readouterr().err
    built = release.build

    def build(*words) -> str:
        made = built(*words)
        with site.building() as is_ours:  # as livesell-update.timer would, to clear away
            seen.append(is_ours)
        return made

    monkeypatch.setattr(release, "build", build)
    assert install(root) == 0
    assert seen == [False]


@able
def test_a_trial_that_begins_while_it_is_built_is_not_overrun(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    install(root)
    record, built = root / "opt/livesell/state.json", release.build

    def build(*words) -> str:
        record.write_text('{"v":1,"phase":"staged","next":"1.0-0123456789ab"}')
        return built(*words)

    monkeypatch.setattr(release, "build", build)
    assert install(root) == 1
    assert "an update is under way (staged)" in capsys.readouterr().err
    assert "staged" in record.read_text()


@able
def test_a_check_changes_nothing(root: Path, capsys: pytest.CaptureFixture[str]):
    before = snapshot(root)
    assert install(root, "--check", "--board", "jetson-orin") == 0
    assert snapshot(root) == before
    out = capsys.readouterr().out
    assert "+++ etc/systemd/system/livesell.service.d/50-jetson.conf" in out
    assert "nothing was changed" in out


@able
def test_what_is_taken_back_leaves_configuration_and_state(root: Path):
    install(root, "--lock-down")
    assert (root / "etc/livesell/firewall.nft").exists()
    assert install(root, "--lock-down", "--undo") == 0
    left = {str(path.relative_to(root)) for path in (root / "etc").rglob("*livesell*")}
    assert {one for one in left if "systemd" in one or "udev" in one or "ssh" in one} <= {
        "etc/systemd/system/livesell.service.d"
    }
    assert (root / "etc/livesell/node.toml").exists()
    assert (root / "var/lib/livesell/show").exists()
    assert not list((root / "etc/systemd/system").glob("*.wants/livesell*"))


@able
def test_firewall_and_screen_follow_the_port_of_the_nodes_pages(root: Path, tmp_path: Path):
    config = tmp_path / "node.toml"
    config.write_text('rundown = "day.toml"\n[web]\nport = 9443\n')
    assert install(root, "--lock-down", "--node-toml", str(config)) == 0
    assert "tcp dport { 22, 9443 } accept" in (root / "etc/livesell/firewall.nft").read_text()
    assert (root / "etc/livesell/kiosk.env").read_text() == "KIOSK_PORT=9443\n"


@able
def test_the_release_that_was_just_made_runs_from_the_partition_too(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(read_only, "judge", lambda _root: None)
    (root / "srv/livesell").mkdir(parents=True)
    assert install(root, "--read-only-root") == 0
    assert (root / "srv/livesell/opt/current").readlink() == Path(f"releases/{NEW}")
    assert (root / "srv/livesell/state/show/day.toml").is_file()


@able
def test_all_is_taken_back_whatever_was_asked_for(root: Path, monkeypatch: pytest.MonkeyPatch):
    install(root, "--lock-down")
    monkeypatch.setattr(socket, "gethostname", lambda: "a.name.with.dots")
    assert main(["--here", "--root", str(root), "--undo"]) == 0
    assert not (root / "etc/livesell/firewall.nft").exists()
    assert not (root / "etc/ssh/sshd_config.d/50-livesell.conf").exists()
    assert not list((root / "etc/systemd/system").glob("*.wants/livesell*"))


@able
def test_names_exchanged_meanwhile_give_the_nodes_user_no_file_of_the_systems(
    root: Path, monkeypatch: pytest.MonkeyPatch
):
    shadow, show = root / "etc/shadow-of-all", root / "var/lib/livesell/show"
    shadow.write_text("secret")

    def exchanging(real):
        def chown(place, *owner, **how):
            real(place, *owner, **how)
            if (show / "day.toml").is_file() and not (show / "day.toml").is_symlink():
                (show / "day.toml").unlink()
                (show / "day.toml").symlink_to(shadow)

        return chown

    for name in ("chown", "fchown"):
        monkeypatch.setattr(here.os, name, exchanging(getattr(os, name)))
    install(root)
    assert (show / "day.toml").is_symlink()
    assert shadow.stat().st_uid == 0


@able
def test_a_link_in_the_place_of_the_show_leads_nobody_anywhere(root: Path):
    install(root)
    show = root / "var/lib/livesell/show"
    shutil.rmtree(show)
    show.symlink_to(root / "etc/none")
    assert install(root) == 0
    assert not (root / "etc/none").exists()


def test_only_root_installs_and_only_on_the_board_that_is_meant(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(here.os, "geteuid", lambda: 1000)
    with pytest.raises(Refusal, match="not_root"):
        judge_machine(Path("/"), "pi5", "pi5")
    monkeypatch.setattr(here.os, "geteuid", lambda: 0)
    with pytest.raises(Refusal, match="another_machine"):
        judge_machine(Path("/"), "pi5", "pi4")
    judge_machine(Path("/"), "", "")


def test_a_system_of_32_bits_is_refused_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(here.os, "geteuid", lambda: 1000)
    with pytest.raises(Refusal, match="system_32_bit") as refused:
        judge_machine(Path("/"), "pi5", "pi4", address_bytes=4)
    assert refused.value.facts == {"bits": 32}


def test_the_screen_and_the_firewall_are_asked_for(tmp_path: Path):
    for name in ("livesell.service", "livesell-kiosk.service", "livesell-firewall.service"):
        unit = tmp_path / "etc/systemd/system" / name
        unit.parent.mkdir(parents=True, exist_ok=True)
        unit.touch()
    wish = Wish("a")
    shown = Installation(wish, tmp_path).units
    assert shown == ["livesell.service", "livesell-kiosk.service"]
    quiet = Installation(wish, tmp_path, has_kiosk=False, is_locked_down=True).units
    assert quiet == ["livesell.service", "livesell-firewall.service"]


def test_a_release_is_known_by_what_goes_into_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tools.provisioning.payload.CARRIED", ("node", "README.md"))
    (tmp_path / "node").mkdir()
    (tmp_path / "node/a.py").write_text("a = 1\n")
    (tmp_path / "README.md").write_text("one")
    first = release.digest(tmp_path)
    (tmp_path / "README.md").write_text("two")
    assert release.digest(tmp_path) == first
    (tmp_path / "node/a.py").write_text("a = 2\n")
    assert release.digest(tmp_path) != first
