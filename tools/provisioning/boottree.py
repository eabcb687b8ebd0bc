"""A Raspberry Pi OS boot partition: whether a folder is one, of which kind, with how much room."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tools.provisioning.boards import Board
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import read_text

Way = Literal["cloud-init", "firstrun"]
ISSUE = "issue.txt"
MARK = "Raspberry Pi reference"
"""First words of issue.txt: pi-gen, export-image/04-set-partuuid."""
KERNEL_32: Final = "kernel7.img"
"""Only images whose programs are of 32 bits bring it (linux-image-rpi-v7 is of armhf alone); they
bring the 64-bit kernel8.img too, and boards start by that (RPi-Distro/repo #356)."""


@dataclass(frozen=True, slots=True)
class BootTree:
    """A mounted boot partition. `way` is how the system takes its first orders."""

    folder: Path
    config: str
    cmdline: str
    way: Way


def open_tree(folder: Path) -> BootTree:
    """Look at a folder; raises `Refusal` where it is no such partition."""
    if not folder.is_dir():
        raise Refusal("no_folder", folder=folder)
    if not (folder / "config.txt").is_file() and (folder / "firmware/config.txt").is_file():
        folder = folder / "firmware"  # the running system's /boot was named
    for name in ("config.txt", "cmdline.txt", ISSUE):
        if not (folder / name).is_file():
            raise Refusal("no_boot_tree", folder=folder, missing=name)
    if not read_text(folder / ISSUE).startswith(MARK):
        raise Refusal("no_boot_tree", folder=folder, missing=f"{ISSUE}: {MARK!r}")
    # Stock images of Raspberry Pi OS 13 bring the three files, those of 12 know nothing of them.
    way: Way = "cloud-init" if (folder / "meta-data").is_file() else "firstrun"
    return BootTree(
        folder, read_text(folder / "config.txt"), read_text(folder / "cmdline.txt"), way
    )


def judge_board(tree: BootTree, board: Board) -> None:
    """Raises `Refusal` where the system on the card cannot start that board's node."""
    if not board.config:
        raise Refusal("board_has_no_card", board=board.id)
    if (tree.folder / KERNEL_32).is_file():
        raise Refusal("card_32_bit", found=KERNEL_32)
    for name in (board.dtb, board.kernel):
        if not (tree.folder / name).is_file():
            raise Refusal("board_unknown_to_card", board=board.name, missing=name)


def judge_room(tree: BootTree, needed: int) -> None:
    """Raises `Refusal` for a card that is read-only, or too full for so many bytes more."""
    facts = os.statvfs(tree.folder)
    if facts.f_flag & os.ST_RDONLY or not os.access(tree.folder, os.W_OK):
        raise Refusal("read_only", folder=tree.folder)
    free = facts.f_bavail * facts.f_frsize
    if free < needed:
        raise Refusal("card_full", needed_mb=round(needed / 1e6, 1), free_mb=round(free / 1e6, 1))
