"""The phrases of a lexicon in a question, and which of them decides."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from node.voice.health import has_health_stem
from node.voice.lexicon import Entry, Lexicon
from node.voice.tokens import NUMBER, Tokens, length_of

BESIDE: Final = frozenset({"next", "previous", "help"})
"""Intents that give way to another in the same words: `the previous one, how much is it`."""


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase of the lexicon that begins at a word of the question."""

    entry: Entry
    start: int

    @property
    def end(self) -> int:
        """The word behind it."""
        return self.start + len(self.entry.tokens)

    def holds(self, other: "Match") -> bool:
        """Whether the other's words are some of this one's."""
        is_within = self.start <= other.start and other.end <= self.end
        return is_within and len(other.entry.tokens) < len(self.entry.tokens)

    def meets(self, other: "Match") -> bool:
        """Whether the two share words."""
        return self.start < other.end and other.start < self.end


def _fits(said: Tokens, wanted: Tokens) -> bool:
    if said == wanted:
        return True
    return NUMBER in wanted and tuple(NUMBER if one.isdigit() else one for one in said) == wanted


def phrases_of(tokens: Tokens, lexicon: Lexicon) -> Iterator[Match]:
    """All phrases that stand in the words, be they a part of something else or not."""
    for start, token in enumerate(tokens):
        for entry in lexicon.entries.get(NUMBER if token.isdigit() else token, ()):
            if _fits(tokens[start : start + len(entry.tokens)], entry.tokens):
                yield Match(entry, start)
        if has_health_stem(token):
            yield Match(Entry((token,), "safety", "suitable", "en"), start)


def is_delicate(matches: Sequence[Match]) -> bool:
    """Whether the words may be of health or safety: enough to ask no model."""
    kinds = {one.entry.kind for one in unheld(matches)}
    return "doubtful" in kinds or {"whom", "uses"} <= kinds


def unheld(matches: Sequence[Match]) -> list[Match]:
    """Those that are no part of a product's name or of a harmless phrase."""
    holding = [one for one in matches if one.entry.kind in {"harmless", "product"}]
    return [one for one in matches if not any(other.holds(one) for other in holding)]


def is_of_a_shop(matches: Sequence[Match]) -> bool:
    """Whether a word tells of what a shop deals in, or names a product and nobody to use it."""
    kinds = {one.entry.kind for one in unheld(matches)}
    return "subject" in kinds or ("product" in kinds and "whom" not in kinds)


def deciding(matches: Sequence[Match], *, is_more_said: bool = False) -> Match | None:
    """The phrase that decides: of safety, unless a name or another holds it, else the longest.

    A greeting decides where no more is said.
    """
    said = [one for one in matches if one.entry.kind in {"intent", "language"}]
    names = [one for one in matches if one.entry.kind in {"product", "harmless"}]
    said += [one for one in matches if one.entry.kind == "greeting" and not is_more_said]
    others = [one for one in (*said, *names) if one.entry.value != "suitable"]
    for safety in matches:
        if safety.entry.kind == "safety" and not any(one.holds(safety) for one in others):
            return safety
    ranked = sorted(map(_as_intent, said), key=rank, reverse=True)
    for one in ranked:
        if one.entry.value not in BESIDE or not _is_outdone(one, ranked):
            return one
    return ranked[0] if ranked else None


def rank(match: Match) -> tuple[int, float, int]:
    """What decides between matches: the longer, the surer, the first."""
    return length_of(match.entry.tokens), match.entry.confidence, -match.start


def _as_intent(match: Match) -> Match:
    """A wish for a language is a matter of help."""
    if match.entry.kind != "language":
        return match
    return replace(match, entry=replace(match.entry, value="help"))


def _is_outdone(match: Match, others: Iterable[Match]) -> bool:
    """Whether other words ask for something that is more than finding one's way."""
    return any(one.entry.value not in BESIDE and not one.meets(match) for one in others)
