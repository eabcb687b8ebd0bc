"""The grammar of tools/provision, with its help in the reader's language."""

import argparse
from pathlib import Path

from node.cli.texts import Texts
from tools.provisioning.boards import board_ids


def build(texts: Texts) -> argparse.ArgumentParser:
    """The parser."""
    parser = argparse.ArgumentParser(
        "provision",
        description=texts("about").strip(),
        epilog=texts("examples").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _place(parser, texts)
    _node(parser, texts)
    _network(parser, texts)
    _what(parser, texts)
    return parser


def _place(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("target", nargs="?", type=Path, metavar="BOOT", help=texts("help.target"))
    parser.add_argument("--here", action="store_true", help=texts("help.here"))
    parser.add_argument(
        "--root", type=Path, default=Path("/"), metavar="DIR", help=texts("help.root")
    )
    boards = ", ".join(board_ids())
    parser.add_argument(
        "--board", default="", metavar="NAME", help=texts("help.board", boards=boards)
    )


def _node(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("--node", default="", metavar="NAME", help=texts("help.node"))
    parser.add_argument("--console", default="", metavar="URL", help=texts("help.console"))
    parser.add_argument("--console-ca", type=Path, metavar="FILE", help=texts("help.console_ca"))
    parser.add_argument(
        "--software-key", type=Path, metavar="FILE", help=texts("help.software_key")
    )
    parser.add_argument("--node-toml", type=Path, metavar="FILE", help=texts("help.node_toml"))
    parser.add_argument("--timezone", default="", metavar="ZONE", help=texts("help.timezone"))


def _network(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("--wifi", default="", metavar="SSID", help=texts("help.wifi"))
    parser.add_argument(
        "--wifi-password-file", type=Path, metavar="FILE", help=texts("help.password_file")
    )
    parser.add_argument("--country", default="", metavar="CC", help=texts("help.country"))
    parser.add_argument("--wpa3", action="store_true", help=texts("help.wpa3"))
    parser.add_argument("--hidden", action="store_true", help=texts("help.hidden"))
    parser.add_argument(
        "--ssh-key", type=Path, action="append", default=[], metavar="FILE",
        help=texts("help.ssh_key"),
    )  # fmt: skip
    parser.add_argument("--user", default="field", metavar="NAME", help=texts("help.user"))


def _what(parser: argparse.ArgumentParser, texts: Texts) -> None:
    parser.add_argument("--wheels", type=Path, metavar="DIR", help=texts("help.wheels"))
    parser.add_argument("--label", type=Path, metavar="FILE", help=texts("help.label"))
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--check", action="store_true", help=texts("help.check"))
    which.add_argument("--undo", action="store_true", help=texts("help.undo"))
    parser.add_argument("--lock-down", action="store_true", help=texts("help.lock_down"))
    parser.add_argument("--read-only-root", action="store_true", help=texts("help.read_only_root"))
    parser.add_argument("--no-kiosk", action="store_true", help=texts("help.no_kiosk"))
    parser.add_argument("--lang", choices=("en", "zh"), help=texts("help.lang"))
