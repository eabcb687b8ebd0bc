"""tools/provision: a stock card, or the machine at hand, becomes a live-sell node."""

import argparse
import getpass
import socket
import sys
import tomllib
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path

from node.cli.texts import Texts, choose_locale
from tools.provisioning import read_only, release
from tools.provisioning.boards import load_board, this_board
from tools.provisioning.boottree import judge_board, judge_room, open_tree
from tools.provisioning.card import clear, provisioned, undone
from tools.provisioning.changes import Change, make, needed_bytes, told
from tools.provisioning.here import Installation, judge_machine
from tools.provisioning.image import mounted
from tools.provisioning.parser import build
from tools.provisioning.payload import payload
from tools.provisioning.refusals import Refusal
from tools.provisioning.wish import Wifi, Wish, judge_network, keys_in, read_text

LOCALES = Path(__file__).with_name("locales")


def main(argv: Sequence[str] | None = None) -> int:
    """0 done or nothing to do, 1 refused; with `--check` 0 as well, whatever would change."""
    words = sys.argv[1:] if argv is None else argv
    locale = choose_locale(words)
    texts = Texts(locale, tomllib.loads((LOCALES / f"{locale}.toml").read_text(encoding="utf-8")))
    args = build(texts).parse_args(words)
    try:
        return _here(args, texts) if args.here else _card(args, texts)
    except Refusal as refusal:
        why = texts(f"refused_because.{refusal.code}", **refusal.facts)
        print(texts("refused", why=why), file=sys.stderr)
        return 1
    except OSError as error:
        facts = {"path": error.filename or "-", "why": error.strerror or error}
        print(texts("refused", why=texts("refused_because.write", **facts)), file=sys.stderr)
        return 1


def _card(args: argparse.Namespace, texts: Texts) -> int:
    if args.target is None:
        raise Refusal("needs", option="BOOT, --here")
    with ExitStack() as while_mounted:
        is_image = args.target.is_file()
        card = while_mounted.enter_context(mounted(args.target)) if is_image else args.target
        tree = open_tree(card)
        if args.undo:
            count = _apply(list(undone(tree)), tree.folder, texts, is_check=False)
            clear(tree)
            print(texts("undone") if count else texts("same"))
            return 0
        for option in ("board", "node"):
            if not getattr(args, option):
                raise Refusal("needs", option=f"--{option}")
        board, wish = load_board(args.board), _wish(args, texts)
        judge_board(tree, board)
        changes = list(provisioned(tree, board, wish, payload(tree.folder, args.wheels)))
        judge_room(tree, needed_bytes(changes))
        _apply(changes, tree.folder, texts, is_check=args.check)
    if not args.check:
        _label(args, wish, board.name, texts)
        print(texts("next_card", board=board.name))
    return 0


def _here(args: argparse.Namespace, texts: Texts) -> int:
    found = this_board(args.root)
    judge_machine(args.root, args.board, found)
    wish = Wish(socket.gethostname()) if args.undo else _wish(args, texts)
    place = Installation(
        wish, args.root.resolve(), args.board or found, args.wheels,
        has_kiosk=not args.no_kiosk, is_locked_down=args.lock_down,
    )  # fmt: skip
    if args.undo:
        count = _apply(list(place.removed()), place.root, texts, is_check=False)
        print(texts("undone") if count else texts("same"))
        return 0
    files, links, mounts = list(place.files()), list(place.links()), list[Change]()
    if args.read_only_root:
        read_only.judge(place.root)
        mounts += read_only.changes(place.root)
    if args.check:
        _apply([*files, *links, *mounts], place.root, texts, is_check=True)
        return 0
    with release.alone(place.layout):
        made = release.build(place.layout, args.wheels)
        _apply(files, place.root, texts, is_check=False)
        for path in place.own():
            print(texts("made", path=path))
        with release.swapping(place.layout):
            make(place.links())  # judged anew: that took minutes
    if args.read_only_root:
        place.stop()  # what is copied must not change meanwhile
        read_only.keep(place.root)
        make(mounts)
    place.enable(is_started=not args.read_only_root)
    print(texts("next_read_only" if args.read_only_root else "next_here", release=made))
    return 0


def _wish(args: argparse.Namespace, texts: Texts) -> Wish:
    wish = Wish(
        node=args.node or _node_of(args.node_toml) or socket.gethostname().lower()[:32],
        console=args.console,
        console_ca=read_text(args.console_ca) if args.console_ca else "",
        software_key=read_text(args.software_key) if args.software_key else "",
        wifi=_wifi(args, texts) if args.wifi and not args.here else None,
        ssh_keys=tuple(key for path in args.ssh_key for key in keys_in(path)),
        user=args.user,
        timezone=args.timezone,
        node_toml=read_text(args.node_toml) if args.node_toml else "",
    )
    wish.judge()
    return wish


def _node_of(path: Path | None) -> str:
    """The name that a given configuration has; empty where it has none, or cannot be read yet."""
    if path is None:
        return ""
    try:
        return str(tomllib.loads(read_text(path)).get("node", ""))
    except tomllib.TOMLDecodeError as error:
        raise Refusal("node_toml", why=error) from error


def _wifi(args: argparse.Namespace, texts: Texts) -> Wifi:
    judge_network(args.wifi, args.country)
    if args.wifi_password_file is not None:
        password = read_text(args.wifi_password_file).rstrip("\r\n")
        if not password:
            raise Refusal("bad_password")
    else:
        password = getpass.getpass(texts("asked_password", ssid=args.wifi))
    return Wifi(args.wifi, args.country, password, args.hidden, args.wpa3)


def _apply(changes: Iterable[Change], root: Path, texts: Texts, *, is_check: bool) -> int:
    """Do the changes, or tell them; how many files are concerned."""
    needed = [change for change in changes if change.is_needed]
    if is_check:
        print("\n".join(told(needed, root)))
        print(texts("would", count=len(needed)) if needed else texts("same"))
        return len(needed)
    count = make(needed)
    print(texts("done", count=count) if count else texts("same"))
    return count


def _label(args: argparse.Namespace, wish: Wish, board: str, texts: Texts) -> None:
    from tools.provisioning.label import drawn, label  # noqa: PLC0415  # segno: not on bare Python

    print(drawn(wish))
    if args.label is not None:
        args.label.write_text(label(wish, board, texts), encoding="utf-8")
        print(texts("label_done", path=args.label))


if __name__ == "__main__":
    sys.exit(main())
