"""The assistant's sentences: the node's own lie in `replies/`, a merchant's in a TOML file.

[price]
badge = { zh = "现在只要{price}哦。", en = "Only {price} at the show." }

What a sentence is filled with stands in braces; a merchant's may use what the node's own uses.
"""

import re
import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from node.catalog.lint import lint
from node.catalog.market import STRICTEST, MarketRules, rules_of
from node.catalog.texts import Text, judge_spoken, read_text
from node.findings import Finding, did_you_mean, has_errors, in_order
from node.tables import Table, read_table

FOLDER: Final = Path(__file__).with_name("replies")

Templates = Mapping[str, Mapping[str, str]]
"""Sentences by language, then by key (`price.badge`)."""


def read_replies(path: Path, rules: MarketRules | None = None) -> Templates | tuple[Finding, ...]:
    """The sentences at `path`, or all that is wrong with them.

    E53 for a sentence that the node does not say, one that nothing could fill, and braces that do
    not close; E12 for a language in which only some could be said; E20 for a word that the market's
    lists refuse, evidence or not, as it would never be said; W16 as of any text.
    """
    read = read_table(path)
    if isinstance(read, Finding):
        return (read,)
    table, _ = read
    known = next(iter(own_templates().values()))
    texts = dict(_texts(table, known))
    findings = [*_judged(texts, known, rules), *_partial(table, texts, known), *table.faults]
    found = tuple(in_order(findings))
    return found if has_errors(found) else _by_language(texts)


@cache
def own_templates() -> Templates:
    """The sentences that come with the node; all of its languages have the same."""
    texts: dict[str, Mapping[str, str]] = {}
    for path in sorted(FOLDER.glob("*.toml"), reverse=True):
        read = msgspec.convert(
            tomllib.loads(path.read_text(encoding="utf-8")), dict[str, dict[str, str]]
        )
        texts[path.stem] = {
            f"{table}.{name}": line for table, lines in read.items() for name, line in lines.items()
        }
    return texts


@cache
def filled_by(template: str) -> frozenset[str]:
    """The names in the braces of a sentence.

    Raises:
        ValueError: braces that do not close, or more in them than a name.
    """
    parts = [part for part in string.Formatter().parse(template) if part[1] is not None]
    for _, name, form, conversion in parts:
        if not (name or "").isidentifier() or form or conversion:
            raise ValueError(f"{{{name}}}: expected a name alone")
    return frozenset(name for _, name, _, _ in parts if name)


def _texts(table: Table, known: Mapping[str, str]) -> Iterator[tuple[str, Text]]:
    """Each sentence that the node says, by key; others are faults."""
    groups = sorted({key.partition(".")[0] for key in known})
    for group in table.entries:
        if group not in groups:
            table.fault(group, f"the node says nothing of this kind{did_you_mean(group, groups)}")
        elif (inner := table.table(group)) is not None:
            names = sorted(key.partition(".")[2] for key in known if key.startswith(group + "."))
            for name in inner.entries:
                if name not in names:
                    inner.fault(name, f"the node says no such sentence{did_you_mean(name, names)}")
                elif (text := read_text(inner, name)) is not None:
                    yield f"{group}.{name}", text


def _judged(
    texts: Mapping[str, Text], known: Mapping[str, str], rules: MarketRules | None
) -> Iterator[Finding]:
    for key, text in texts.items():
        for locale, line in text.by_locale.items():
            given = text.table.given(locale)
            if why := _unfilled(line, known[key]):
                yield given.finding("E53", why)
            found = lint(line, rules_of(STRICTEST) if rules is None else rules)
            for word in dict.fromkeys((*found.hard, *found.soft)):
                yield given.finding("E20", f"with {word!r} it would never be said")
        yield from judge_spoken(text)


def _unfilled(line: str, own: str) -> str:
    """Why a sentence could not be filled, or empty."""
    try:
        odd = sorted(filled_by(line) - filled_by(own))
    except ValueError as error:
        return str(error)
    if not odd:
        return ""
    known = ", ".join(f"{{{name}}}" for name in sorted(filled_by(own))) or "nothing"
    return f"nothing fills {{{odd[0]}}}; here there is {known}"


def _partial(
    table: Table, texts: Mapping[str, Text], known: Mapping[str, str]
) -> Iterator[Finding]:
    """A language of the merchant's own must be whole: half an assistant falls silent."""
    told = _by_language(texts)
    for language in sorted(told.keys() - own_templates().keys()):
        missing = [key for key in known if key not in told[language]]
        if missing:
            count = f"{len(missing)} of {len(known)}"
            message = f"{language!r} lacks {count} sentences, the first is {missing[0]!r}"
            yield table.finding("E12", message)


def _by_language(texts: Mapping[str, Text]) -> Templates:
    told: dict[str, dict[str, str]] = {}
    for key, text in texts.items():
        for locale, line in text.by_locale.items():
            told.setdefault(re.split("[-_]", locale)[0], {})[key] = line
    return told
