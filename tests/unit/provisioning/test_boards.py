"""What the boards' files say."""

import re
from pathlib import Path

import pytest

from tools.provisioning.boards import board_ids, load_board, this_board
from tools.provisioning.bootfiles import with_words
from tools.provisioning.refusals import Refusal

BOARDS = ["cm4", "jetson-orin", "pi3", "pi4", "pi5", "zero2w"]
PIS = [board for board in BOARDS if not board.startswith("jetson")]
SETTING = re.compile(r"[a-z0-9_]+=[A-Za-z0-9_,=.:-]+")


def test_each_board_of_the_project_is_there():
    assert board_ids() == BOARDS
    with pytest.raises(Refusal, match="board_unknown"):
        load_board("pi1")


@pytest.mark.parametrize("board", PIS)
def test_each_setting_stands_below_the_reason_for_it(board: str):
    is_explained = False
    for line in load_board(board).config.splitlines():
        if not line.strip():
            is_explained = False
        elif line.startswith("# "):
            is_explained = True
        else:
            assert SETTING.fullmatch(line.removeprefix("#")), line
            assert len(line) <= 98  # the firmware reads no further (config.txt, "line length")
            assert is_explained, line


@pytest.mark.parametrize("board", PIS)
def test_the_screens_overlay_of_the_stock_file_is_not_loaded_twice(board: str):
    lines = load_board(board).config.splitlines()
    assert [line for line in lines if line.startswith("dtoverlay=vc4")] == []


@pytest.mark.parametrize("board", BOARDS)
def test_the_words_fit_on_a_stock_command_line(board: str):
    one = load_board(board)
    stock = "console=serial0,115200 console=tty1 root=PARTUUID=4a3e915f-02 rootwait\n"
    line, done = with_words(stock, one.words, one.unwanted)
    assert "console=tty1" in line.split()
    assert not set(one.unwanted) & set(line.split())
    assert all(" " not in word for word in done.added)


def test_a_machine_is_known_by_its_device_tree(tmp_path: Path):
    assert this_board(tmp_path) == ""
    tree = tmp_path / "proc/device-tree/compatible"
    tree.parent.mkdir(parents=True)
    for compatible, board in (
        (b"raspberrypi,5-model-b\0brcm,bcm2712\0", "pi5"),
        (b"raspberrypi,model-zero-2-w\0brcm,bcm2837\0", "zero2w"),
        (b"nvidia,p3768-0000+p3767-0005\0nvidia,tegra234\0", "jetson-orin"),
        (b"acme,board\0", ""),
    ):
        tree.write_bytes(compatible)
        assert this_board(tmp_path) == board
