"""`python -m tools.make_contract` writes node/control/asyncapi.yaml and CONTRACT.md.

`--check` writes nothing, and ends with 1 if a file is not what the types say.
"""

import argparse
import difflib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import node.control
from tools.make_contract.document import as_yaml, document
from tools.make_contract.page import page

FOLDER: Final = Path(node.control.__path__[0])
SHOWN: Final = 40
"""Lines of difference that are worth printing."""


def contents() -> Mapping[str, str]:
    """What each file must hold, by name."""
    whole = document()
    return {"asyncapi.yaml": as_yaml(whole), "CONTRACT.md": page(whole)}


def differences(folder: Path) -> list[str]:
    """Where the files of a folder are not what the types say, as lines of a diff."""
    lines: list[str] = []
    for name, wanted in contents().items():
        path = folder / name
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        lines += difflib.unified_diff(
            there.splitlines(), wanted.splitlines(), f"{name} (is)", f"{name} (wanted)", lineterm=""
        )
    return lines


def main(words: Sequence[str] | None = None) -> int:
    """Write the files, or look at them; the exit code."""
    parser = argparse.ArgumentParser(prog="make_contract", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only look whether they are right")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    chosen = parser.parse_args(words)
    if chosen.check:
        lines = differences(chosen.folder)
        print("\n".join(lines[:SHOWN]) or "the contract's files are what the types say")
        return 1 if lines else 0
    for name, text in contents().items():
        (chosen.folder / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
