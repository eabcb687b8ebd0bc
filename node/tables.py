"""TOML from strangers: tables whose values know their place.

A merchant's file may hold anything. `read_table` never raises for what stands in it: a file that
cannot be read becomes one finding, a value of the wrong type another, and reading goes on, so
that every fault of a file is told at once.
"""

import hashlib
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, TypeVar

from node.findings import Finding, Given, did_you_mean, shown_key

T = TypeVar("T")

MAX_BYTES: Final = 256 * 1024
"""Larger files are refused unread; a day of 20 segments has about 10 KiB."""
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_POSITION: Final = re.compile(r"(.*) \(at (line \d+, column \d+|end of document)\)", re.DOTALL)
_SURROGATES: Final = (b"\xff\xfe", b"\xfe\xff")  # how a file saved as UTF-16 begins
# tomllib takes time with the square of a key's parts: `a.a.a.a.…` of a megabyte takes hours.
_LONG_KEY: Final = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){16}"""
)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read: its name as given, its folder (absolute), the SHA-256 of its bytes."""

    name: str
    folder: Path
    sha256: str


class Table:
    """One table of a file. Getters return None for a key that is absent or of a wrong type.

    A wrong type is added to `faults` (E53), which all tables of a file share. `finish` adds the
    keys that nobody asked for.
    """

    __slots__ = ("_asked", "entries", "faults", "file", "place")

    def __init__(
        self, entries: Mapping[str, object], *, file: str, place: str, faults: list[Finding]
    ) -> None:
        self.entries = entries
        self.file = file
        self.place = place
        self.faults = faults
        self._asked: dict[str, None] = {}

    def has(self, key: str) -> bool:
        """Whether the file gives this key, of whatever type."""
        self._asked[key] = None
        return key in self.entries

    def given(self, key: str) -> Given:
        """The value as it stands, with its place."""
        self._asked[key] = None
        return Given(self.file, self._place(key), self.entries.get(key))

    def item(self, key: str, index: int) -> Given:
        """One item of an array that has it."""
        values = self.entries[key]
        value = values[index] if isinstance(values, list) else values
        return Given(self.file, f"{self._place(key)}[{index}]", value)

    def finding(self, code: str, message: str) -> Finding:
        """A fault of the table as a whole."""
        return Finding(self.file, self.place or "file", code, message)

    def fault(self, key: str, message: str, code: str = "E53") -> None:
        """Note a fault of one key's value."""
        self.faults.append(self.given(key).finding(code, message))

    def string(self, key: str) -> str | None:
        """A text that is not empty."""
        value = self._typed(key, str)
        if value is not None and not value.strip():
            self.fault(key, "is empty")
            return None
        return value

    def integer(self, key: str, least: int, most: int) -> int | None:
        """A whole number, `least` <= it <= `most`."""
        value = self._typed(key, int)
        if value is not None and not least <= value <= most:
            self.fault(key, f"expected a whole number from {least} to {most}")
            return None
        return value

    def flag(self, key: str) -> bool | None:
        """True or false."""
        return self._typed(key, bool)

    def day(self, key: str) -> date | None:
        """A date without time."""
        return self._typed(key, date)

    def strings(self, key: str) -> tuple[str, ...] | None:
        """An array of texts; an item that is none is noted and stands as an empty text."""
        values = self._typed(key, list)
        if values is None:
            return None
        for index, value in enumerate(values):
            if not isinstance(value, str) or not value:
                self.faults.append(self.item(key, index).finding("E53", _expected(str, value)))
        return tuple(value if isinstance(value, str) else "" for value in values)

    def table(self, key: str) -> "Table | None":
        """A table within this one."""
        value = self._typed(key, dict)
        return None if value is None else self._inner(value, self._place(key))

    def tables(self, key: str) -> tuple["Table", ...]:
        """An array of tables, as `[[key]]` writes it; empty where absent."""
        values = self._typed(key, list)
        found = []
        for index, value in enumerate(values or []):
            if isinstance(value, dict):
                found.append(self._inner(value, f"{self._place(key)}[{index}]"))
            else:
                self.faults.append(self.item(key, index).finding("E53", _expected(dict, value)))
        return tuple(found)

    def named_tables(self, key: str) -> "dict[str, Table]":
        """Tables by a name of the author's choice, as `[key.NAME]` writes them."""
        outer = self.table(key)
        if outer is None:
            return {}
        inner = {name: outer.table(name) for name in outer.entries}
        return {name: table for name, table in inner.items() if table is not None}

    def finish(self) -> None:
        """Note each key that nobody asked for as unknown (E53)."""
        for key in [key for key in self.entries if key not in self._asked]:
            hint = did_you_mean(key, self._asked)
            given = Given(self.file, self._place(key), self.entries[key])
            self.faults.append(given.finding("E53", f"unknown key{hint}"))

    def _typed(self, key: str, kind: type[T]) -> T | None:
        if not self.has(key):
            return None
        value = self.entries[key]
        # A bool is an int and a date-time is a date to Python, but not to an author.
        if isinstance(value, kind) and (kind not in {int, date} or type(value) is kind):
            return value
        self.fault(key, _expected(kind, value))
        return None

    def _inner(self, entries: Mapping[str, object], place: str) -> "Table":
        return Table(entries, file=self.file, place=place, faults=self.faults)

    def _place(self, key: str) -> str:
        return f"{self.place}.{shown_key(key)}" if self.place else shown_key(key)


def read_table(path: Path) -> tuple[Table, Source] | Finding:
    """The TOML file at `path`, or the one finding (E01) that says why there is none."""
    name = str(path)
    try:
        content = _content(path)
        text = content.removeprefix(b"\xef\xbb\xbf").decode()
        if match := _LONG_KEY.search(text):
            line = text.count("\n", 0, match.start()) + 1
            return Finding(name, f"line {line}", "E01", "a key of more than 16 parts")
        entries = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        is_utf_16 = error.object.startswith(_SURROGATES)
        hint = ": it is UTF-16, save it as UTF-8" if is_utf_16 else ": save the file as UTF-8"
        return Finding(name, f"line {line}", "E01", f"not UTF-8{hint}")
    except RecursionError:
        return Finding(name, "file", "E01", "arrays or tables nested too deep")
    except OSError as error:
        return Finding(name, "file", "E01", f"cannot be read: {error.strerror or error}")
    except ValueError as error:
        return _syntax(name, str(error))
    source = Source(name, path.absolute().parent, hashlib.sha256(content).hexdigest())
    return Table(entries, file=name, place="", faults=[]), source


def minute_of_day(text: str) -> int | None:
    """Minutes after midnight of `HH:MM`, None where it is no time of day."""
    match = _CLOCK.fullmatch(text)
    return int(match[1]) * 60 + int(match[2]) if match else None


def _content(path: Path) -> bytes:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError("it is no regular file")
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise OSError(f"{status.st_size >> 10} KiB, more than the {MAX_BYTES >> 10} KiB allowed")
    return content


def _syntax(name: str, message: str) -> Finding:
    match = _POSITION.fullmatch(message)
    what, place = (match[1], match[2]) if match else (message, "file")
    return Finding(name, place, "E01", f"not TOML: {' '.join(what.split())}")


_WORDS: Final[Mapping[type, str]] = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number",
    datetime: "a date with time",
    date: "a date",
    time: "a time of day",
    list: "an array",
    dict: "a table",
}


def _expected(kind: type, value: object) -> str:
    found = "an empty text" if value == "" else _WORDS.get(type(value), "something else")
    written = " without quotes, as in 2026-11-21" if kind is date else ""
    return f"expected {_WORDS[kind]}{written}, found {found}"
