"""What the assistant says: templates by locale, filled from the catalog, judged before use.

The templates lie in `replies/`, one file for each language, for people to read and to change.
"""

import re
import string
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from node.catalog.lint import lint
from node.catalog.market import MarketRules
from node.voice.tokens import CJK
from node.voice.values import Value, language_of

FOLDER: Final = Path(__file__).with_name("replies")
MOST_CJK: Final = 25
MOST_WORDS: Final = 15
"""Of an answer: 5 s of speech (domain rules §6)."""
FULL: Final = 1.0
MOST_SHOWN: Final = 200
"""Characters of an answer on a screen."""

Fault = Literal["", "words", "long", "no_text"]

_DENSE: Final = re.compile(rf"[{CJK}]")
_WORD: Final = re.compile(r"[^\W_]+(?:[.,:'’×][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to say: as written and as read aloud, by locale. `key` names its template."""

    key: str
    shown: Mapping[str, str]
    spoken: Mapping[str, str]

    def fault(self, locale: str, rules: MarketRules) -> Fault:
        """Why it must not be said in a locale, or empty."""
        texts = (self.shown.get(locale, ""), self.spoken.get(locale, ""))
        if not all(texts):
            return "no_text"
        if any(has_refused_words(text, rules) for text in texts):
            return "words"
        return "" if all(share_of_an_answer(text) <= FULL for text in texts) else "long"

    def lawful(self, rules: MarketRules) -> "Line":
        """Without the locales in which a word is refused."""
        kept = [locale for locale in self.shown if self.fault(locale, rules) in {"", "long"}]
        return replace(
            self,
            shown={locale: self.shown[locale][:MOST_SHOWN] for locale in kept},
            spoken={locale: self.spoken[locale] for locale in kept},
        )


@dataclass(frozen=True, slots=True)
class Replies:
    """The templates by language, then by key (`price.plain`)."""

    texts: Mapping[str, Mapping[str, str]]

    @property
    def languages(self) -> tuple[str, ...]:
        """Those in which anything can be said."""
        return tuple(self.texts)

    def can_speak(self, locale: str) -> bool:
        """Whether there are templates for a locale."""
        return language_of(locale) in self.texts

    def line(self, key: str, locales: Collection[str], **values: Value) -> Line:
        """A template filled in, in each of the locales that have it and all its values."""
        shown: dict[str, str] = {}
        spoken: dict[str, str] = {}
        for locale in locales:
            template = self.texts.get(language_of(locale), {}).get(key, "")
            needed = _fields(template)
            written = {name: values[name].shown(locale) for name in needed if name in values}
            said = {name: values[name].spoken(locale) for name in needed if name in values}
            if template and all(written.get(name) and said.get(name) for name in needed):
                shown[locale] = _sentence(template.format(**written))
                spoken[locale] = _sentence(template.format(**said))
        return Line(key, shown, spoken)

    def label(self, intent: str, locales: Collection[str]) -> dict[str, str]:
        """What was understood, by locale: `价格?`, `Price?`."""
        return dict(self.line(f"label.{intent or 'unknown'}", locales).shown)

    def with_own(self, own: Mapping[str, Mapping[str, str]]) -> "Replies":
        """With a merchant's templates in place of the node's, by language and key.

        Raises:
            ValueError: a key that there is not, or a name in braces that the node's line has not.
        """
        merged = dict(self.texts)
        for language, lines in own.items():
            known = self.texts.get(language) or next(iter(self.texts.values()))
            for key, template in lines.items():
                if key not in known:
                    raise ValueError(f"replies: {language}.{key}: no such line")
                if odd := _fields(template) - _fields(known[key]):
                    raise ValueError(f"replies: {language}.{key}: nothing fills {sorted(odd)}")
            merged[language] = {**merged.get(language, {}), **lines}
        return Replies(merged)


@cache
def own_replies() -> Replies:
    """The templates that come with the node."""
    texts: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml"), reverse=True):
        read = msgspec.convert(
            tomllib.loads(path.read_text(encoding="utf-8")), dict[str, dict[str, str]]
        )
        texts[path.stem] = {
            f"{table}.{name}": line for table, lines in read.items() for name, line in lines.items()
        }
    return Replies(texts)


def share_of_an_answer(text: str) -> float:
    """How much of the longest answer a text takes: 1.0 is 25 CJK characters, or 15 words."""
    dense = len(_DENSE.findall(text))
    words = len(_WORD.findall(_DENSE.sub(" ", text)))
    return dense / MOST_CJK + words / MOST_WORDS


def has_refused_words(text: str, rules: MarketRules) -> bool:
    """Whether a market's lists refuse a text that nobody has given evidence for."""
    found = lint(text, rules)
    return bool(found.hard or found.soft)


@cache
def _fields(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


def _sentence(text: str) -> str:
    """A line as a sentence: one space between words, a capital letter at its head."""
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]
