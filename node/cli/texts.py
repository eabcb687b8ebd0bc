"""The words that people read on the command line, by locale; machines get stable English."""

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

LOCALES = ("en", "zh")
_FOLDER = Path(__file__).with_name("locales")


class Texts:
    """One locale's texts. `texts("take.help")` is a text, with the given facts put in."""

    def __init__(self, locale: str, table: Mapping[str, object]) -> None:
        self.locale = locale
        self._by_key = dict(_flat(table))

    def __call__(self, key: str, **facts: object) -> str:
        """The text of `key`; raises KeyError when the locale has no such text."""
        return self._by_key[key].format(**facts) if facts else self._by_key[key]

    def __contains__(self, key: str) -> bool:
        return key in self._by_key


def load(locale: str) -> Texts:
    """Read the texts of "en" or "zh"."""
    with (_FOLDER / f"{locale}.toml").open("rb") as file:
        return Texts(locale, tomllib.load(file))


def choose_locale(argv: Sequence[str], environ: Mapping[str, str] = os.environ) -> str:
    """The locale asked for by `--lang`, else by the environment, else English."""
    for index, word in enumerate(argv):
        asked = argv[index + 1] if word == "--lang" and index + 1 < len(argv) else ""
        if asked in LOCALES or word.startswith("--lang="):
            asked = asked or word.removeprefix("--lang=")
            return asked if asked in LOCALES else "en"
    system = environ.get("LC_ALL") or environ.get("LC_MESSAGES") or environ.get("LANG") or ""
    return "zh" if system.startswith("zh") else "en"


def _flat(table: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = []
    for key, value in table.items():
        if isinstance(value, Mapping):
            texts += _flat(value, f"{above}{key}.")
        else:
            texts.append((above + key, str(value)))
    return texts
