"""The words of the command line by locale, as `node.cli.texts` reads them."""

import tomllib
from pathlib import Path

from node.cli.texts import Texts

_FOLDER = Path(__file__).with_name("locales")


def load(locale: str) -> Texts:
    """Read the texts of "en" or "zh"."""
    with (_FOLDER / f"{locale}.toml").open("rb") as file:
        return Texts(locale, tomllib.load(file))


def reason(texts: Texts, code: str) -> str:
    """A reason code in the reader's language; the code itself where it has no words."""
    return texts(f"code.{code}") if f"code.{code}" in texts else code
