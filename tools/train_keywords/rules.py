"""What an inventory may hold: strings that an embedding without tones can keep apart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from node.voice.decision import FEWEST_SYLLABLES, syllables
from tools.train_keywords.inventory import Keyword, Locale

LONGEST_S = 1.5
"""A head looks at 1.66 s."""
_OPENING = 2
"""Syllables in common at the beginning that make two keywords worth a test."""

Spell = Callable[[str], Sequence[str]]
"""Mandarin text to syllables without tones."""
Phrasings = Mapping[str, Mapping[Locale, Sequence[str]]]
"""What visitors say: by intent and language."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with an inventory, and what deserves a look."""

    refused: tuple[str, ...]
    warned: tuple[str, ...]


def judge(keywords: Sequence[Keyword], phrasings: Phrasings, spell: Spell) -> Verdict:
    """The verdict on `keywords` beside the `phrasings` of all intents."""
    refused = [*_too_short(keywords), *_inside(keywords, phrasings)]
    warned: list[str] = []
    spelt = [(keyword, _sounds(keyword, spell)) for keyword in keywords]
    for (one, here), (other, there) in combinations(spelt, 2):
        if one.intent == other.intent or one.locale != other.locale:
            continue
        pair = f"{one.text} ({one.intent}) / {other.text} ({other.intent})"
        apart = _apart(here, there)
        if apart == 0:
            refused.append(f"{pair}: the same syllables without tones")
        elif apart == 1:
            warned.append(f"{pair}: one syllable apart")
        elif here[:_OPENING] == there[:_OPENING]:
            warned.append(f"{pair}: the same opening")
    return Verdict(tuple(refused), tuple(warned))


def _too_short(keywords: Sequence[Keyword]) -> Iterator[str]:
    for keyword in keywords:
        count = syllables(keyword.text)
        if count < FEWEST_SYLLABLES and not keyword.is_short:
            needed = f"at least {FEWEST_SYLLABLES} are needed"
            yield f"{keyword.text} ({keyword.intent}): {count} syllables, {needed}"


def _inside(keywords: Sequence[Keyword], phrasings: Phrasings) -> Iterator[str]:
    said = [
        (intent, phrase)
        for intent, by_locale in phrasings.items()
        for phrases in by_locale.values()
        for phrase in phrases
    ]
    said += [(keyword.intent, keyword.text) for keyword in keywords]
    for keyword in keywords:
        part = keyword.text.casefold()
        wholes = sorted(
            {
                f"{phrase} ({intent})"
                for intent, phrase in said
                if intent != keyword.intent and _holds(phrase.casefold(), part)
            }
        )
        # A short word counts only where its moment is known; there nothing longer competes.
        if wholes and not keyword.is_short:
            yield f"{keyword.text} ({keyword.intent}) stands inside {', '.join(wholes)}"


def _holds(whole: str, part: str) -> bool:
    """Whether `part` stands in `whole`; a Latin one as whole words."""
    return f" {part} " in f" {whole} " if part.isascii() else part in whole


def _sounds(keyword: Keyword, spell: Spell) -> tuple[str, ...]:
    if keyword.locale == "zh":
        return tuple(spell(keyword.text))
    return tuple(keyword.text.casefold().split())


def _apart(one: tuple[str, ...], other: tuple[str, ...]) -> int:
    """Syllables that differ, at the same places; a large number where the lengths do."""
    if len(one) != len(other):
        return max(len(one), len(other))
    return sum(a != b for a, b in zip(one, other, strict=True))
