"""The pieces of the command line's grammar: a verb with its help, what every verb takes."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from node.cli.texts import LOCALES, Texts

if TYPE_CHECKING:
    Verbs = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # no public name


def verb(verbs: "Verbs", name: str, texts: Texts) -> argparse.ArgumentParser:
    """A verb whose texts stand under its own name."""
    return subverb(verbs, name, name, texts)


def subverb(verbs: "Verbs", name: str, key: str, texts: Texts) -> argparse.ArgumentParser:
    """A verb, or a part of one, with the help, description and examples under `key`."""
    parser = verbs.add_parser(
        name,
        help=texts(f"{key}.help"),
        description=texts(f"{key}.about"),
        epilog=texts(f"{key}.examples"),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
        allow_abbrev=False,
    )
    add_common(parser, texts)
    return parser


def add_common(parser: argparse.ArgumentParser, texts: Texts) -> None:
    """What every verb takes."""
    parser.add_argument("-h", "--help", action="help", help=texts("help"))
    parser.add_argument("--lang", choices=LOCALES, default=argparse.SUPPRESS, help=texts("lang"))


def add_address(parser: argparse.ArgumentParser, texts: Texts) -> None:
    """What every verb takes that talks to a running node."""
    parser.add_argument("--url", metavar="URL", help=texts("address.url"))
    parser.add_argument("--token-file", type=Path, metavar="FILE", help=texts("address.token_file"))
