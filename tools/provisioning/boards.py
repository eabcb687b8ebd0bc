"""The boards that a node runs on, and what each needs at its start (firmware_config/boards/)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tools.provisioning.refusals import Refusal

CHECKOUT = Path(__file__).parents[2]
BOARDS = CHECKOUT / "firmware_config/boards"


@dataclass(frozen=True, slots=True)
class Board:
    """One board. `config` is its part of config.txt, empty where the board reads none.

    `words` are set on the kernel's command line, `unwanted` taken away. `compatible` are entries
    of /proc/device-tree/compatible, `dtb` and `kernel` files of a boot partition that knows it.
    `has_wpa3`: its radio joins a network that takes WPA3 alone.
    """

    id: str
    name: str
    compatible: tuple[str, ...]
    dtb: str
    kernel: str
    has_wpa3: bool
    config: str
    words: tuple[str, ...]
    unwanted: tuple[str, ...]
    folder: Path


def board_ids(folder: Path = BOARDS) -> list[str]:
    """The names by which boards are asked for."""
    return sorted(path.parent.name for path in folder.glob("*/board.toml"))


def load_board(board: str, folder: Path = BOARDS) -> Board:
    """A board by its name; raises `Refusal` for an unknown one."""
    place = folder / board
    if board not in board_ids(folder):
        raise Refusal("board_unknown", board=board, known=", ".join(board_ids(folder)))
    facts = tomllib.loads((place / "board.toml").read_text(encoding="utf-8"))
    config = place / "config.txt"
    words = _words((place / "cmdline.txt").read_text(encoding="utf-8"))
    return Board(
        id=board,
        name=facts["name"],
        compatible=tuple(facts["compatible"]),
        dtb=facts["dtb"],
        kernel=facts["kernel"],
        has_wpa3=facts["wpa3"],
        config=config.read_text(encoding="utf-8") if config.is_file() else "",
        words=tuple(word for word in words if not word.startswith("-")),
        unwanted=tuple(word[1:] for word in words if word.startswith("-")),
        folder=place,
    )


def this_board(root: Path = Path("/"), folder: Path = BOARDS) -> str:
    """Which board this machine is; empty for none of ours."""
    try:
        told = (root / "proc/device-tree/compatible").read_bytes().decode("ascii").split("\0")
    except (OSError, ValueError):
        return ""
    for board in board_ids(folder):
        if set(told) & set(load_board(board, folder).compatible):
            return board
    return ""


def _words(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
