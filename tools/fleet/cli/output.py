"""What the command line prints: tables that fit both scripts, JSON, YAML, or names alone.

Data on stdout, all else on stderr.
"""

import json
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Form = Literal["table", "json", "yaml", "name"]
FORMS: Final[tuple[Form, ...]] = ("table", "json", "yaml", "name")
BAR_CELLS: Final = 24
_PLAIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./+ ")
_YAML_WORDS: Final = frozenset({"", "true", "false", "null", "yes", "no", "on", "off", "~"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its head and the key of its value."""

    head: str
    key: str


def show(
    form: Form, answer: Mapping[str, object], rows: Sequence[Mapping[str, object]],
    columns: Sequence[Column], name: str = "id",
) -> None:  # fmt: skip
    """Print an answer: whole as JSON or YAML, its rows as a table or by name."""
    match form:
        case "json":
            print(json.dumps(answer, ensure_ascii=False, indent=2))
        case "yaml":
            print("\n".join(yaml(answer)))
        case "name":
            print("\n".join(str(row[name]) for row in rows), end="\n" if rows else "")
        case "table":
            print("\n".join(table(rows, columns)))


def table(rows: Sequence[Mapping[str, object]], columns: Sequence[Column]) -> Iterator[str]:
    """Lines of a table; each cell as wide as its terminal cells."""
    cells = [[_cell(row.get(column.key)) for column in columns] for row in rows]
    lines = [[column.head for column in columns], *cells]
    widths = [max(_width(line[i]) for line in lines) for i in range(len(columns))]
    for line in lines:
        padded = [word + " " * (widths[i] - _width(word)) for i, word in enumerate(line)]
        yield "  ".join(padded).rstrip()


def yaml(value: object, depth: int = 0) -> Iterator[str]:
    """YAML lines in block style of what JSON can say (YAML 1.2 §8.2)."""
    pad = "  " * depth
    match value:
        case dict() if value:
            for key, one in value.items():
                if isinstance(one, (dict, list)) and one:
                    yield f"{pad}{_scalar(str(key))}:"
                    yield from yaml(one, depth + 1)
                else:
                    yield f"{pad}{_scalar(str(key))}: {_scalar(one)}"
        case list() if value:
            for one in value:
                lines = list(yaml(one, depth + 1))
                yield f"{pad}- {lines[0].lstrip()}"
                yield from lines[1:]
        case _:
            yield f"{pad}{_scalar(value)}"


def say(text: str) -> None:
    """Tell the person, not the pipe."""
    print(text, file=sys.stderr)


def ask(text: str) -> str:
    """A person's answer; empty where there is no terminal."""
    if not sys.stdin.isatty():
        return ""
    print(text, end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


class Bar:
    """A line on the terminal that fills: nothing where stderr is no terminal."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._is_shown = sys.stderr.isatty()

    def draw(self, done: int, total: int, note: str) -> None:
        """Show how far it is."""
        if self._is_shown and total:
            full = BAR_CELLS * done // total
            cells = "█" * full + "░" * (BAR_CELLS - full)
            text = f"\r\x1b[K{self._label} {cells} {done}/{total} {note}"
            print(text, end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave the line."""
        if self._is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _cell(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ",".join(f"{key}={one}" for key, one in value.items()) or "-"
        case list():
            return ",".join(str(one) for one in value) or "-"
        case _:
            return str(value) or "-"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)


def _scalar(value: object) -> str:
    if isinstance(value, str):
        is_plain = set(value) <= _PLAIN and value == value.strip() and value[:1].isalpha()
        return value if is_plain and value.lower() not in _YAML_WORDS else json.dumps(
            value, ensure_ascii=False
        )  # fmt: skip
    if isinstance(value, dict):
        return "{}"
    if isinstance(value, list):
        return "[]"
    return json.dumps(value)


def lines(words: Iterable[str]) -> str:
    """Words one under the other."""
    return "\n".join(words)
