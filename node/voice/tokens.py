"""A text as it is compared: case, width, punctuation and script set aside, cut into words.

A Chinese character is a word of its own, so `这个 多少钱?` and `這個多少錢` are the same.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

Tokens = tuple[str, ...]

MOST_CHARACTERS: Final = 200
"""Of a question; the rest of a text is not looked at (`Ask.text` allows no more)."""
NUMBER: Final = "anynumber"
"""Stands in a phrase for any number: words.toml writes it as a sign."""
CJK: Final = "\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff"
_TOKEN: Final = re.compile(rf"[{CJK}]|[^\W_{CJK}]+")
_APOSTROPHES: Final = re.compile("['’‘`´]")


def tokens_of(text: str, variants: Mapping[int, str]) -> Tokens:
    """The words of a text; `variants` maps characters to those that they count as."""
    usual = unicodedata.normalize("NFKC", text[:MOST_CHARACTERS]).casefold()
    shown = "".join(one for one in usual if unicodedata.category(one) not in {"Cf", "Mn", "Me"})
    plain = _APOSTROPHES.sub("", shown).translate(variants)
    return tuple(_TOKEN.findall(plain))


def is_cjk(token: str) -> bool:
    """Whether a word is of a script that is written without spaces."""
    return _CJK_TOKEN.fullmatch(token) is not None


def length_of(tokens: Tokens) -> int:
    """Characters of a phrase; a Chinese one says as much as three Latin ones."""
    return sum(CJK_WEIGHT if is_cjk(token) else len(token) for token in tokens)


CJK_WEIGHT: Final = 3
_CJK_TOKEN: Final = re.compile(rf"[{CJK}]")
