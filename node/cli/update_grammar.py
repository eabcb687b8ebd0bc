"""The grammar of livesell update, apart from it: --help loads nothing that it needs."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from node.board.identity import STATE_DIR
from node.cli.grammar import subverb, verb
from node.cli.texts import Texts
from node.update.layout import KEYS, ROOT

if TYPE_CHECKING:
    import argparse

    from node.cli.grammar import Verbs

CONFIG: Final = Path("/etc/livesell/node.toml")
DEEDS: Final = ("status", "apply", "attempt", "commit", "rollback", "check")


def add_update(verbs: "Verbs", texts: Texts) -> None:
    """The grammar of all its deeds."""
    parser = verb(verbs, "update", texts)
    deeds = parser.add_subparsers(dest="deed", required=True, metavar="|".join(DEEDS))
    parsers = {name: subverb(deeds, name, f"update.{name}", texts) for name in DEEDS}
    for one in parsers.values():
        _places(one, texts)
    for name in ("apply", "commit", "rollback"):
        parsers[name].add_argument(
            "--no-restart", action="store_false", dest="restart", help=texts("update.no_restart")
        )
    parsers["status"].add_argument(
        "--json", action="store_true", dest="as_json", help=texts("json")
    )
    parsers["apply"].add_argument(
        "--from", type=Path, dest="folder", metavar="DIR", help=texts("update.from")
    )
    parsers["rollback"].add_argument(
        "--committed", action="store_true", help=texts("update.committed")
    )


def _places(parser: "argparse.ArgumentParser", texts: Texts) -> None:
    """The places that every deed works on."""
    places = (("--root", ROOT, "root"), ("--state-dir", STATE_DIR, "state_dir"),
              ("--keys", KEYS, "keys"), ("--config", CONFIG, "config"))  # fmt: skip
    for flag, place, key in places:
        parser.add_argument(
            flag, type=Path, default=place, metavar="PATH", help=texts(f"update.{key}")
        )
