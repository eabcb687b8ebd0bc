"""Which phrases mean what they say in a question: those that are no part of something else.

English is written in words, so that `card` is none of a cardigan's; but an order of one word may be
a part of a name (`bus stop`), and `how much` may ask for water. Chinese is written without spaces:
a phrase is told from a longer word by what stands beside it.
"""

from collections.abc import Sequence
from typing import Final

from node.voice.lexicon import PHRASE_CONFIDENCE, Lexicon
from node.voice.matching import Match, phrases_of
from node.voice.tokens import Tokens, is_cjk

KNOWN: Final = frozenset(
    {"intent", "greeting", "refer", "language", "slot", "product", "filler", "polite"}
)
"""Kinds of words that name no other thing."""
ASKING: Final = frozenset({"is", "are", "does", "did", "has", "was"})
"""What begins so is a question, and no order."""
AUXILIARIES: Final = frozenset(
    {"do", "does", "did", "is", "are", "can", "will", "would", "has", "have", "should"}
)
ARTICLES: Final[frozenset[Tokens]] = frozenset({("a",), ("an",), ("the",)})
ATTRIBUTE: Final = "的"
"""Any thing may be named behind it: 别的款式."""
FARTHEST: Final = 3
"""Words within which a verb stands behind what is counted: `how much hot water does`."""


def matches_of(tokens: Tokens, lexicon: Lexicon) -> list[Match]:
    """All phrases that stand in the words and are no part of something else."""
    found = list(phrases_of(tokens, lexicon))
    said = _Said(tokens, found, lexicon)
    return [one for one in found if said.is_meant(one)]


def other_intents(tokens: Tokens, lexicon: Lexicon) -> frozenset[str]:
    """The intents of phrases that are a part of something else here: none of them is asked."""
    found = list(phrases_of(tokens, lexicon))
    said = _Said(tokens, found, lexicon)
    aside = [one for one in found if one.entry.kind == "intent" and not said.is_meant(one)]
    return frozenset(one.entry.value for one in aside)


class _Said:
    """A question with the phrases that were found in it."""

    def __init__(self, tokens: Tokens, found: Sequence[Match], lexicon: Lexicon) -> None:
        self._tokens, self._lexicon = tokens, lexicon
        known = [one for one in found if one.entry.kind in KNOWN]
        self._begins = {one.start for one in known}
        self._known = {place for one in known for place in range(one.start, one.end)}
        self._others = {
            one.start for one in known if one.entry.kind == "intent" and one.entry.value != "price"
        }
        self._money = [one for one in found if one.entry.slot == "currency"]

    def is_meant(self, one: Match) -> bool:
        """Whether a phrase means what it says here."""
        if one.entry.is_last and self._names_more(one.end):
            return False
        if any(one.start < other.start < one.end < other.end for other in self._money):
            return False  # 多少克 in 多少克朗
        if one.entry.kind != "intent":
            return True
        if one.entry.is_alone and not self._is_order(one):
            return False
        return not (self._is_of_a_name(one) or self._is_amount(one))

    def _names_more(self, at: int) -> bool:
        """Whether a thing is named there: 多少块积木, `in real leather`, `how many won a prize`."""
        if self._tokens[at : at + 1] in ARTICLES:
            at += 1
        if at >= len(self._tokens) or at in self._begins:
            return False
        return not (self._tokens[at].isdigit() or self._tokens[at] in AUXILIARIES)

    def _is_order(self, one: Match) -> bool:
        """Whether all else asks nothing; who begins with `stop` is obeyed whatever comes then."""
        before, behind = range(one.start), range(one.end, len(self._tokens))
        if self._tokens[0] in ASKING or not self._known.issuperset(before):
            return False
        is_stop = one.entry.value == "stop" and one.entry.confidence == PHRASE_CONFIDENCE
        if is_stop and not is_cjk(one.entry.tokens[0]):
            return True
        has_end = one.entry.tokens[-1] == ATTRIBUTE
        return has_end or self._known.issuperset(behind)

    def _is_of_a_name(self, one: Match) -> bool:
        """Whether a shop is called so: 便宜坊."""
        if one.end >= len(self._tokens) or not is_cjk(one.entry.tokens[-1]):
            return False
        return self._tokens[one.end] in self._lexicon.named

    def _is_amount(self, one: Match) -> bool:
        """Whether `how much` counts what is named behind it: `how much water does it hold`.

        That may be a matter of its own: `how much weight can it carry`.
        """
        if one.entry.tokens[-1] != "much" or one.end >= len(self._tokens):
            return False
        if one.end in self._begins - self._others:
            return False
        behind = self._tokens[one.end + 1 : one.end + 1 + FARTHEST]
        return not AUXILIARIES.isdisjoint(behind)
