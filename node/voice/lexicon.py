"""The words that a question is searched for: phrasings, names of products, slots, references."""

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal, Protocol

import msgspec

from node.catalog.intents import INTENTS, Phrases
from node.catalog.products import Catalog
from node.voice.currencies import BEFORE_UNITS, names, with_signs_read
from node.voice.health import health_words
from node.voice.likeness import Likeness
from node.voice.tokens import MOST_CHARACTERS, NUMBER, Tokens, is_cjk, tokens_of

Kind = Literal[
    "intent", "whole", "greeting", "refer", "language", "slot", "product", "filler", "polite",
    "safety", "doubtful", "whom", "uses", "subject", "verdict", "harmless",
]  # fmt: skip

PHRASES_FILE: Final = Path(__file__).with_name("intents.toml")
WORDS_FILE: Final = Path(__file__).with_name("words.toml")

PHRASE_CONFIDENCE: Final = 1.0
TYPED_CONFIDENCE: Final = 0.9
"""Of a shorter word that stands for an intent in writing."""

IT: Final = ("this", "that", "they", "them")
"""Who says `it` may as well say one of these."""

MOST_ALONE: Final = 2
"""Words of an order that stands alone: 别的 is of two."""

LONG_ENOUGH: Final = 6
"""Letters of a word of health for which a misspelt one is taken: `paint` is not `pain`."""

ByLocale = dict[str, tuple[str, ...]]


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """words.toml: what its tables mean stands there."""

    variants: tuple[str, ...]
    sign: dict[str, str]
    units: frozenset[str]
    named: frozenset[str]
    typed: dict[str, ByLocale]
    whole: dict[str, ByLocale]
    greeting: ByLocale
    refer: dict[str, ByLocale]
    language: dict[str, ByLocale]
    slot: dict[str, dict[str, ByLocale]]
    filler: ByLocale
    polite: ByLocale
    alone: ByLocale
    show: ByLocale
    unit: dict[str, ByLocale]


@dataclass(frozen=True, slots=True)
class Entry:
    """A phrase and what it stands for; `slot` names the slot whose value it is.

    `is_last`: nothing else may be named behind it. `is_alone`: an order, which stands among words
    that ask nothing.
    """

    tokens: Tokens
    kind: Kind
    value: str
    locale: str
    slot: str = ""
    confidence: float = PHRASE_CONFIDENCE
    is_last: bool = False
    is_alone: bool = False


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All entries by their first word; `variants` as in `tokens_of`.

    `spelt` are the Latin words that occur, none of which is misspelt; `guessed` those of them that
    another word may be taken for. `wake` are the wake words, which may stand before any question.
    `named` are the endings of a shop's name.
    `likeness` finds the phrase that is nearest to other words.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    variants: Mapping[int, str]
    spelt: frozenset[str]
    guessed: frozenset[str]
    wake: tuple[Tokens, ...]
    named: frozenset[str]
    likeness: Likeness

    def tokens(self, text: str) -> Tokens:
        """The words of a question, without a wake word before it."""
        found = tokens_of(with_signs_read(text[:MOST_CHARACTERS]), self.variants)
        for wake in self.wake:
            if wake and found[: len(wake)] == wake:
                return found[len(wake) :]
        return found

    def all(self) -> Iterator[Entry]:
        """Every entry."""
        for entries in self.entries.values():
            yield from entries


def lexicon_of(
    catalog: Catalog, *, phrases: Phrases | None = None, wake_words: Collection[str] = ()
) -> Lexicon:
    """The lexicon of a booth; without `phrases` the node's own are used."""
    words = own_words()
    variants = {ord(other): group[0] for group in words.variants for other in group[1:]}
    variants |= {ord(sign): f" {word} " for sign, word in words.sign.items()}

    def cut(text: str) -> Tokens:
        return tokens_of(text, variants)

    last = {cut(one.text) for one in names() if one.is_last}
    entries: dict[str, list[Entry]] = {}
    for entry in _entries(words, phrases or own_phrases(), catalog, cut):
        if entry.tokens:
            entries.setdefault(entry.tokens[0], []).append(_bounded(entry, words, last))
    kept = {first: tuple(found) for first, found in entries.items()}
    latin = [
        (token, entry)
        for found in kept.values()
        for entry in found
        for token in entry.tokens
        if not is_cjk(token)
    ]
    spelt = frozenset(token for token, _ in latin)
    guessed = frozenset(token for token, entry in latin if _is_guessed(entry, token))
    wake = tuple(sorted((cut(word) for word in wake_words), key=len, reverse=True))
    known = [
        (one.tokens, one.value, one.locale)
        for found in kept.values()
        for one in found
        if one.kind == "intent" and NUMBER not in one.tokens
    ]
    return Lexicon(kept, variants, spelt, guessed, wake, words.named, Likeness.of(known))


@cache
def own_phrases() -> Phrases:
    """The phrasings that come with the node."""
    read = tomllib.loads(PHRASES_FILE.read_text(encoding="utf-8"))
    return msgspec.convert(read, dict[str, ByLocale])


@cache
def own_words() -> Words:
    """The words that come with the node."""
    words = msgspec.convert(tomllib.loads(WORDS_FILE.read_text(encoding="utf-8")), Words)
    unknown = set(words.typed) - set(INTENTS)
    if unknown:
        raise ValueError(f"{WORDS_FILE.name}: typed: unknown intents {sorted(unknown)}")
    return words


def _entries(words: Words, phrases: Phrases, catalog: Catalog, cut: "_Cut") -> Iterator[Entry]:
    for intent, by_locale in phrases.items():
        yield from _of("intent", intent, by_locale, cut)
    for intent, by_locale in words.typed.items():
        yield from _of("intent", intent, by_locale, cut, confidence=TYPED_CONFIDENCE)
    yield from _health(cut)
    yield from _of("greeting", "help", words.greeting, cut)
    yield from _of("filler", "", words.filler, cut)
    yield from _of("filler", "show", words.show, cut)
    yield from _of("polite", "", words.polite, cut)
    for name, by_locale in words.whole.items():
        yield from _of("whole", name, by_locale, cut)
    for name, by_locale in words.refer.items():
        yield from _of("refer", name, by_locale, cut)
    for name, by_locale in words.language.items():
        yield from _of("language", name, by_locale, cut)
    for slot, values in words.slot.items():
        for value, by_locale in values.items():
            yield from _of("slot", value, by_locale, cut, slot=slot)
    yield from _currencies(words, cut)
    yield from _named(catalog, cut)


def _bounded(entry: Entry, words: Words, last: Collection[Tokens]) -> Entry:
    """An entry with what it says of the words beside it; `last` are names of currencies."""
    if entry.slot == "currency" and entry.tokens in last:
        return replace(entry, is_last=True)
    if entry.kind != "intent":
        return entry
    is_alone = len(entry.tokens) <= MOST_ALONE and any(
        "".join(entry.tokens) in lines for lines in words.alone.values()
    )
    return replace(entry, is_last=entry.tokens[-1] in words.units, is_alone=is_alone)


def _currencies(words: Words, cut: "_Cut") -> Iterator[Entry]:
    """What the CLDR calls them, where `words` do not have it."""
    own = {
        cut(line)
        for by_locale in words.slot["currency"].values()
        for lines in by_locale.values()
        for line in lines
    }
    for one in names():
        tokens = cut(one.text)
        unit = cut(one.text.removeprefix(next(filter(one.text.startswith, BEFORE_UNITS), "")))
        if tokens not in own and unit not in own:
            codes = " ".join(one.codes)
            yield Entry(tokens, "slot", codes, one.locale, "currency", is_last=one.is_last)


def _is_guessed(entry: Entry, token: str) -> bool:
    """Whether a misspelt word may be taken for this one."""
    if entry.kind == "safety":
        return len(token) >= LONG_ENOUGH
    return entry.kind not in {
        "polite",
        "doubtful",
        "whom",
        "uses",
        "subject",
        "verdict",
        "harmless",
    }


def _health(cut: "_Cut") -> Iterator[Entry]:
    known = health_words()
    for by_locale in known.sure.values():
        yield from _of("safety", "suitable", by_locale, cut)
    yield from _of("doubtful", "suitable", known.doubtful, cut)
    yield from _of("whom", "suitable", known.whom, cut)
    yield from _of("uses", "suitable", known.uses, cut)
    yield from _of("verdict", "suitable", known.verdict, cut)
    yield from _of("subject", "", known.subject, cut)
    yield from _of("harmless", "", known.harmless, cut)


class _Cut(Protocol):
    def __call__(self, text: str, /) -> Tokens: ...


def _of(
    kind: Kind,
    value: str,
    by_locale: Mapping[str, Iterable[str]],
    cut: _Cut,
    *,
    slot: str = "",
    confidence: float = PHRASE_CONFIDENCE,
) -> Iterator[Entry]:
    for locale, lines in by_locale.items():
        for line in lines:
            tokens = cut(line)
            yield Entry(tokens, kind, value, locale, slot, confidence)
            if kind == "intent" and "it" in tokens:
                for other in IT:
                    pointed = tuple(other if one == "it" else one for one in tokens)
                    yield Entry(pointed, kind, value, locale, slot, confidence)


def _named(catalog: Catalog, cut: _Cut) -> Iterator[Entry]:
    """What visitors call the products, one thing and several, and the colours that they have."""
    for product in catalog.products.values():
        for name in (*product.ask, *product.title.values()):
            tokens = cut(name)
            locale = "zh" if any(map(is_cjk, tokens)) else "en"
            yield Entry(tokens, "product", product.id, locale)
            if tokens and locale == "en":
                yield Entry((*tokens[:-1], f"{tokens[-1]}s"), "product", product.id, locale)
        for locale, colours in product.colours.items():
            for colour in colours:
                yield Entry(cut(colour), "slot", colour, locale, "colour")
