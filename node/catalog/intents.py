"""What visitors ask for, and how they say it: phrasings by intent and locale, a TOML file.

[price]
zh = ["多少钱", "怎么卖"]
en = ["how much is it"]
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Final

from node.findings import Finding, did_you_mean, has_errors, in_order
from node.tables import Table, read_table

Phrases = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Phrasings by intent, then by locale."""

INTENTS: Final = (
    *("price", "discount", "stock", "size", "colour", "material", "origin", "how_to_buy"),
    *("delivery", "returns", "gift", "compare", "next", "previous", "repeat", "louder", "quieter"),
    *("call_staff", "stop", "usage", "suitable", "privacy", "help"),
)
"""The intents that the node can act upon (domain.md §6)."""


def read_intents(path: Path, locales: Collection[str]) -> Phrases | tuple[Finding, ...]:
    """The phrasings at `path`, or all that is wrong with them.

    They are heard, never said: no word of theirs is judged. E12 for an intent without a phrasing
    in one of the `locales`, E02 for a phrase of two intents, E53 for an intent that there is not.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return (read,)
    table, _ = read
    inner = {name: table.table(name) for name in INTENTS if name in table.entries}
    phrases = {name: _phrases(one) for name, one in inner.items() if one is not None}
    unknown = [name for name in table.entries if name not in INTENTS]
    for name in unknown:
        table.fault(name, f"unknown intent{did_you_mean(name, INTENTS)}")
    tables = {name: one for name, one in inner.items() if one is not None}
    findings = in_order([*_judged(tables, phrases, locales), *table.faults])
    return tuple(findings) if has_errors(findings) else phrases


def _phrases(table: Table) -> dict[str, tuple[str, ...]]:
    read = {locale: table.strings(locale) for locale in table.entries}
    return {locale: lines for locale, lines in read.items() if lines is not None}


def _judged(
    tables: Mapping[str, Table], phrases: Phrases, locales: Collection[str]
) -> Iterator[Finding]:
    met: dict[str, str] = {}
    for name, by_locale in phrases.items():
        for locale in locales:
            given = tables[name].given(locale)
            if given.value is None or by_locale.get(locale) == ():
                yield given.finding("E12", f"no phrasing for the locale {locale!r}")
        for locale, lines in by_locale.items():
            for index, line in enumerate(lines):
                other = met.setdefault(" ".join(line.casefold().split()), name)
                if other != name:
                    item = tables[name].item(locale, index)
                    yield item.finding("E02", f"stands in [{other}] already")
