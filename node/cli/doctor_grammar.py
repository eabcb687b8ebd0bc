"""The grammar of doctor, apart from it: --help loads nothing that it looks at."""

from pathlib import Path
from typing import TYPE_CHECKING

from node.cli.grammar import verb
from node.cli.texts import Texts

if TYPE_CHECKING:
    from node.cli.grammar import Verbs


def add_doctor(verbs: "Verbs", texts: Texts) -> None:
    """The grammar of this verb."""
    parser = verb(verbs, "doctor", texts)
    parser.add_argument("--config", type=Path, metavar="FILE", help=texts("doctor.config"))
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--json", action="store_true", dest="as_json", help=texts("json"))
    how.add_argument("--panel", action="store_true", help=texts("doctor.try"))
