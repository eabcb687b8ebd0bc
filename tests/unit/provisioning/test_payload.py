"""What the card carries, and how each file gets there."""

import tarfile
from pathlib import Path

import pytest

from tests.unit.provisioning.conftest import CARRIED, MakeCard, provision, snapshot
from tools.provisioning import changes as changes_module
from tools.provisioning import payload as payload_module
from tools.provisioning.boards import load_board
from tools.provisioning.boottree import open_tree
from tools.provisioning.card import provisioned
from tools.provisioning.changes import told
from tools.provisioning.payload import payload
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wish


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
