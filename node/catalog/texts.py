"""Texts by locale, `{ zh = "…", en = "…" }`: how they are read, and what they must hold."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from node.catalog.lint import lint
from node.catalog.market import STRICTEST, MarketRules, rules_of
from node.findings import Finding, Given
from node.tables import Table

_LOCALE: Final = re.compile(r"[a-z]{2,3}([_-][A-Z][a-z]{3})?([_-]([A-Za-z]{2,3}|[0-9]{3}))?")
SPOKEN_CJK: Final = 60
SPOKEN_LATIN: Final = 160
"""Characters of one `say`: some 15 s of speech (domain rules, W16)."""
DENSE: Final = frozenset({"zh", "ja", "ko"})
"""Languages whose characters stand for syllables."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text, or a list of texts, in each locale that its author wrote."""

    table: Table
    lines: Mapping[str, tuple[str, ...]]
    has_evidence: bool = False

    @property
    def by_locale(self) -> dict[str, str]:
        """The first line in each locale; the whole of a text that is no list."""
        return {locale: lines[0] for locale, lines in self.lines.items() if lines}

    def told(self, locales: Collection[str]) -> dict[str, str]:
        """`by_locale`, those of `locales` first: the first one is spoken, all are shown."""
        found = self.by_locale
        first = {locale: found[locale] for locale in locales if locale in found}
        return first | found


def read_text(table: Table, key: str, *, is_list: bool = False) -> Text | None:
    """The text at `key`; with `is_list` each locale has an array. None if absent or no table."""
    inner = table.table(key)
    if inner is None:
        return None
    lines: dict[str, tuple[str, ...]] = {}
    for locale in inner.entries:
        if locale == "evidence" or not _LOCALE.fullmatch(locale):
            continue
        read = inner.strings(locale) if is_list else _one(inner, locale)
        if read is not None:
            lines[locale] = read
    evidence = inner.string("evidence")
    inner.finish()
    return Text(inner, lines, evidence is not None)


def is_tag(text: str) -> bool:
    """Whether a text can be written for this locale, as in `zh`, `pt-BR`, `zh-Hant-TW`."""
    return _LOCALE.fullmatch(text) is not None


def judge_text(
    text: Text | None, locales: Collection[str], rules: MarketRules | None = None
) -> Iterator[Finding]:
    """E12 for each locale without text, E20 and W21 as in `judge_words`."""
    if text is None:
        return
    yield from _complete(text, locales)
    for locale, lines in text.lines.items():
        given = text.table.given(locale)
        yield from judge_words(given, lines, rules, has_evidence=text.has_evidence)


def judge_words(
    given: Given,
    lines: Collection[str],
    rules: MarketRules | None = None,
    *,
    has_evidence: bool = False,
) -> Iterator[Finding]:
    """E20 and W21 for words on the lists of `rules`; without them of the strictest market."""
    kept = rules_of(STRICTEST) if rules is None else rules
    found = [lint(line, kept) for line in lines]
    for word in dict.fromkeys(word for one in found for word in one.hard):
        yield given.finding("E20", f"hard word {word!r} ({kept.cited(kept.hard_words)})")
    for word in dict.fromkeys(word for one in found for word in one.soft):
        if not has_evidence:
            why = f"claim {word!r}: name its `evidence` ({kept.cited(kept.soft_words)})"
            yield given.finding("W21", why)


def judge_spoken(text: Text | None) -> Iterator[Finding]:
    """W16: what is spoken is short."""
    if text is None:
        return
    for locale, line in text.by_locale.items():
        most = SPOKEN_CJK if locale[:2] in DENSE else SPOKEN_LATIN
        if len(line) > most:
            message = f"{len(line)} characters to speak, more than {most}"
            yield text.table.given(locale).finding("W16", message)


def _one(table: Table, locale: str) -> tuple[str, ...] | None:
    value = table.entries[locale]
    if value == "":
        table.has(locale)
        return ()
    line = table.string(locale)
    return None if line is None else (line,)


def _complete(text: Text, locales: Collection[str]) -> Iterator[Finding]:
    for locale in locales:
        given = text.table.given(locale)
        if given.value is None:
            yield given.finding("E12", f"no text for the locale {locale!r}")
        elif text.lines.get(locale) == ():
            yield given.finding("E12", f"empty for the locale {locale!r}")
    counts = {locale: len(lines) for locale, lines in text.lines.items() if lines}
    most = max(counts.values(), default=0)
    for locale, count in counts.items():
        if count < most:
            message = f"{count} here and {most} in another locale"
            yield text.table.given(locale).finding("E12", message)
