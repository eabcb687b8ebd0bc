"""Cards as they come from a stock image, and what is asked of them."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.provisioning import payload
from tools.provisioning.boards import board_ids, load_board
from tools.provisioning.boottree import open_tree
from tools.provisioning.card import provisioned, undone
from tools.provisioning.changes import make
from tools.provisioning.wish import Wifi, Wish

VECTORS = Path(__file__).parents[2] / "vectors/boot"
SSH_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBk5mV0Zr9ZbQyMjU3Y0Z0wq9m7gZfKxXkq2b1c3d4e5 tech"
PSK = "f" * 64

CARRIED = payload.CARRIED

MakeCard = Callable[[str], Path]


def stock_card(folder: Path, system: str) -> Path:
    shutil.copytree(VECTORS / system, folder)
    (folder / "overlays").mkdir()
    for board in map(load_board, board_ids()):
        for name in filter(None, (board.dtb, board.kernel)):
            (folder / name).touch()
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def provision(card: Path, wish: Wish, board: str = "pi5", wheels: Path | None = None) -> int:
    tree = open_tree(card)
    return make(list(provisioned(tree, load_board(board), wish, payload.payload(card, wheels))))


def undo(card: Path) -> int:
    return make(list(undone(open_tree(card))))


@pytest.fixture
def make_card(tmp_path: Path) -> Callable[[str], Path]:
    return lambda system: stock_card(tmp_path / f"boot-{system}", system)


@pytest.fixture(autouse=True)
def small_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The software is packed once in all, not for each card."""
    monkeypatch.setattr(payload, "CARRIED", ("LICENSE", "tools/provision"))


@pytest.fixture
def wish() -> Wish:
    return Wish(
        node="booth-12",
        console="https://fleet.example.com:8090",
        wifi=Wifi('三号馆 "A"', "CN", PSK),
        ssh_keys=(SSH_KEY,),
        timezone="Asia/Shanghai",
    )
