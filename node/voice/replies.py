"""What the assistant says: templates by locale, filled from the catalog, judged before use."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final, Literal

from node.catalog.lint import lint
from node.catalog.market import MarketRules
from node.catalog.replies import Templates, filled_by, own_templates
from node.voice.tokens import CJK
from node.voice.values import Value, language_of

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

    texts: Templates

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
            needed = filled_by(template)
            written = {name: values[name].shown(locale) for name in needed if name in values}
            said = {name: values[name].spoken(locale) for name in needed if name in values}
            if template and all(written.get(name) and said.get(name) for name in needed):
                shown[locale] = _sentence(template.format(**written))
                spoken[locale] = _sentence(template.format(**said))
        return Line(key, shown, spoken)

    def label(self, intent: str, locales: Collection[str]) -> dict[str, str]:
        """What was understood, by locale: `价格?`, `Price?`."""
        return dict(self.line(f"label.{intent or 'unknown'}", locales).shown)

    def with_own(self, own: Templates) -> "Replies":
        """With a merchant's templates in place of the node's, as `read_replies` has judged them."""
        merged = dict(self.texts)
        for language, lines in own.items():
            merged[language] = {**merged.get(language, {}), **lines}
        return Replies(merged)


@cache
def own_replies() -> Replies:
    """The templates that come with the node."""
    return Replies(own_templates())


def share_of_an_answer(text: str) -> float:
    """How much of the longest answer a text takes: 1.0 is 25 CJK characters, or 15 words."""
    dense = len(_DENSE.findall(text))
    words = len(_WORD.findall(_DENSE.sub(" ", text)))
    return dense / MOST_CJK + words / MOST_WORDS


def has_refused_words(text: str, rules: MarketRules) -> bool:
    """Whether a market's lists refuse a text that nobody has given evidence for."""
    found = lint(text, rules)
    return bool(found.hard or found.soft)


def _sentence(text: str) -> str:
    """A line as a sentence: one space between words, a capital letter at its head."""
    plain = " ".join(text.split())
    return plain[:1].upper() + plain[1:]
