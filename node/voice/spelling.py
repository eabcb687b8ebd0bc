"""What was probably meant by words that are misspelt, cut short or parted by others."""

import difflib
from os.path import commonprefix
from typing import Final

from node.voice.lexicon import Lexicon
from node.voice.tokens import Tokens, is_cjk

NEAR: Final = 0.78
"""Likeness (difflib) of a misspelt word to the one that is meant; `kind` is 0.75 like `kids`."""
SHORTEST_FUZZY: Final = 4
ENDINGS: Final = frozenset({"s", "es", "ies", "d", "ed", "ied", "ing", "st", "est"})
"""With these a word is the same in another form; with others it is another: `pricey`."""
VOWELS: Final = frozenset("aeiou")
SHORTEST_SKELETON: Final = 2
PARTING: Final = frozenset({"个", "了", "点", "过", "下", "几", "两"})
"""Stands between verb and object: 打个折, 下了单."""


def mended(token: str, lexicon: Lexicon) -> str:
    """A misspelt word as the one of the lexicon that is nearest, or has its letters (`mcuh`)."""
    if len(token) < SHORTEST_FUZZY or is_cjk(token) or token in lexicon.spelt:
        return token
    known = [word for word in lexicon.guessed if _is_alike(word, token)]
    for word in difflib.get_close_matches(token, known, n=1, cutoff=NEAR):
        return word if _is_meant(word, token, _stem(token, lexicon.spelt)) else token
    letters = sorted(token)
    return next((word for word in sorted(known) if sorted(word) == letters), token)


def voiced(token: str, lexicon: Lexicon) -> str:
    """A word that was written without its vowels: `hw` is `how`, if no other could be meant."""
    is_bare = len(token) >= SHORTEST_SKELETON and token.isalpha() and token.isascii()
    if not is_bare or token in lexicon.spelt or not VOWELS.isdisjoint(token):
        return token
    meant = [word for word in lexicon.guessed if _skeleton(word) == token]
    return meant[0] if len(meant) == 1 else token


def joined(tokens: Tokens, lexicon: Lexicon) -> Tokens:
    """The words with verb and object next to each other: 打个折 as 打折."""
    parting = {
        at
        for at in range(1, len(tokens) - 1)
        if tokens[at] in PARTING and _is_order((tokens[at - 1], tokens[at + 1]), lexicon)
    }
    return tuple(token for at, token in enumerate(tokens) if at not in parting)


def _is_order(pair: Tokens, lexicon: Lexicon) -> bool:
    """Whether verb and object are a phrase."""
    known = lexicon.entries.get(pair[0], ())
    return is_cjk(pair[0]) and any(one.kind == "intent" and one.tokens == pair for one in known)


def _is_alike(word: str, token: str) -> bool:
    """Whether they begin alike and one letter is missing at most: a `door` is no `doctor`."""
    return word[0] == token[0] and SHORTEST_FUZZY <= len(word) <= len(token) + 1


def _is_meant(word: str, token: str, stem: str) -> bool:
    """Whether a word of which a known one is the stem is no other one: `pricey`, `skipping`."""
    if not stem:
        return True
    if _is_ending(stem, token.removeprefix(stem)):
        return word.startswith(stem)
    return stem != word and _is_slip(token, word)


def _stem(token: str, spelt: frozenset[str]) -> str:
    """The longest known word with which this one begins; empty for none."""
    lengths = range(len(token) - 1, SHORTEST_FUZZY - 1, -1)
    return next((token[:length] for length in lengths if token[:length] in spelt), "")


def _is_ending(stem: str, ending: str) -> bool:
    """Whether it is the same word still: priced, cancelled, pricee."""
    last = stem[-1]
    doubled = ending.removeprefix(last)
    return ending in ENDINGS or doubled in {"", "ed", "ing"}


def _is_slip(token: str, word: str) -> bool:
    """Whether one letter is another, too many or missing, or two have changed places."""
    head = len(commonprefix((token, word)))
    tail = len(commonprefix((token[head:][::-1], word[head:][::-1])))
    one, other = token[head : len(token) - tail], word[head : len(word) - tail]
    return max(len(one), len(other)) <= 1 or (len(one) == 2 and one == other[::-1])  # noqa: PLR2004


def _skeleton(word: str) -> str:
    return "".join(letter for letter in word if letter not in VOWELS)
