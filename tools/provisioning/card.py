"""A card made a node's, and a stock card again: the whole of either as a list of changes. Pure."""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tools.provisioning.boards import Board
from tools.provisioning.bootfiles import (
    NOTHING,
    Words,
    board_in,
    with_lines,
    with_words,
    without_lines,
    without_words,
)
from tools.provisioning.boottree import BootTree
from tools.provisioning.changes import Change
from tools.provisioning.cloud import FILES, cloud_files, instance
from tools.provisioning.firstrun import RUN_WORDS, SCRIPT, firstrun_script
from tools.provisioning.nodetoml import node_toml
from tools.provisioning.payload import FOLDER
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wish, read_text

UNDO: Final = f"{FOLDER}/undo.json"
SECRET: Final = frozenset({"network-config", SCRIPT})
"""They hold the password of the wireless network, or its key."""


@dataclass(frozen=True, slots=True)
class Record:
    """What there was before: words of the command line, files of the system's own (None: none)."""

    words: Words = NOTHING
    files: tuple[tuple[str, str | None], ...] = ()

    @property
    def body(self) -> bytes:
        """As it lies on the card."""
        told = {
            "v": 1, "added": self.words.added, "removed": self.words.removed,
            "files": dict(self.files),
        }  # fmt: skip
        return (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode()


def read_record(card: Path) -> Record | None:
    """What an earlier call has left; None without any. Raises `Refusal` for a broken one."""
    path = card / UNDO
    if not path.is_file():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        words = Words(tuple(told["added"]), tuple(told["removed"]))
        return Record(words, tuple(dict(told["files"]).items()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal("undo_torn", path=path, why=error) from error


def provisioned(
    tree: BootTree, board: Board, wish: Wish, payload: Iterable[Change]
) -> Iterator[Change]:
    """The changes that make a card this node's, in the order in which they are safe to make.

    What undoes them comes first, the command line that sets all in motion last. Raises `Refusal`.
    """
    card, earlier = tree.folder, read_record(tree.folder)
    if board_in(tree.config) not in ("", board.id):
        raise Refusal("other_board", has=board_in(tree.config), wanted=board.id)
    if wish.wifi is not None and wish.wifi.is_wpa3 and not board.has_wpa3:
        raise Refusal("wpa3_board", board=board.name)
    orders = cloud_files(wish) if tree.way == "cloud-init" else {SCRIPT: firstrun_script(wish)}
    line, words = with_words(
        tree.cmdline, (*board.words, *_words_of(tree, wish)), board.unwanted,
        before=earlier.words if earlier else NOTHING,
    )  # fmt: skip
    files = earlier.files if earlier else tuple(_originals(card, orders))
    # What was there before may be another tool's orders, with passwords in them.
    yield Change(card / UNDO, Record(words, files).body, is_secret=True)
    yield from payload
    yield Change(card / FOLDER / "board", f"{board.id}\n".encode())
    yield Change(card / FOLDER / "node.toml", node_toml(wish).encode(),
                 is_secret=bool(wish.node_toml))  # fmt: skip
    for name, text in (("console-ca.pem", wish.console_ca), ("software.jwk", wish.software_key)):
        if text or (card / FOLDER / name).is_file():
            yield Change(card / FOLDER / name, text.encode() or None)
    yield Change(card / "config.txt", with_lines(tree.config, board.id, board.config).encode())
    for name, text in orders.items():
        yield Change(card / name, text.encode(), is_secret=name in SECRET)
    yield Change(card / "cmdline.txt", line.encode())


def undone(tree: BootTree) -> Iterator[Change]:
    """The changes that make it the stock card again; raises `Refusal` for one that is not ours."""
    card, record = tree.folder, read_record(tree.folder)
    if record is None:
        raise Refusal("not_ours", folder=card)
    yield Change(card / "cmdline.txt", without_words(tree.cmdline, record.words).encode())
    yield Change(card / "config.txt", without_lines(tree.config).encode())
    for name, text in record.files:
        # A script that has run is gone already, and stays so.
        yield Change(card / name, None if text is None else text.encode(),
                     is_secret=name in SECRET)  # fmt: skip
    mine = [path for path in sorted((card / FOLDER).rglob("*")) if path.is_file()]
    yield from (Change(path) for path in mine if path != card / UNDO)
    yield Change(card / UNDO)


def clear(tree: BootTree) -> None:
    """Remove the node's folders from a card that was taken back, if nothing else is in them."""
    folder = tree.folder / FOLDER
    inner = sorted((one for one in folder.rglob("*") if one.is_dir()), reverse=True)
    for one in (*inner, folder):
        with suppress(OSError):
            one.rmdir()


def _words_of(tree: BootTree, wish: Wish) -> list[str]:
    words = [f"ds=nocloud;i={instance(wish)}"] if tree.way == "cloud-init" else [*RUN_WORDS]
    if wish.wifi is not None:
        words.insert(0, f"cfg80211.ieee80211_regdom={wish.wifi.country}")
    return words


def _originals(card: Path, orders: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    for name in sorted({*orders, *(one for one in FILES if (card / one).is_file())}):
        path = card / name
        yield name, read_text(path) if path.is_file() else None
