"""Finds the words of a market's lists in a text, however the text tries to hide them.

Every text that the node shows or speaks passes here (domain rules E20, W21, L1), and every message
of a viewer.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from node.catalog.market import STRICTEST, MarketRules, WordRule, rules_of

# A quoted trade mark is a name, not a claim; the mark must say so itself, or quoting would dodge.
_TRADE_MARK: Final = re.compile(r"(?:“[^”]{1,20}”|「[^」]{1,20}」|\"[^\"]{1,20}\")\s?[®™]")
_HIDDEN: Final = frozenset({"Cf", "Cc", "Cn", "Co", "Mn", "Me"})
"""Categories of what is drawn as nothing, or over the character before it."""
_BLANKS: Final = frozenset("\u115f\u1160\u2800")
"""Drawn as nothing, and letters or signs by their category."""
_CJK: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Words:
    """The words found in a text, as the list writes them, each once."""

    hard: tuple[str, ...] = ()
    soft: tuple[str, ...] = ()


def lint(text: str, rules: MarketRules | None = None) -> Words:
    """The hard and soft words of `text`, by the strictest market's rules if none are given.

    Neither case, width and script (simplified, traditional) nor invisible characters or spaces
    within hide a word. A soft word inside a hard one (第一 in 全网第一) counts as hard only.
    """
    kept = rules_of(STRICTEST) if rules is None else rules
    plain = _plain(_TRADE_MARK.sub(" ", text), kept.variants)
    dense = "".join(plain.split())
    hard, soft = (_Search.of(one, kept.variants) for one in (kept.hard_words, kept.soft_words))
    found, dense, plain = hard.taken(dense, plain)
    return Words(found, soft.taken(dense, plain)[0])


@dataclass(frozen=True, slots=True)
class _Search:
    """A list of words made ready: those of scripts without spaces, and the others."""

    dense: re.Pattern[str]
    spelt: re.Pattern[str]
    dense_words: tuple[str, ...]
    spelt_words: tuple[str, ...]

    @staticmethod
    @lru_cache(maxsize=64)
    def of(rule: WordRule, variants: tuple[str, ...]) -> "_Search":
        """The search for a list; `variants` as in `MarketRules`."""
        words = sorted(rule.words, key=len, reverse=True)  # 全网第一 before 第一
        dense = tuple(word for word in words if _CJK.search(word))
        spelt = tuple(word for word in words if not _CJK.search(word))
        exempt = sorted((_plain(one, variants) for one in rule.exempt), key=len, reverse=True)
        hidden = [re.escape("".join(one.split())) for one in exempt if _CJK.search(one)]
        shown = [_spelt(one) for one in exempt if not _CJK.search(one)]
        found = [f"({re.escape(''.join(_plain(one, variants).split()))})" for one in dense]
        said = [f"({_spelt(_plain(one, variants))})" for one in spelt]
        return _Search(_one_of(hidden, found), _one_of(shown, said), dense, spelt)

    def taken(self, dense: str, plain: str) -> tuple[tuple[str, ...], str, str]:
        """The words found, and both texts without them."""
        found: dict[str, None] = {}

        def take(match: re.Match[str], words: tuple[str, ...]) -> str:
            if match.lastindex is None:  # an exempt phrase
                return match[0]
            found[words[match.lastindex - 1]] = None
            return " "

        dense = self.dense.sub(lambda match: take(match, self.dense_words), dense)
        plain = self.spelt.sub(lambda match: take(match, self.spelt_words), plain)
        return tuple(found), dense, plain


def _one_of(exempt: list[str], words: list[str]) -> re.Pattern[str]:
    return re.compile("|".join([*(f"(?:{one})" for one in exempt), *words]) or r"(?!)")


def _spelt(word: str) -> str:
    """A word of a script with spaces: whole, also when it is s p a c e d out."""
    parts = (r"\s?".join(map(re.escape, part)) for part in word.split())
    whole = r"\s+".join(parts)
    return rf"(?<![a-z0-9]){whole}(?![a-z0-9])"


def _plain(text: str, variants: tuple[str, ...]) -> str:
    """A text as it is compared."""
    usual = unicodedata.normalize("NFKC", text).casefold()
    shown = "".join(char for char in usual if char.isspace() or not _is_hidden(char))
    return shown.translate(_table(variants))


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN or char in _BLANKS


@lru_cache(maxsize=16)
def _table(variants: tuple[str, ...]) -> dict[int, str]:
    return {ord(other): group[0] for group in variants for other in group[1:]}
